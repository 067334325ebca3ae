//! Rounds of changes: everything in a window first, then what has changed since a token, in pages
//! that are followed by their links.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{Outcome, Refusal, Reply};
use super::desk::{Desk, no_such_path};
use super::event_list::instant;
use super::expand::{Kind, Row, instances_of, plain_in, thin};
use super::ids::Key;
use super::moment::Window;
use super::pattern::is_series;
use super::world::{Entry, Event, MicrosoftCalendar, Stored};
use crate::net::fingerprint;
use crate::paging::{self, cut};

const PAGE_DEFAULT: usize = 50;
const PAGE_MAX: usize = 1_000;

/// A place in the changes of one calendar.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    of: String,
    person: usize,
    epoch: u64,
    window: (Timestamp, Timestamp),
    /// With occurrences.
    laid_out: bool,
    /// The revision since which changes are told; absent: everything is.
    since: Option<u64>,
    began: u64,
    /// Told so far: everything up to this key.
    after: String,
    page: usize,
    at: Timestamp,
}

/// A row of a round.
#[derive(Debug, Clone)]
enum Told {
    /// As it is stored.
    Whole(Key),
    Stub(Row),
    Removed(Key),
}

impl Told {
    fn key(&self) -> Key {
        match self {
            Self::Stub(row) => row.key,
            Self::Whole(key) | Self::Removed(key) => *key,
        }
    }
}

/// Rows with the keys that order them.
#[derive(Debug, Default)]
struct Round {
    rows: Vec<(String, Told)>,
    /// The same row is told once, unless a later change tells it again.
    seen: BTreeSet<Key>,
}

impl Round {
    fn tell(&mut self, order: &str, told: Told) {
        let key = told.key();
        if self.seen.insert(key) {
            // The order is nobody's business: an occurrence may come before its series.
            self.rows.push((format!("{order}{:016x}", fingerprint(&key)), told));
        }
    }

    /// A series with its instances in the window.
    fn tell_series(
        &mut self,
        order: &str,
        calendar: &MicrosoftCalendar,
        (key, event): (Key, &Event),
        (window, laid_out): (Window, bool),
    ) -> bool {
        let rows = instances_of(calendar, (key, &thin(event)), window);
        if rows.is_empty() {
            return false;
        }
        self.tell(order, Told::Whole(key));
        for row in rows {
            match row.kind {
                Kind::Occurrence if laid_out => self.tell(order, Told::Stub(row)),
                Kind::Occurrence => {}
                _ => self.tell(order, Told::Whole(row.key)),
            }
        }
        true
    }

    fn everything(calendar: &MicrosoftCalendar, (window, laid_out): (Window, bool)) -> Self {
        let mut round = Self::default();
        for (key, event) in calendar.living() {
            if is_series(event) {
                round.tell_series("", calendar, (key, event), (window, laid_out));
            } else if calendar.touches(key, window) {
                round.tell("", Told::Whole(key));
            }
        }
        round
    }

    fn changes(
        calendar: &MicrosoftCalendar,
        since: u64,
        (window, laid_out): (Window, bool),
        with_instances: bool,
    ) -> Self {
        let mut round = Self::default();
        let changed: Vec<(Key, &Stored)> = calendar.changed_since(since).collect();
        for (key, stored) in changed {
            let order = format!("{:020}-", stored.revision);
            let before = stored.before.iter().find(|(ended, _)| *ended > since);
            match &stored.event {
                Some(event) if key.day.is_none() && is_series(event) => {
                    let told =
                        round.tell_series(&order, calendar, (key, event), (window, laid_out));
                    if !told {
                        round.tell(&order, Told::Removed(key));
                    }
                }
                Some(_) if calendar.touches(key, window) => {
                    round.tell(&order, Told::Whole(key));
                    if key.day.is_some() && calendar.event(key.master()).is_some() {
                        round.tell(&order, Told::Whole(key.master()));
                    }
                }
                // Gone, moved out of the window, or changed outside of it: they look the same.
                _ => round.tell(&order, Told::Removed(key)),
            }
            let alive = stored.event.is_some();
            if let Some((_, before)) = before.filter(|_| laid_out && (alive || with_instances)) {
                for row in plain_in(key, &thin(before), window) {
                    round.tell(&order, Told::Removed(row.key));
                }
            }
        }
        round
    }
}

impl Desk<'_> {
    /// `calendarView/delta`, or `events/delta` without occurrences and without an end.
    pub(crate) fn delta(&mut self, entry: &Entry, laid_out: bool) -> Outcome {
        if !laid_out && !self.microsoft().manners.events_delta {
            return Err(no_such_path());
        }
        let token = self.parameter("skiptoken").or_else(|| self.parameter("deltatoken"));
        let place = match token {
            Some(token) => self.known_place(entry, paging::read(token))?,
            None => self.first_place(entry, laid_out)?,
        };
        self.strike_gone(place.page, token.is_some())?;
        let calendar = self.calendar_at(entry.calendar)?;
        let window = (Window { from: place.window.0, to: place.window.1 }, place.laid_out);
        let manners = &self.microsoft().manners;
        let round = match place.since {
            Some(since) => Round::changes(calendar, since, window, manners.removed_with_instances),
            None => Round::everything(calendar, window),
        };
        let page_max = self.look.page_max.unwrap_or(PAGE_DEFAULT).min(PAGE_MAX);
        let page_max = manners.page_max.map_or(page_max, |max| page_max.min(max));
        let last = round.rows.iter().find(|(key, _)| *key == place.after).cloned();
        let from = (place.after.as_str(), place.page);
        let mut cut = cut(round.rows, from, page_max, manners.empty_pages);
        if let Some(last) = last.filter(|_| manners.repeated_ids) {
            cut.entries.insert(0, last);
        }
        let rows: Vec<Value> =
            cut.entries.iter().map(|(_, told)| self.told(entry, calendar, told)).collect();
        let mut page = json!({ "value": rows });
        let link = |kind: &str, place: &Place| {
            let (origin, path) = (&self.ask.origin, &self.ask.raw_path);
            json!(format!("{origin}{path}?${kind}={}", paging::write(place)))
        };
        if let Some(after) = cut.next {
            let next = Place { after, page: place.page + 1, at: self.now, ..place };
            page["@odata.nextLink"] = link("skiptoken", &next);
        } else {
            let until = if place.since.is_some() { calendar.revision } else { place.began };
            let (after, at) = (String::new(), self.now);
            let next = Place { since: Some(until), began: until, after, page: 0, at, ..place };
            page["@odata.deltaLink"] = link("deltatoken", &next);
        }
        Ok(Reply::within(&self.context("Collection(event)"), page))
    }

    fn first_place(&self, entry: &Entry, laid_out: bool) -> Result<Place, Refusal> {
        let unsupported = ["expand", "filter", "orderby", "search"];
        if let Some(name) = unsupported.into_iter().find(|name| self.parameter(name).is_some()) {
            let says =
                format!("The query parameter '${name}' is not supported with change tracking.");
            return Err(Refusal::invalid(says));
        }
        let window = if laid_out {
            self.window()?
        } else {
            let from = self.parameter("startDateTime").and_then(instant);
            let ahead = SignedDuration::from_hours(24 * 1_830);
            let to = self.now.checked_add(ahead).unwrap_or(self.now);
            Window { from: from.unwrap_or(Timestamp::MIN), to }
        };
        let calendar = self.calendar_at(entry.calendar)?;
        Ok(Place {
            of: calendar.id.clone(),
            person: self.caller.person,
            epoch: calendar.epoch,
            window: (window.from, window.to),
            laid_out,
            since: None,
            began: calendar.revision,
            after: String::new(),
            page: 0,
            at: self.now,
        })
    }

    /// A token of this very calendar that is still alive.
    fn known_place(&self, entry: &Entry, place: Option<Place>) -> Result<Place, Refusal> {
        let says = "The sync state is invalid.";
        let place = place.ok_or_else(|| Refusal::new(400, "SyncStateInvalid", says))?;
        let calendar = self.calendar_at(entry.calendar)?;
        if place.of != calendar.id || place.person != self.caller.person {
            return Err(Refusal::new(400, "SyncStateInvalid", says));
        }
        let life = self.microsoft().manners.delta_token_life_s.map(SignedDuration::from_secs);
        let old = life.is_some_and(|life| self.now.duration_since(place.at) >= life);
        if old || place.epoch != calendar.epoch {
            return Err(Refusal::sync_state("SyncStateNotFound"));
        }
        Ok(place)
    }

    /// The end of the sync state that was ordered for this page.
    fn strike_gone(&mut self, page: usize, with_token: bool) -> Result<(), Refusal> {
        let (person, microsoft) = (self.caller.person, &mut self.world.microsoft);
        let struck = microsoft.faults.struck(person, |faults| {
            let on = faults.gone_on_page.unwrap_or(1) == page + 1;
            with_token && on && faults.delta_gone.strike()
        });
        let code = microsoft.faults.said(person, |faults| faults.gone_code.clone());
        let mut refusal = Refusal::sync_state(code.as_deref().unwrap_or("SyncStateNotFound"));
        if let Some(status) = microsoft.faults.said(person, |faults| faults.gone_status) {
            refusal.status = status;
        }
        if struck { Err(refusal) } else { Ok(()) }
    }

    fn told(&self, entry: &Entry, calendar: &MicrosoftCalendar, told: &Told) -> Value {
        let mut shown = match told {
            Told::Whole(key) => {
                let stored = calendar.event(*key).map(|event| Row::stored(*key, event));
                stored.map_or(Value::Null, |row| self.show(entry, &row))
            }
            Told::Stub(row) => self.stub(calendar, row),
            Told::Removed(key) => {
                let id = self.look.id(calendar, *key);
                return json!({ "@removed": { "reason": "deleted" }, "id": id });
            }
        };
        shown["@odata.type"] = json!("#microsoft.graph.event");
        shown
    }
}
