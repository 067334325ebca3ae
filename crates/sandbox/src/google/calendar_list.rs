//! The list of calendars of a person: in pages, by sync token, and one entry at a time.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{Outcome, Refusal, Reply};
use super::ask::{flag, number, object};
use super::page_token::{PageToken, SyncToken, cut};
use super::sign_in::Caller;
use super::world::{Entry, Event, Google, Role};
use crate::ask::Ask;
use crate::world::World;

const PAGE_DEFAULT: usize = 100;
const PAGE_MAX: usize = 250;
/// What a person may set for themselves in an entry.
const OWN: [&str; 8] = [
    "summaryOverride",
    "colorId",
    "backgroundColor",
    "foregroundColor",
    "selected",
    "hidden",
    "defaultReminders",
    "notificationSettings",
];

pub(crate) fn answer(
    world: &mut World,
    caller: &Caller,
    ask: &Ask,
    (rest, now): (&[&str], Timestamp),
) -> Outcome {
    let google = &mut world.google;
    match (ask.method.as_str(), rest) {
        ("GET", []) => list(google, caller.person, ask, now),
        ("POST", []) => insert(google, caller.person, ask, now),
        ("GET", [id]) => {
            let entry = google.entry(caller.person, id).ok_or_else(Refusal::not_found)?;
            Ok(Reply::Json(show(google, entry)))
        }
        ("PATCH" | "PUT", [id]) => change(google, caller.person, ask, (id, now)),
        ("DELETE", [id]) => {
            let entry = google.entry(caller.person, id).ok_or_else(Refusal::not_found)?;
            let (calendar, primary) = (entry.calendar, entry.primary);
            if primary {
                let says = "The primary calendar cannot be removed.";
                return Err(Refusal::forbidden("cannotRemovePrimary", says));
            }
            google.unlist(caller.person, calendar, now);
            Ok(Reply::Nothing)
        }
        _ => Err(Refusal::not_found()),
    }
}

/// An entry as its owner sees it.
pub(crate) fn show(google: &Google, entry: &Entry) -> Value {
    let Some(calendar) = google.calendars.get(entry.calendar) else { return Value::Null };
    let mut shown = json!({
        "kind": "calendar#calendarListEntry",
        "etag": format!("\"{}\"", 1_700_000_000 + entry.revision),
        "id": calendar.id,
    });
    if entry.deleted {
        shown["deleted"] = json!(true);
        return shown;
    }
    shown["summary"] = json!(calendar.summary);
    shown["timeZone"] = json!(calendar.time_zone);
    shown["accessRole"] = json!(entry.role);
    shown["defaultReminders"] = json!([]);
    shown["conferenceProperties"] = json!({ "allowedConferenceSolutionTypes": ["hangoutsMeet"] });
    if let Some(description) = &calendar.description {
        shown["description"] = json!(description);
    }
    if entry.primary {
        shown["primary"] = json!(true);
    }
    if entry.role == Role::Owner
        && let Some(owner) = google.people.get(calendar.owner)
    {
        shown["dataOwner"] = json!(owner.email);
    }
    for (name, value) in &entry.own {
        shown[name] = value.clone();
    }
    shown
}

fn list(google: &Google, person: usize, ask: &Ask, now: Timestamp) -> Outcome {
    let known = google.people.get(person).ok_or_else(Refusal::signed_out)?;
    let least = ask.query.get("minAccessRole");
    let token = ask.query.get("syncToken");
    let restricted = least.is_some() || ask.query.get("showOwnOrganizationOnly").is_some();
    if token.is_some() && restricted {
        let says = "Sync token cannot be used with other query restrictions.";
        return Err(Refusal::bad("invalid", says).at("parameter", "syncToken"));
    }
    let least = match least {
        None => Role::FreeBusyReader,
        Some(name) => {
            serde_json::from_value(json!(name)).map_err(|_| Refusal::invalid("minAccessRole"))?
        }
    };
    let of = format!("list:{}", known.email);
    let place = match ask.query.get("pageToken") {
        Some(page) => PageToken::read(page, (&of, "", token))?,
        None => PageToken {
            of: of.clone(),
            since: token.map(str::to_owned),
            asked: String::new(),
            after: String::new(),
            began: known.list_revision,
            page: 0,
        },
    };
    let since = token
        .map(|token| SyncToken::read(token, (&of, known.list_epoch, ""), &google.manners, now))
        .transpose()?;
    let flag = |name: &str| flag(ask, name).map(|flag| flag.unwrap_or(since.is_some()));
    let (deleted, hidden) = (flag("showDeleted")?, flag("showHidden")?);
    let told = |entry: &&Entry| {
        let is_hidden = entry.own.get("hidden") == Some(&json!(true));
        since.as_ref().is_none_or(|since| entry.revision > since.revision)
            && (deleted || !entry.deleted)
            && (hidden || !is_hidden)
            && entry.role >= least
    };
    let entries = known.entries.iter().filter(told);
    let keyed =
        entries.map(|entry| (format!("{:020}-{:06}", entry.revision, entry.calendar), entry));
    let page_max = number(ask, "maxResults")?.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX);
    let cut = cut(keyed.collect(), &place, page_max, &google.manners);
    let items: Vec<Value> = cut.items.iter().map(|entry| show(google, entry)).collect();
    let mut page = json!({
        "kind": "calendar#calendarList",
        "etag": format!("\"p{}\"", known.list_revision),
        "items": items,
    });
    let revision = if since.is_some() { known.list_revision } else { place.began };
    let (epoch, asked, window) = (known.list_epoch, String::new(), (None, None));
    match cut.next {
        Some(next) => page["nextPageToken"] = json!(next),
        None if restricted => {}
        None => {
            let next = SyncToken { of, epoch, revision, asked, window, at: now };
            page["nextSyncToken"] = json!(next.write());
        }
    }
    Ok(Reply::Json(page))
}

fn own(mut sent: Event) -> Event {
    sent.retain(|name, _| OWN.contains(&name.as_str()));
    sent
}

/// Lists a calendar that is already shared with the person.
fn insert(google: &mut Google, person: usize, ask: &Ask, now: Timestamp) -> Outcome {
    let sent = object(ask)?;
    let id = sent.get("id").and_then(Value::as_str).ok_or_else(|| Refusal::required("id"))?;
    let calendar = google.calendars.iter().position(|calendar| calendar.id == id);
    let calendar = calendar.ok_or_else(Refusal::not_found)?;
    let known = google.people.get(person).ok_or_else(Refusal::signed_out)?;
    let role = known.entries.iter().find(|entry| entry.calendar == calendar).map(|it| it.role);
    let public = google.calendars.get(calendar).is_some_and(|calendar| !calendar.watchable);
    let role = role.or(public.then_some(Role::Reader)).ok_or_else(Refusal::not_found)?;
    let id = id.to_owned();
    google.list(person, (calendar, role), own(sent), now);
    let entry = google.entry(person, &id).ok_or_else(Refusal::not_found)?;
    Ok(Reply::Json(show(google, entry)))
}

fn change(google: &mut Google, person: usize, ask: &Ask, (id, now): (&str, Timestamp)) -> Outcome {
    let calendar = google.entry(person, id).ok_or_else(Refusal::not_found)?.calendar;
    let sent = own(object(ask)?);
    let entries = google.people.get_mut(person).map(|person| person.entries.iter_mut());
    let entry = entries.into_iter().flatten().find(|entry| entry.calendar == calendar);
    if let Some(entry) = entry {
        if ask.method == "PUT" {
            entry.own.clear();
        }
        super::event_edit::merge(&mut entry.own, sent);
    }
    google.touch_entry(person, calendar, now);
    let entry = google.entry(person, id).ok_or_else(Refusal::not_found)?;
    Ok(Reply::Json(show(google, entry)))
}
