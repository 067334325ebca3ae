//! The calendars of an account: its own and those that others share, from every group.

use connection::{
    Access, CalendarAccess, Conference, OwnAnswer, ProviderError, RemoteCalendar, RemoteId,
};
use url::Url;

use crate::error;
use crate::graph::{Graph, Question, parsed};
use crate::translate;
use crate::wire::{Calendar, MailboxSettings, Named, Page};

/// Pages of one collection; more are a loop.
const PAGES_MAX: usize = 50;
/// What is asked of a calendar. Quirk graph-8: asked for all it has, Graph has been out of order
/// for personal accounts.
const ASKED: &str = "id,name,color,hexColor,isDefaultCalendar,canEdit,owner,\
                     allowedOnlineMeetingProviders";
/// Outlook's colours by name, as it shows them.
const COLORS: [(&str, &str); 9] = [
    ("lightBlue", "#a6d1f5"),
    ("lightGreen", "#87d28e"),
    ("lightOrange", "#fcab73"),
    ("lightGray", "#c0c0c0"),
    ("lightYellow", "#f8e071"),
    ("lightTeal", "#9fdcc9"),
    ("lightPink", "#f1b7d9"),
    ("lightBrown", "#e6bd99"),
    ("lightRed", "#f88c9b"),
];

/// All calendars, the default one first.
pub(crate) async fn list(
    graph: &Graph,
    access: &Access,
) -> Result<Vec<RemoteCalendar>, ProviderError> {
    let asked =
        |path: &[&str]| with(&graph.place.graph(path), &[("$select", ASKED), ("$top", "100")]);
    let mut found: Vec<Calendar> = all(graph, access, asked(&["me", "calendars"])).await?;
    let groups = with(&graph.place.graph(&["me", "calendarGroups"]), &[("$top", "100")]);
    for group in all::<Named>(graph, access, groups).await? {
        let url = asked(&["me", "calendarGroups", &group.id, "calendars"]);
        match all::<Calendar>(graph, access, url).await {
            Ok(calendars) => found.extend(calendars),
            // Deleted since the groups were listed.
            Err(ProviderError::Gone) => {}
            Err(error) => return Err(error),
        }
    }
    let zone = time_zone(graph, access).await?;
    Ok(sorted(found, zone.as_deref()))
}

/// Each once, the default one first, the others in Graph's order.
fn sorted(found: Vec<Calendar>, zone: Option<&str>) -> Vec<RemoteCalendar> {
    let mut calendars: Vec<Calendar> = Vec::with_capacity(found.len());
    for calendar in found {
        if !calendars.iter().any(|seen| seen.id == calendar.id) {
            calendars.push(calendar);
        }
    }
    calendars.sort_by_key(|calendar| !calendar.is_default);
    let owner = calendars.first().filter(|first| first.is_default);
    let owner = owner.and_then(|first| first.owner.clone()).unwrap_or_default().address;
    calendars.into_iter().map(|calendar| remote(calendar, &owner, zone)).collect()
}

fn remote(calendar: Calendar, account: &str, zone: Option<&str>) -> RemoteCalendar {
    let teams = calendar.allowed_online_meeting_providers.iter().any(|p| p == "teamsForBusiness");
    RemoteCalendar {
        name: name(&calendar, account),
        color: color(&calendar),
        access: if calendar.can_edit { CalendarAccess::Writer } else { CalendarAccess::Reader },
        time_zone: zone.map(str::to_owned),
        takes_time: true,
        // Graph says apart from the guests what the owner answered.
        own_answer: OwnAnswer::Marked,
        conference: teams.then_some(Conference::Teams),
        id: RemoteId::new(calendar.id),
    }
}

/// Its name, with its owner's where that is somebody else: every colleague's is called `Calendar`.
fn name(calendar: &Calendar, account: &str) -> String {
    let name = if calendar.name.trim().is_empty() { "Calendar" } else { calendar.name.trim() };
    let owner = calendar.owner.clone().unwrap_or_default();
    let is_own = account.is_empty() || owner.address.is_empty();
    if is_own || owner.address.eq_ignore_ascii_case(account) {
        return name.to_owned();
    }
    let owner = if owner.name.is_empty() { owner.address } else { owner.name };
    if name.contains(&owner) { name.to_owned() } else { format!("{name} ({owner})") }
}

fn color(calendar: &Calendar) -> Option<String> {
    let hex = calendar.hex_color.to_lowercase();
    let digits = hex.strip_prefix('#').unwrap_or_default();
    if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some(hex);
    }
    let named = COLORS.iter().find(|(name, _)| *name == calendar.color);
    named.map(|(_, color)| (*color).to_owned())
}

/// The zone of the mailbox. Without the permission to see it, or for one that somebody made for
/// themselves, it is unknown.
async fn time_zone(graph: &Graph, access: &Access) -> Result<Option<String>, ProviderError> {
    let url = graph.place.graph(&["me", "mailboxSettings"]);
    let response = graph.ask(access, Question::get(url)).await?;
    match response.status.as_u16() {
        200..=299 => {
            let settings: MailboxSettings = parsed(&response)?;
            Ok(settings.time_zone.as_deref().and_then(translate::iana))
        }
        403 | 404 => Ok(None),
        _ => Err(error::of_account(&response)),
    }
}

/// All pages of a collection.
pub(crate) async fn all<T: serde::de::DeserializeOwned>(
    graph: &Graph,
    access: &Access,
    mut url: Url,
) -> Result<Vec<T>, ProviderError> {
    let mut all = Vec::new();
    for _ in 0..PAGES_MAX {
        let response = graph.ask(access, Question::get(url)).await?;
        if !response.status.is_success() {
            return Err(error::of_account(&response));
        }
        let page: Page<T> = parsed(&response)?;
        all.extend(page.value);
        let Some(next) = page.next else { return Ok(all) };
        url = graph.follow(&next)?;
    }
    Err(ProviderError::Unintelligible {
        say: format!("Microsoft's list does not end after {PAGES_MAX} pages."),
    })
}

fn with(url: &Url, query: &[(&str, &str)]) -> Url {
    let mut url = url.clone();
    url.query_pairs_mut().extend_pairs(query);
    url
}
