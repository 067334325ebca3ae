//! The JSON of the API, field by field as the OpenAPI document tells it. It may grow; what is there
//! keeps its meaning.

use connection::{
    Attention, Calendar, CalendarId, Catalogue, Check, Conference, Connection, ConnectionState,
    ConnectionStatus, Counts, Owner, Permission, StatusFacts, Trouble,
};
use jiff::Timestamp;
use serde::Serialize;
use sync::{Context, messages};
use utoipa::ToSchema;

/// The API's name for a field of a sign-in form.
pub(super) fn field_of_form(form: &'static str) -> &'static str {
    if form == "address" { "url" } else { form }
}

/// One line of an examination.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Check)]
pub(super) struct CheckShape {
    /// What was checked.
    #[schema(example = "signed_in")]
    name: &'static str,
    /// How it came out: `pass`, `warn` (it works, with a limit) or `fail`.
    #[schema(pattern = "^(pass|warn|fail)$")]
    result: &'static str,
    /// One sentence for a person.
    say: String,
}

impl CheckShape {
    pub(super) fn of(check: &Check) -> Self {
        let (name, result) = (check.name.as_str(), check.result.as_str());
        Self { name, result, say: check.say.clone() }
    }
}

/// Who holds a connection: a user, or the account. One of the two is there.
#[derive(Serialize, ToSchema)]
#[schema(as = Owner)]
pub(super) struct OwnerShape {
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, pattern = "^usr_[0-9a-f]{32}$")]
    user: Option<String>,
    /// The business.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, pattern = "^acc_[0-9a-f]{32}$")]
    account: Option<String>,
}

/// Who we are at the far side.
#[derive(Serialize, ToSchema)]
#[schema(as = Principal)]
pub(super) struct PrincipalShape {
    /// What a person recognises it by.
    name: String,
}

/// How far a first pull has come.
#[derive(Serialize, ToSchema)]
#[schema(as = Progress)]
pub(super) struct ProgressShape {
    /// What is going on.
    #[schema(pattern = "^first_pull$")]
    phase: &'static str,
    /// Events read.
    done: i64,
    /// Events listed so far; 0 while the listing has not come yet.
    total: i64,
}

/// How a connection stands.
#[derive(Serialize, ToSchema)]
#[schema(as = ConnectionStatus)]
pub(super) struct StatusShape {
    /// `processing`, `synced`, `delayed`, `attention` or `paused`.
    #[schema(pattern = "^(processing|synced|delayed|attention|paused)$")]
    state: &'static str,
    /// With `attention`: why, as a code of `docs/errors.md`. With `delayed` and `processing`: the
    /// code of the failure, if the last look at a calendar failed.
    reason: Option<String>,
    /// What happened and what to do, in the sentence that the page shows.
    say: Option<String>,
    /// Since when.
    since: Timestamp,
    /// What it means for bookings: from then on its busy times count as unknown, if nothing is read
    /// until then, and unknown is not free. In the past where they do already; null where none of
    /// its calendars counts as busy.
    blind_from: Option<Timestamp>,
    /// When the far side is asked again, while it asked us to wait or the last look at a calendar
    /// failed.
    retry_at: Option<Timestamp>,
    /// With `attention`: the page on which whoever holds it mends it. Null where Daymark was not
    /// told its own address.
    repair_url: Option<String>,
    /// With `processing`: how far.
    progress: Option<ProgressShape>,
    /// When anything last succeeded.
    last_success_at: Option<Timestamp>,
    /// Does the far side ring whenever a calendar that counts as busy changes?
    push: bool,
    /// Does any calendar hold an event that is not, or not wholly, understood?
    partial: bool,
}

impl StatusShape {
    fn of(status: ConnectionStatus, repair_url: Option<String>) -> Self {
        let (blind_from, retry_at) = (status.blind_from, status.retry_at());
        let (reason, say) = match (status.attention, status.trouble) {
            (Some(Attention { reason, say, .. }), _) => (Some(reason), Some(say)),
            (None, Some(Trouble { code, say, .. })) => (Some(code), Some(say)),
            (None, None) => (None, None),
        };
        let progress = status.progress.filter(|_| status.state == ConnectionState::Processing);
        Self {
            state: status.state.as_str(),
            reason,
            say,
            since: status.since,
            blind_from,
            retry_at,
            repair_url,
            progress: progress.map(|progress| ProgressShape {
                phase: "first_pull",
                done: progress.done,
                total: progress.total,
            }),
            last_success_at: status.last_success_at,
            push: status.push,
            partial: status.partial,
        }
    }
}

/// One calendar of a connection.
#[derive(Serialize, ToSchema)]
#[schema(as = Calendar)]
#[expect(clippy::struct_excessive_bools, reason = "each is a promise of its own to programs")]
pub(super) struct CalendarShape {
    #[schema(pattern = "^cal_[0-9a-f]{32}$")]
    id: String,
    /// What a person sees at the far side.
    name: String,
    #[schema(example = "#1a66d6")]
    color: String,
    /// What may be done there: `writer`, `reader` or `free_busy`.
    #[schema(pattern = "^(writer|reader|free_busy)$")]
    access: &'static str,
    /// Do its busy events close the times that they cover?
    counts_as_busy: bool,
    /// Do all-day events close their days even where they are marked free?
    all_day_is_busy: bool,
    /// Are bookings written there?
    linked: bool,
    /// Events at the far side.
    events: i64,
    /// Of these, those that are not, or not wholly, understood.
    not_understood: i64,
    /// `processing`, `synced`, `delayed`, `blind`, `braked` or `gone`.
    #[schema(pattern = "^(processing|synced|delayed|blind|braked|gone)$")]
    state: &'static str,
    /// When all of it was last known to be as at the far side.
    known_at: Option<Timestamp>,
    /// Up to when its events are known here.
    known_until: Option<Timestamp>,
    /// Why the last look at it failed; `null` where it did not.
    trouble: Option<TroubleShape>,
    /// Does the far side ring when it changes?
    push: bool,
    /// Why the far side does not ring, where it should: it is polled instead.
    push_trouble: Option<PushTroubleShape>,
    /// The video meetings that an event in it can bring along: `meet` or `teams`.
    #[schema(pattern = "^(meet|teams)$")]
    conference: Option<&'static str>,
}

/// Why the far side does not ring.
#[derive(Serialize, ToSchema)]
#[schema(as = PushTrouble)]
pub(super) struct PushTroubleShape {
    /// What is in the way, and what to do where there is something to do.
    say: String,
    /// Since when.
    since: Timestamp,
}

/// One thing that the person allowed at the provider's page, or did not.
#[derive(Serialize, ToSchema)]
#[schema(as = Permission)]
pub(super) struct PermissionShape {
    /// What it allows, in plain words.
    say: &'static str,
    granted: bool,
    /// What does not work without it; empty where it was granted.
    without: &'static str,
}

impl PermissionShape {
    fn all(connection: &Connection, catalogue: &Catalogue) -> Vec<Self> {
        let row = catalogue.find(connection.integration.as_str());
        let adapter = row.and_then(|row| row.sign_in.oauth());
        let all = adapter.map(|adapter| adapter.permissions(&connection.scopes));
        let of =
            |one: Permission| Self { say: one.say, granted: one.granted, without: one.without };
        all.unwrap_or_default().into_iter().map(of).collect()
    }
}

/// Why the last look at a calendar failed. What was known of it stands, still blocks, and grows
/// old.
#[derive(Serialize, ToSchema)]
#[schema(as = Trouble)]
pub(super) struct TroubleShape {
    /// The code of the failure, as in `docs/errors.md`.
    code: String,
    /// What happened and what to do.
    say: String,
    /// Since when it fails so.
    since: Timestamp,
    /// When it is tried again.
    again_at: Timestamp,
}

impl TroubleShape {
    fn of(trouble: &Trouble) -> Self {
        let Trouble { code, say, since, again_at } = trouble.clone();
        Self { code, say, since, again_at }
    }
}

impl CalendarShape {
    pub(super) fn of(
        (calendar, counts): &(Calendar, Counts),
        linked: Option<&CalendarId>,
        now: Timestamp,
    ) -> Self {
        Self {
            id: calendar.id.to_string(),
            name: calendar.name.clone(),
            color: calendar.color.clone(),
            access: calendar.access.as_str(),
            counts_as_busy: calendar.counts_as_busy,
            all_day_is_busy: calendar.all_day_is_busy,
            linked: linked == Some(&calendar.id),
            events: counts.events,
            not_understood: counts.not_understood,
            state: calendar.state(now).as_str(),
            known_at: calendar.known_at,
            known_until: calendar.known_until,
            trouble: calendar.trouble.as_ref().map(TroubleShape::of),
            push: calendar.push,
            push_trouble: calendar
                .push_trouble
                .as_ref()
                .filter(|_| !calendar.push)
                .map(|trouble| PushTroubleShape { say: trouble.say.clone(), since: trouble.since }),
            conference: calendar.conference.map(Conference::as_str),
        }
    }
}

/// One authorised link to one account at a provider.
#[derive(Serialize, ToSchema)]
#[schema(as = Connection)]
pub(super) struct ConnectionShape {
    #[schema(pattern = "^con_[0-9a-f]{32}$")]
    pub(super) id: String,
    /// What kind of thing is connected: a `kind` of `GET /integrations`.
    #[schema(example = "icloud")]
    integration: String,
    owner: OwnerShape,
    principal: PrincipalShape,
    status: StatusShape,
    /// The lines of the latest examination that it passed.
    checks: Vec<CheckShape>,
    /// What was allowed at the provider's own page, and what was not; empty where a password or an
    /// address opens everything.
    permissions: Vec<PermissionShape>,
    calendars: Vec<CalendarShape>,
    /// When an event was last seen to change.
    last_change_at: Option<Timestamp>,
    /// When it was connected.
    created_at: Timestamp,
}

impl ConnectionShape {
    pub(super) fn of(
        ctx: &Context,
        connection: &Connection,
        calendars: &[(Calendar, Counts)],
        linked: Option<&CalendarId>,
    ) -> Self {
        let now = ctx.clock.now();
        let status = ConnectionStatus::of(StatusFacts { connection, calendars }, now);
        let repair_url = messages::repair_url(ctx, &connection.id, &status);
        let (user, account) = match &connection.owner {
            Owner::User(id) => (Some(id.to_string()), None),
            Owner::Account(id) => (None, Some(id.to_string())),
        };
        Self {
            id: connection.id.to_string(),
            integration: connection.integration.to_string(),
            owner: OwnerShape { user, account },
            principal: PrincipalShape { name: connection.principal.name.clone() },
            status: StatusShape::of(status, repair_url),
            checks: connection.checks.iter().map(CheckShape::of).collect(),
            permissions: PermissionShape::all(connection, &ctx.catalogue),
            calendars: calendars.iter().map(|row| CalendarShape::of(row, linked, now)).collect(),
            last_change_at: connection.last_change_at,
            created_at: connection.created_at,
        }
    }
}
