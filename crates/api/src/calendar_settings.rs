//! `GET` and `PUT /users/{id}/calendar-settings`: what is chosen, and what is busy.

use axum::Json;
use axum::extract::{RawQuery, State};
use connection::{Calendar, CalendarId, Counts, UserId};
use door::keys::Scope;
use serde::Serialize;
use store::people::{CalendarSettings, Import, OutsideChange, User, WriteDetail};
use store::{Tx, calendars};
use sync::choices::{self, Chosen};
use utoipa::ToSchema;

use super::caller::{Reader, Writer};
use super::fields::Fields;
use super::named::Named;
use super::problem::{Code, FieldError, Problem};
use super::sent::Sent;
use super::{Api, named};

/// Calendars that one user may have.
const CALENDARS_MAX: usize = 10_000;

/// What a user has chosen for their calendars.
#[derive(Serialize, ToSchema)]
#[schema(as = CalendarSettings)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsShape {
    /// Where bookings are written; its `access` is `writer`.
    #[schema(required, pattern = "^cal_[0-9a-f]{32}$")]
    linked_calendar: Option<String>,
    /// The calendars whose busy events close the times that they cover: all of them, and no other.
    /// The linked calendar is always one of them.
    #[schema(schema_with = super::document::calendar_ids)]
    conflict_calendars: Vec<String>,
    /// What becomes of events that were made elsewhere: `block`, `known_guests` or `all_guests`.
    #[schema(pattern = "^(block|known_guests|all_guests)$")]
    import: &'static str,
    /// What to do when a booking's event is changed at the provider: `apply`, `ask` or `restore`.
    #[schema(pattern = "^(apply|ask|restore)$")]
    on_outside_change: &'static str,
    /// Do others see busy times without titles?
    private_mode: bool,
    /// How much of a booking is written into the linked calendar: `full`, `title` or `busy`.
    #[schema(pattern = "^(full|title|busy)$")]
    write_detail: &'static str,
}

impl SettingsShape {
    fn of(settings: &CalendarSettings, calendars: &[(Calendar, Counts)]) -> Self {
        let counted = calendars.iter().filter(|(calendar, _)| calendar.counts_as_busy);
        Self {
            linked_calendar: settings.linked_calendar.as_ref().map(ToString::to_string),
            conflict_calendars: counted.map(|(calendar, _)| calendar.id.to_string()).collect(),
            import: settings.import.as_str(),
            on_outside_change: settings.on_outside_change.as_str(),
            private_mode: settings.private_mode,
            write_detail: settings.write_detail.as_str(),
        }
    }
}

/// What a user has chosen
#[utoipa::path(get, path = "/users/{id}/calendar-settings", tag = "Calendars",
    params(("id" = String, Path, pattern = "^usr_[0-9a-f]{32}$")),
    responses((status = 200, body = SettingsShape, description = "As chosen at this moment.")))]
pub(super) async fn calendar_settings_show(
    State(api): State<Api>,
    Reader(caller): Reader,
    Named(id): Named<UserId>,
    RawQuery(query): RawQuery,
) -> Result<Json<SettingsShape>, Problem> {
    let mut tx = api.house.ctx.db.read().await?;
    let user = named::user(&mut tx, &caller, &id).await?;
    Fields::of_query(query.as_deref(), &[]).done()?;
    let calendars = calendars::of_user(&mut tx, &user.id).await?;
    Ok(Json(SettingsShape::of(&user.settings, &calendars)))
}

/// Choose
///
/// Replaces all of it: every field must be there. To turn off private mode, or to have more of a
/// booking written into their calendar, the key must carry the scope `manage`; who sees what
/// somebody's events are about is theirs to say.
#[utoipa::path(put, path = "/users/{id}/calendar-settings", tag = "Calendars",
    params(("id" = String, Path, pattern = "^usr_[0-9a-f]{32}$")),
    request_body = SettingsShape,
    responses((status = 200, body = SettingsShape, description = "As chosen from now on.")))]
pub(super) async fn calendar_settings_replace(
    State(api): State<Api>,
    Writer(caller): Writer,
    Named(id): Named<UserId>,
    sent: Sent,
) -> Result<Json<SettingsShape>, Problem> {
    let mut tx = api.house.ctx.db.begin().await?;
    named::user(&mut tx, &caller, &id).await?;
    let (settings, conflict) = read(&sent)?;
    let user = choices::hold(&mut tx, &id).await?.ok_or_else(Problem::not_found)?;
    let (was, is) = (&user.settings, &settings);
    let writes_more = told(is.write_detail) > told(was.write_detail);
    if was.private_mode && !is.private_mode || writes_more {
        caller.must_carry(Scope::Manage)?;
    }
    let calendars = calendars::of_user(&mut tx, &user.id).await?;
    let of: Vec<_> = calendars.iter().map(|(calendar, _)| calendar).collect();
    let chosen = Chosen { settings, conflict, ..Chosen::saved(&user, &of) };
    check(&mut tx, (&user, &of), &chosen).await?;
    let ctx = &api.house.ctx;
    choices::save(ctx, &mut tx, caller.acts().1, (&user, &of), &chosen).await?;
    let calendars = calendars::of_user(&mut tx, &user.id).await?;
    tx.commit().await?;
    Ok(Json(SettingsShape::of(&chosen.settings, &calendars)))
}

/// How much of a booking stands in a person's calendar.
fn told(detail: WriteDetail) -> u8 {
    match detail {
        WriteDetail::Busy => 0,
        WriteDetail::Title => 1,
        WriteDetail::Full => 2,
    }
}

/// What was sent, understood: the settings, and the conflict calendars.
fn read(sent: &Sent) -> Result<(CalendarSettings, Vec<CalendarId>), Problem> {
    let known = [
        "linked_calendar",
        "conflict_calendars",
        "import",
        "on_outside_change",
        "private_mode",
        "write_detail",
    ];
    let mut body = Fields::of_body(&sent.headers, &sent.body, &known)?;
    let linked_calendar = body.id_or_null("linked_calendar");
    let conflict_calendars = body.ids("conflict_calendars", CALENDARS_MAX);
    let imports = [Import::Block, Import::KnownGuests, Import::AllGuests];
    let import = body.choice("import", &imports.map(|import| (import.as_str(), import)));
    let changes = [OutsideChange::Apply, OutsideChange::Ask, OutsideChange::Restore];
    let change = body.choice("on_outside_change", &changes.map(|change| (change.as_str(), change)));
    let private_mode = body.truth("private_mode");
    let details = [WriteDetail::Full, WriteDetail::Title, WriteDetail::Busy];
    let detail = body.choice("write_detail", &details.map(|detail| (detail.as_str(), detail)));
    body.done()?;
    // What is missing was noted as required, so `done` has spoken before this.
    let (Some(import), Some(on_outside_change), Some(private_mode), Some(write_detail)) =
        (import, change, private_mode, detail)
    else {
        return Err(Code::FieldInvalid.into());
    };
    let settings =
        CalendarSettings { linked_calendar, private_mode, import, on_outside_change, write_detail };
    Ok((settings, conflict_calendars))
}

/// Every calendar that is named must be one of the user's, and the linked one writable.
async fn check(
    tx: &mut Tx,
    (user, of): (&User, &[&Calendar]),
    chosen: &Chosen,
) -> Result<(), Problem> {
    let find = |id: &CalendarId| of.iter().find(|calendar| calendar.id == *id);
    let not_theirs = |field| no_choice(field, Code::NotFound, Code::NotFound.say());
    if let Some(linked) = &chosen.settings.linked_calendar {
        let calendar = find(linked).ok_or_else(|| not_theirs("linked_calendar"))?;
        if let Some(why) = choices::unlinkable(tx, user, calendar).await? {
            let say = format!("This calendar is {}. Choose another one.", why.say());
            return Err(no_choice("linked_calendar", Code::CalendarReadOnly, &say));
        }
    }
    if chosen.conflict.iter().any(|id| find(id).is_none()) {
        return Err(not_theirs("conflict_calendars"));
    }
    Ok(())
}

/// A calendar that cannot be chosen, with the field that names it. To every unknown id it is the
/// same.
fn no_choice(field: &str, code: Code, detail: &str) -> Problem {
    let (field, detail) = (field.to_owned(), detail.to_owned());
    Problem::of_fields(code, vec![FieldError { field, code: "invalid", detail }])
}
