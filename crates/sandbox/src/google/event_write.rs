//! Events written: inserted, imported, updated, patched, deleted, moved.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{Outcome, Refusal, Reply};
use super::ask::{number, object};
use super::event::{View, calendar_of, view};
use super::event_edit::{
    Pen, READ_ONLY, check_organizer, confer, dress, is_good_id, merge, settle,
};
use super::expand::{find, series_of};
use super::moment::{Point, times};
use super::sign_in::Caller;
use super::world::{Event, Google, is_cancelled, is_series, text};
use crate::ask::Ask;
use crate::world::World;

pub(crate) fn answer(
    world: &mut World,
    caller: &Caller,
    ask: &Ask,
    (id, rest, now): (&str, &[&str], Timestamp),
) -> Outcome {
    let view = view(&world.google, caller, ask, id)?;
    if !view.role.writes() {
        let says = "You need to have writer access to this calendar.";
        return Err(Refusal::forbidden("requiredAccessLevel", says));
    }
    let pen = pen(&world.google, caller, ask, (view, now))?;
    let desk = Desk { world, view, pen };
    match (ask.method.as_str(), rest) {
        ("POST", []) => desk.insert(object(ask)?, false),
        ("POST", ["import"]) => desk.insert(object(ask)?, true),
        ("POST", [event, "move"]) => desk.send_elsewhere(caller, ask, event),
        ("PUT", [event]) => desk.change(ask, event, false),
        ("PATCH", [event]) => desk.change(ask, event, true),
        ("DELETE", [event]) => desk.delete(ask, event),
        _ => Err(Refusal::not_found()),
    }
}

fn pen(
    google: &Google,
    caller: &Caller,
    ask: &Ask,
    (view, now): (View, Timestamp),
) -> Result<Pen, Refusal> {
    let calendar = calendar_of(google, view)?;
    let person = google.people.get(caller.person).ok_or_else(Refusal::signed_out)?;
    Ok(Pen {
        calendar_id: calendar.id.clone(),
        time_zone: calendar.time_zone.clone(),
        email: person.email.clone(),
        conferences: number(ask, "conferenceDataVersion")?.is_some_and(|version| version > 0),
        conference_pending: google.manners.conference_pending,
        now,
    })
}

/// Somebody about to write to a calendar.
struct Desk<'a> {
    world: &'a mut World,
    view: View,
    pen: Pen,
}

fn duplicate() -> Refusal {
    Refusal::new(409, "global", "duplicate", "The requested identifier already exists.")
}

fn is_gone() -> Refusal {
    Refusal::new(410, "global", "deleted", "Resource has been deleted")
}

/// `If-Match` must name what is there.
fn check_match(ask: &Ask, event: &Event) -> Result<(), Refusal> {
    let fits = |wanted: &str| wanted == "*" || text(event, "etag") == Some(wanted);
    if ask.header("if-match").is_none_or(fits) {
        return Ok(());
    }
    let refusal = Refusal::new(412, "global", "conditionNotMet", "Precondition Failed");
    Err(refusal.at("header", "If-Match"))
}

impl Desk<'_> {
    fn store(self, event: Event) -> Reply {
        let stored = self.world.google.store(self.view.calendar, event, self.pen.now);
        Reply::Json(self.view.show(&stored))
    }

    fn known(&self, id: &str) -> Result<Event, Refusal> {
        let calendar = calendar_of(&self.world.google, self.view)?;
        find(calendar, id).ok_or_else(Refusal::not_found)
    }

    fn insert(self, mut event: Event, import: bool) -> Outcome {
        if import && text(&event, "iCalUID").is_none() {
            return Err(Refusal::required("iCalUID"));
        }
        if text(&event, "eventType") == Some("fromGmail")
            || (import && text(&event, "eventType").is_some_and(|kind| kind != "default"))
        {
            let says = "This event type cannot be created.";
            return Err(Refusal::bad("eventTypeRestriction", says));
        }
        event.retain(|name, value| !value.is_null() && (import || !is_read_only(name)));
        if let Some(id) = event.get("id") {
            let id = id.as_str().filter(|id| is_good_id(id));
            let id = id.ok_or_else(|| Refusal::bad("invalid", "Invalid resource id value."))?;
            if calendar_of(&self.world.google, self.view)?.event(id).is_some() {
                return Err(duplicate());
            }
        }
        settle(&mut event, &self.pen)?;
        dress(&mut event, &self.pen, &mut self.world.dice);
        confer(&mut event, None, &self.pen)?;
        Ok(self.store(event))
    }

    fn change(self, ask: &Ask, id: &str, patch: bool) -> Outcome {
        let old = self.known(id)?;
        check_match(ask, &old)?;
        let mut sent = object(ask)?;
        let revived = matches!(text(&sent, "status"), Some("confirmed" | "tentative"));
        if is_cancelled(&old) && !revived {
            return Err(is_gone());
        }
        sent.retain(|name, _| !is_read_only(name) && name != "id");
        let kind = text(&sent, "eventType");
        if kind.is_some_and(|kind| Some(kind) != text(&old, "eventType")) {
            return Err(Refusal::bad("eventTypeRestriction", "The event type is immutable."));
        }
        let locked = matches!(text(&old, "eventType"), Some("fromGmail" | "birthday"));
        if locked && sent.contains_key("start") {
            let says = "Events of this type cannot be moved.";
            return Err(Refusal::bad("eventTypeRestriction", says));
        }
        let mut new = old.clone();
        if !patch {
            let stays =
                |name: &str| is_read_only(name) || ["id", "sequence", "eventType"].contains(&name);
            new.retain(|name, _| stays(name));
        }
        merge(&mut new, sent);
        self.write(&old, new)
    }

    fn write(self, old: &Event, mut new: Event) -> Outcome {
        if is_cancelled(&new) && !is_cancelled(old) {
            return Ok(self.cancel(old.clone()));
        }
        settle(&mut new, &self.pen)?;
        check_organizer(old, &new, &self.pen)?;
        confer(&mut new, Some(old), &self.pen)?;
        let zone = self.pen.time_zone.as_str();
        if times(old, zone).ok() != times(&new, zone).ok() {
            let sequence = old.get("sequence").and_then(Value::as_u64).unwrap_or(0);
            new.insert("sequence".into(), json!(sequence + 1));
        }
        let (google, calendar) = (&mut self.world.google, self.view.calendar);
        if is_series(old) || is_series(&new) {
            drop_lost_exceptions(google, calendar, &new, self.pen.now);
        }
        Ok(self.store(new))
    }

    fn cancel(self, mut event: Event) -> Reply {
        event.insert("status".into(), json!("cancelled"));
        let (google, calendar, now) = (&mut self.world.google, self.view.calendar, self.pen.now);
        if is_series(&event) {
            let id = text(&event, "id").unwrap_or_default();
            let known = google.calendars.get(calendar);
            let exceptions = known.into_iter().flat_map(|calendar| calendar.exceptions(id));
            let living: Vec<Event> = exceptions.filter(|it| !is_cancelled(it)).cloned().collect();
            for mut exception in living {
                exception.insert("status".into(), json!("cancelled"));
                google.store(calendar, exception, now);
            }
        }
        self.store(event)
    }

    fn delete(self, ask: &Ask, id: &str) -> Outcome {
        let event = self.known(id)?;
        if is_cancelled(&event) {
            return Err(is_gone());
        }
        check_match(ask, &event)?;
        self.cancel(event);
        Ok(Reply::Nothing)
    }

    /// Moves an event to another calendar of the caller; a cancelled stub stays behind.
    fn send_elsewhere(self, caller: &Caller, ask: &Ask, id: &str) -> Outcome {
        let to = ask.query.get("destination").ok_or_else(|| Refusal::required("destination"))?;
        let there = view(&self.world.google, caller, ask, to)?;
        if !there.role.writes() {
            let says = "You need to have writer access to this calendar.";
            return Err(Refusal::forbidden("requiredAccessLevel", says));
        }
        let event = self.known(id)?;
        if is_cancelled(&event) {
            return Err(is_gone());
        }
        if event.contains_key("recurringEventId")
            || text(&event, "eventType").is_some_and(|kind| kind != "default")
        {
            return Err(Refusal::bad("cannotChangeOrganizer", "This event cannot be moved."));
        }
        let (mut moved, now) = (event.clone(), self.pen.now);
        let address = calendar_of(&self.world.google, there)?.id.clone();
        moved.insert("organizer".into(), json!({ "email": address, "self": true }));
        let stored = self.world.google.store(there.calendar, moved, now);
        self.cancel(event);
        Ok(Reply::Json(there.show(&stored)))
    }
}

fn is_read_only(name: &str) -> bool {
    READ_ONLY.contains(&name)
}

/// Exceptions whose original start is no longer in the series are lost.
fn drop_lost_exceptions(google: &mut Google, calendar: usize, master: &Event, now: Timestamp) {
    let Some(known) = google.calendars.get(calendar) else { return };
    let zone = known.time_zone.as_str();
    let id = text(master, "id").unwrap_or_default();
    let series = times(master, zone).ok().and_then(|(start, _)| {
        let series = series_of(master, &start)?;
        Some((start, series))
    });
    let stays = |exception: &&Event| {
        let original = Point::read(exception.get("originalStartTime"), zone).ok();
        let (Some((start, series)), Some(original)) = (&series, original) else { return false };
        let wall = original.at().to_zoned(start.zone.clone()).datetime();
        let wall = if start.all_day { original.civil } else { wall };
        series.starts((start.civil, start.all_day), wall).contains(&wall)
    };
    let lost: Vec<Event> =
        known.exceptions(id).filter(|it| !stays(it) && !is_cancelled(it)).cloned().collect();
    for mut exception in lost {
        exception.insert("status".into(), json!("cancelled"));
        google.store(calendar, exception, now);
    }
}
