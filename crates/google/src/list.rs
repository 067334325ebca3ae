//! The calendars that a person lists at Google (calendarList).

use calendar::timezone;
use connection::{
    Access, CALENDARS_MAX, CalendarAccess, Conference, OwnAnswer, ProviderError, RemoteCalendar,
    RemoteId, Result,
};
use http::Method;
use jiff::Timestamp;

use crate::call::{Api, Ask};
use crate::wire::{CalendarEntry, CalendarList};

/// The most that one page holds.
const PAGE: &str = "250";
/// Pages of one list, empty ones among them; more are a loop.
const PAGES_MAX: usize = 20;

/// Holidays, birthdays and week numbers, which Google makes: they take nobody's time.
const VIRTUAL: &str = "@group.v.calendar.google.com";

/// All calendars, the person's own first, and Google's clock. Hidden ones are among them: what is
/// hidden on a page takes time all the same.
pub(crate) async fn list(
    api: &Api,
    access: &Access,
) -> Result<(Vec<RemoteCalendar>, Option<Timestamp>)> {
    let mut found: Vec<(bool, RemoteCalendar)> = Vec::new();
    let mut page: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let url = api.hosts.calendar(&["users", "me", "calendarList"]);
        let mut ask =
            Ask::new(Method::GET, url).query(&[("maxResults", PAGE), ("showHidden", "true")]);
        if let Some(page) = &page {
            ask = ask.query(&[("pageToken", page)]);
        }
        let (list, date): (CalendarList, _) = api.dated(access, ask).await?;
        for entry in list.items.into_iter().filter(|entry| !entry.deleted) {
            found.push((entry.primary, calendar(entry)?));
        }
        page = list.next_page_token;
        if page.is_none() {
            found.sort_by_key(|(is_primary, _)| !is_primary);
            return Ok((found.into_iter().map(|(_, calendar)| calendar).collect(), date));
        }
        if found.len() > CALENDARS_MAX {
            break;
        }
    }
    Err(ProviderError::TooLarge {
        say: format!("This account lists more than {CALENDARS_MAX} calendars."),
    })
}

/// The zone of a calendar, for what names none of its own.
pub(crate) async fn time_zone(api: &Api, access: &Access, id: &RemoteId) -> Result<Option<String>> {
    let url = api.hosts.calendar(&["users", "me", "calendarList", id.as_str()]);
    let entry: CalendarEntry = api.json(access, Ask::new(Method::GET, url)).await?;
    Ok(entry.time_zone)
}

fn calendar(entry: CalendarEntry) -> Result<RemoteCalendar> {
    if entry.id.is_empty() {
        let say = "Google lists a calendar without a name.";
        return Err(ProviderError::Unintelligible { say: say.into() });
    }
    let access = access(&entry.access_role);
    let meets = &entry.conference_properties.allowed_conference_solution_types;
    let meets = access == CalendarAccess::Writer && meets.iter().any(|it| it == "hangoutsMeet");
    let zone = entry.time_zone.as_deref().and_then(timezone::named);
    Ok(RemoteCalendar {
        name: [entry.summary_override, entry.summary]
            .into_iter()
            .flatten()
            .find(|name| !name.trim().is_empty())
            .unwrap_or_else(|| entry.id.clone()),
        color: entry.background_color.filter(|color| is_color(color)),
        access,
        time_zone: zone.and_then(|zone| zone.iana_name().map(str::to_owned)),
        takes_time: !entry.id.ends_with(VIRTUAL),
        // Google marks whose answer it is, under whatever address they were invited.
        own_answer: OwnAnswer::Marked,
        conference: meets.then_some(Conference::Meet),
        id: RemoteId::new(entry.id),
    })
}

/// What a role lets us do. One that is not known yet is taken for the least there is; whether it
/// holds that much, the first pull proves.
fn access(role: &str) -> CalendarAccess {
    match role {
        "owner" | "writer" | "writerWithoutPrivateAccess" => CalendarAccess::Writer,
        "reader" => CalendarAccess::Reader,
        _ => CalendarAccess::FreeBusy,
    }
}

fn is_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or_default();
    digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(mut entry: Value) -> Result<RemoteCalendar> {
        for (name, value) in [("id", json!("a@gmail.example")), ("accessRole", json!("owner"))] {
            if entry.get(name).is_none() {
                entry[name] = value;
            }
        }
        calendar(serde_json::from_value(entry).unwrap())
    }

    #[test]
    fn each_role_is_what_it_lets_us_do() {
        for (role, access) in [
            ("owner", CalendarAccess::Writer),
            ("writer", CalendarAccess::Writer),
            ("writerWithoutPrivateAccess", CalendarAccess::Writer),
            ("reader", CalendarAccess::Reader),
            ("freeBusyReader", CalendarAccess::FreeBusy),
        ] {
            assert_eq!(read(json!({ "accessRole": role })).unwrap().access, access, "{role}");
        }
        assert!(read(json!({ "id": "" })).is_err(), "one without a name cannot be asked about");
    }

    #[test]
    fn a_role_that_google_adds_tomorrow_hides_no_calendar() {
        for role in ["reviewer", "none", ""] {
            let read = read(json!({ "accessRole": role })).unwrap();
            assert_eq!(read.access, CalendarAccess::FreeBusy, "{role}: no more is guessed");
        }
    }

    #[test]
    fn nobodys_answer_is_told_by_an_address() {
        for role in ["owner", "reader"] {
            let read = read(json!({ "accessRole": role })).unwrap();
            assert_eq!(read.own_answer, OwnAnswer::Marked, "{role}");
        }
    }

    #[test]
    fn ones_own_name_for_a_calendar_goes_before_its_title() {
        let both = read(json!({ "summary": "ada@gmail.example", "summaryOverride": "Work" }));
        assert_eq!(both.unwrap().name, "Work");
        let blank = read(json!({ "summary": "Home", "summaryOverride": " " }));
        assert_eq!(blank.unwrap().name, "Home");
        assert_eq!(read(json!({})).unwrap().name, "a@gmail.example");
    }

    #[test]
    fn holidays_and_birthdays_take_no_time_and_subscribed_feeds_do() {
        let takes_time = |id: &str| read(json!({ "id": id })).unwrap().takes_time;
        assert!(!takes_time("en.german#holiday@group.v.calendar.google.com"));
        assert!(!takes_time("addressbook#contacts@group.v.calendar.google.com"));
        assert!(takes_time("c_1@group.calendar.google.com"));
        assert!(takes_time("x@import.calendar.google.com"));
    }

    #[test]
    fn colour_zone_and_meetings_are_taken_over_where_they_are_known() {
        let full = read(json!({
            "backgroundColor": "#9fe1e7", "timeZone": "Europe/Berlin",
            "conferenceProperties": { "allowedConferenceSolutionTypes": ["hangoutsMeet"] },
        }))
        .unwrap();
        assert_eq!(full.color.as_deref(), Some("#9fe1e7"));
        assert_eq!(full.time_zone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(full.conference, Some(Conference::Meet));
        let odd = read(json!({ "backgroundColor": "red", "timeZone": "Mars/Olympus" })).unwrap();
        assert_eq!((odd.color, odd.time_zone, odd.conference), (None, None, None));
    }
}
