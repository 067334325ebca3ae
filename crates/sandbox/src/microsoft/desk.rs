//! The gate of Graph: what a call is about, whether its permissions suffice, and which method
//! answers.

use jiff::Timestamp;

use super::answer::{Outcome, Refusal, Reply};
use super::event::Look;
use super::expand::{Row, find};
use super::ids;
use super::scope::Need;
use super::world::{Entry, Microsoft, MicrosoftCalendar, MicrosoftPerson, Sharing};
use crate::ask::Ask;
use crate::oauth::Caller;
use crate::world::World;

/// One call that is being answered.
pub(crate) struct Desk<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) caller: Caller,
    pub(crate) ask: &'a Ask,
    pub(crate) look: Look,
    pub(crate) now: Timestamp,
}

impl<'a> Desk<'a> {
    pub(crate) fn open(
        world: &'a mut World,
        caller: Caller,
        ask: &'a Ask,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let look = Look::read(ask, &world.microsoft.manners)?;
        Ok(Self { world, caller, ask, look, now })
    }

    pub(crate) fn microsoft(&self) -> &Microsoft {
        &self.world.microsoft
    }

    pub(crate) fn person(&self) -> Result<&MicrosoftPerson, Refusal> {
        self.microsoft().people.get(self.caller.person).ok_or_else(Refusal::signed_out)
    }

    pub(crate) fn allowed(&self, need: Need) -> Result<(), Refusal> {
        if need.met_by(&self.caller.scopes) {
            return Ok(());
        }
        if need == Need::Profile {
            let says = "Insufficient privileges to complete the operation.";
            return Err(Refusal::new(403, "Authorization_RequestDenied", says));
        }
        Err(Refusal::denied())
    }

    /// A parameter of the query, whatever its case, with or without its dollar.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let same = |known: &str| known.trim_start_matches('$').eq_ignore_ascii_case(name);
        self.ask.query.0.iter().find(|(known, _)| same(known)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn answer(mut self, shaken: Result<(), Refusal>) -> Outcome {
        let ask = self.ask;
        let segments: Vec<&str> = ask.path.iter().skip(1).map(String::as_str).collect();
        match segments.as_slice() {
            ["me", rest @ ..] => self.mine(rest),
            ["users", who, rest @ ..] => {
                let me = self.person()?;
                if me.oid != *who && !me.email.eq_ignore_ascii_case(who) {
                    return Err(Refusal::denied());
                }
                self.mine(rest)
            }
            ["subscriptions", rest @ ..] => {
                self.allowed(Need::Read)?;
                self.subscriptions(rest, shaken)
            }
            _ => Err(no_such_path()),
        }
    }

    fn mine(&mut self, rest: &[&str]) -> Outcome {
        let reads = self.ask.method == "GET" || rest.last() == Some(&"getSchedule");
        let need = match rest {
            [] => Need::Profile,
            ["mailboxSettings" | "outlook", ..] => Need::Settings,
            _ if reads => Need::Read,
            _ => Need::Write,
        };
        self.allowed(need)?;
        let person = self.caller.person;
        let missing = self.microsoft().faults.said(person, |it| it.mailbox_missing.then_some(()));
        if missing.is_some() && !rest.is_empty() {
            let says = "The mailbox is either inactive, soft-deleted, or is hosted on-premise.";
            return Err(Refusal::new(404, "MailboxNotEnabledForRESTAPI", says));
        }
        match rest {
            [] => self.profile(),
            ["mailboxSettings"] => self.settings(),
            ["outlook", zones] if zones.starts_with("supportedTimeZones") => Ok(self.zones()),
            ["calendarGroups", rest @ ..] => self.groups(rest),
            ["calendar"] => self.calendar(None),
            ["calendars"] => self.calendars(None),
            ["calendars", id] => self.calendar(Some(id)),
            ["calendar", "getSchedule"] => self.schedule(),
            ["calendar", rest @ ..] => self.within(Some(self.entry(None)?), rest),
            ["calendars", id, rest @ ..] => self.within(Some(self.entry(Some(id))?), rest),
            ["events", function] if is_delta(function) => {
                self.within(Some(self.entry(None)?), rest)
            }
            ["events", _, ..] => self.within(None, rest),
            ["events"] | ["calendarView", ..] => self.within(Some(self.entry(None)?), rest),
            _ => Err(no_such_path()),
        }
    }

    /// What lies in a calendar, or in any calendar of one's own.
    fn within(&mut self, entry: Option<Entry>, rest: &[&str]) -> Outcome {
        let shared = entry.as_ref().is_some_and(|it| it.sharing != Sharing::Owner);
        let reads = self.ask.method == "GET";
        if shared && self.microsoft().manners.shared_scope_needed {
            self.allowed(if reads { Need::ReadShared } else { Need::WriteShared })?;
        }
        match (self.ask.method.as_str(), rest, entry) {
            ("GET", ["events"], Some(entry)) => self.events(&entry),
            ("POST", ["events"], Some(entry)) => self.create(&entry),
            ("GET", ["calendarView"], Some(entry)) => self.calendar_view(&entry),
            ("GET", ["calendarView", function], Some(entry)) if is_delta(function) => {
                self.delta(&entry, true)
            }
            ("GET", ["events", function], Some(entry)) if is_delta(function) => {
                self.delta(&entry, false)
            }
            ("GET", ["events", id], entry) => self.event(entry.as_ref(), id),
            ("GET", ["events", id, "instances"], entry) => self.instances(entry.as_ref(), id),
            ("PATCH", ["events", id], entry) => self.change(entry.as_ref(), id),
            ("DELETE", ["events", id], entry) => self.delete(entry.as_ref(), id),
            ("POST", ["events", id, act], entry) => self.act(entry.as_ref(), (id, act)),
            _ => Err(no_such_path()),
        }
    }

    /// A calendar of this mailbox by its id, or the default one.
    pub(crate) fn entry(&self, id: Option<&str>) -> Result<Entry, Refusal> {
        let entries = &self.person()?.entries;
        let found = match id {
            None => entries.iter().find(|entry| entry.default),
            Some(id) => {
                ids::read(id).ok_or_else(Refusal::malformed_id)?;
                let named =
                    |at: usize| self.microsoft().calendars.get(at).is_some_and(|it| it.id == id);
                entries.iter().find(|entry| named(entry.calendar))
            }
        };
        found.cloned().ok_or_else(Refusal::not_found)
    }

    pub(crate) fn calendar_at(&self, at: usize) -> Result<&MicrosoftCalendar, Refusal> {
        self.microsoft().calendars.get(at).ok_or_else(Refusal::not_found)
    }

    /// An event by its id, in one calendar or in those of one's own.
    pub(crate) fn find(&self, entry: Option<&Entry>, id: &str) -> Result<(Entry, Row), Refusal> {
        let (key, generation) = ids::read(id).ok_or_else(Refusal::malformed_id)?;
        let own = self.person()?.entries.iter().filter(|it| it.sharing == Sharing::Owner);
        let places: Vec<&Entry> = match entry {
            Some(entry) => vec![entry],
            None => own.collect(),
        };
        let found = places.into_iter().find_map(|entry| {
            let calendar = self.microsoft().calendars.get(entry.calendar)?;
            let current = generation.is_none_or(|it| it == calendar.generation(key));
            let row = find(calendar, key).filter(|_| current)?;
            Some((entry.clone(), row))
        });
        found.ok_or_else(Refusal::not_found)
    }

    /// May this calendar be written to?
    pub(crate) fn writable(&self, entry: &Entry) -> Result<(), Refusal> {
        let fixed = self.calendar_at(entry.calendar)?.fixed;
        if fixed || entry.sharing == Sharing::Read { Err(Refusal::denied()) } else { Ok(()) }
    }

    pub(crate) fn context(&self, of: &str) -> String {
        format!("{}/v1.0/$metadata#{of}", self.ask.origin)
    }

    pub(crate) fn object(&self) -> Result<super::world::Event, Refusal> {
        let says = "Unable to read JSON request payload.";
        self.ask.json().ok_or_else(|| Refusal::new(400, "BadRequest", says))
    }
}

fn is_delta(function: &str) -> bool {
    matches!(function, "delta" | "delta()" | "microsoft.graph.delta" | "microsoft.graph.delta()")
}

pub(crate) fn no_such_path() -> Refusal {
    let says = "Resource not found for the segment.";
    Refusal::new(400, "BadRequest", says)
}

impl Reply {
    /// The JSON with a member before its own.
    pub(crate) fn within(context: &str, value: serde_json::Value) -> Self {
        let mut shown = serde_json::json!({ "@odata.context": context });
        if let (serde_json::Value::Object(to), serde_json::Value::Object(members)) =
            (&mut shown, value)
        {
            to.extend(members);
        }
        Self::Json(shown)
    }
}
