//! Events written: created, changed, deleted, cancelled, and answered.

use serde_json::{Value, json};

use super::answer::{Outcome, Refusal, Reply};
use super::desk::{Desk, no_such_path};
use super::event_edit::{READ_ONLY, address, dress, respond, settle};
use super::expand::{Kind, Row, neighbours};
use super::faults::Repeated;
use super::ids::{Key, change_key};
use super::moment::times;
use super::world::{Entry, Event, Sharing, Transaction, is_true, text};
use crate::net::fingerprint;

const TRANSACTION_USED: &str =
    "The TransactionId specified in the request has already been used to create a different event";

/// Extended properties are set one by one; those that are not named stay.
fn keep_properties(event: &mut Event, sent: Vec<Value>) {
    let held = event.entry("singleValueExtendedProperties").or_insert_with(|| json!([]));
    let Some(held) = held.as_array_mut() else { return };
    for property in sent {
        held.retain(|known| known.get("id") != property.get("id"));
        held.push(property);
    }
}

impl Desk<'_> {
    pub(crate) fn create(&mut self, entry: &Entry) -> Outcome {
        self.writable(entry)?;
        let mut event = self.object()?;
        let transaction = text(&event, "transactionId").map(str::to_owned);
        let content = fingerprint(&json!(event).to_string());
        if let Some(transaction) = &transaction
            && let Some(outcome) = self.repeated(transaction, content)
        {
            return outcome;
        }
        event.retain(|name, value| {
            !value.is_null() && !name.starts_with('@') && !READ_ONLY.contains(&name.as_str())
        });
        settle(&mut event)?;
        dress(&mut event);
        let owner = self.calendar_at(entry.calendar)?.owner;
        let (name, mail) = self.microsoft().card(owner);
        event.insert("organizer".into(), address(&name, &mail));
        self.microsoft().confer(&mut event, owner);
        let key = Key::of(self.world.microsoft.next_number());
        if let Some(transaction) = transaction
            && let Some(person) = self.world.microsoft.people.get_mut(self.caller.person)
        {
            person.transactions.insert(transaction, Transaction { key, content });
        }
        let shown = self.store(entry, key, event)?;
        Ok(Reply::Created(shown))
    }

    /// What a creation is answered with whose transaction is known.
    fn repeated(&self, transaction: &str, content: u64) -> Option<Outcome> {
        let known = *self.person().ok()?.transactions.get(transaction)?;
        let entries = &self.person().ok()?.entries;
        let (entry, event) = entries.iter().find_map(|entry| {
            let calendar = self.microsoft().calendars.get(entry.calendar)?;
            Some((entry, calendar.event(known.key)?))
        })?;
        let manner = self.microsoft().manners.repeated_transaction;
        let row = Row::stored(known.key, event);
        if manner == Repeated::Existing && content == known.content {
            return Some(Ok(Reply::Created(self.show(entry, &row))));
        }
        let status = if manner == Repeated::BadRequest { 400 } else { 409 };
        let calendar = self.microsoft().calendars.get(entry.calendar)?;
        let member = Some(("@event.existingEventId", self.look.id(calendar, known.key)));
        let refusal = Refusal::new(status, "ErrorDuplicateTransactionId", TRANSACTION_USED);
        Some(Err(Refusal { member, ..refusal }))
    }

    /// Stores an event and shows it as it is then.
    fn store(&mut self, entry: &Entry, key: Key, event: Event) -> Result<Value, Refusal> {
        self.world.microsoft.store(entry.calendar, key, Some(event), self.now);
        let calendar = self.calendar_at(entry.calendar)?;
        let stored = calendar.event(key).ok_or_else(Refusal::not_found)?;
        let mut shown = json!({ "@odata.context": self.context("me/events/$entity") });
        let row = self.show(entry, &Row::stored(key, stored));
        if let (Value::Object(to), Value::Object(members)) = (&mut shown, row) {
            to.extend(members);
        }
        Ok(shown)
    }

    /// `If-Match` must name what is there.
    fn check_match(&self, entry: &Entry, key: Key) -> Result<(), Refusal> {
        let calendar = self.calendar_at(entry.calendar)?;
        let stored = calendar.stored(key).or_else(|| calendar.stored(key.master()));
        let current = change_key(stored.map_or(0, |stored| stored.revision));
        let fits = |wanted: &str| wanted == "*" || wanted == format!("W/\"{current}\"");
        if self.ask.header("if-match").is_none_or(fits) {
            return Ok(());
        }
        let says = "The send or update operation could not be performed because the change key \
            passed in the request does not match the current change key for the item.";
        Err(Refusal::new(412, "ErrorIrresolvableConflict", says))
    }

    pub(crate) fn change(&mut self, entry: Option<&Entry>, id: &str) -> Outcome {
        let (entry, row) = self.find(entry, id)?;
        self.writable(&entry)?;
        self.check_match(&entry, row.key)?;
        let mut sent = self.object()?;
        if sent.contains_key("transactionId") {
            return Err(Refusal::invalid("ClientId/TransactionId is immutable."));
        }
        sent.retain(|name, _| !name.starts_with('@') && !READ_ONLY.contains(&name.as_str()));
        let mut new = row.event.clone();
        let met = is_true(&new, "isOnlineMeeting");
        for (side, original) in [("start", "originalStartTimeZone"), ("end", "originalEndTimeZone")]
        {
            if let Some(said) = sent.get(side) {
                let zone = said.get("timeZone").cloned().unwrap_or_else(|| json!("UTC"));
                new.insert(original.into(), zone);
            }
        }
        if let Some(Value::Array(properties)) = sent.remove("singleValueExtendedProperties") {
            keep_properties(&mut new, properties);
        }
        new.extend(sent);
        if met {
            // A meeting online is never taken back.
            new.insert("isOnlineMeeting".into(), json!(true));
            let provider = row.event.get("onlineMeetingProvider").cloned();
            new.insert("onlineMeetingProvider".into(), provider.unwrap_or_default());
        }
        if row.key.day.is_some() {
            new.remove("recurrence");
        }
        settle(&mut new)?;
        self.check_neighbours(&entry, row.key, &new)?;
        let owner = self.calendar_at(entry.calendar)?.owner;
        self.microsoft().confer(&mut new, owner);
        let recast = |name: &str| row.event.get(name) != new.get(name);
        if row.kind == Kind::Master && (recast("recurrence") || recast("start")) {
            let calendar = self.world.microsoft.calendars.get_mut(entry.calendar);
            if let Some(it) = calendar {
                it.forget_exceptions(row.key);
            }
        }
        Ok(Reply::Json(self.store(&entry, row.key, new)?))
    }

    /// An instance stays between the days of those beside it.
    fn check_neighbours(&self, entry: &Entry, key: Key, new: &Event) -> Result<(), Refusal> {
        let master = self.calendar_at(entry.calendar)?.event(key.master());
        let (Some(day), Some(master)) = (key.day, master) else { return Ok(()) };
        let Some((start, _)) = times(new) else { return Ok(()) };
        let zone = times(master).map(|(start, _)| start.zone);
        let date = start.at().to_zoned(zone.unwrap_or(jiff::tz::TimeZone::UTC)).date();
        let (before, after) = neighbours(master, day);
        if before.is_none_or(|it| date > it) && after.is_none_or(|it| date < it) {
            return Ok(());
        }
        let says = "Modified occurrence is crossing or overlapping adjacent occurrence.";
        Err(Refusal::new(400, "ErrorOccurrenceCrossingBoundary", says))
    }

    pub(crate) fn delete(&mut self, entry: Option<&Entry>, id: &str) -> Outcome {
        let (entry, row) = self.find(entry, id)?;
        self.writable(&entry)?;
        self.check_match(&entry, row.key)?;
        self.world.microsoft.store(entry.calendar, row.key, None, self.now);
        Ok(Reply::Nothing)
    }

    /// `cancel` by the organizer; `accept`, `tentativelyAccept` and `decline` by somebody invited.
    pub(crate) fn act(&mut self, entry: Option<&Entry>, (id, act): (&str, &str)) -> Outcome {
        let (entry, row) = self.find(entry, id)?;
        self.writable(&entry)?;
        self.object()?;
        let organizer = is_true(&row.event, "isOrganizer");
        let response = match act {
            "cancel" if !organizer => {
                let says = "You need to be the organizer to cancel a meeting.";
                return Err(Refusal::invalid(says));
            }
            "cancel" | "decline" => None,
            "accept" => Some("accepted"),
            "tentativelyAccept" => Some("tentativelyAccepted"),
            _ => return Err(no_such_path()),
        };
        if act != "cancel" && organizer {
            let says = "Your request can't be completed. You are the meeting organizer.";
            return Err(Refusal::invalid(says));
        }
        if entry.sharing < Sharing::Write {
            return Err(Refusal::denied());
        }
        let event = response.map(|response| {
            let mut event = row.event.clone();
            respond(&mut event, response, self.now);
            event
        });
        self.world.microsoft.store(entry.calendar, row.key, event, self.now);
        Ok(Reply::Accepted)
    }
}
