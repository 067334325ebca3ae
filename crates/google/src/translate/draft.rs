//! iCalendar text to what Google takes: a whole new event, or only what differs from the one that
//! is there.

use std::collections::BTreeMap;

use calendar::ical::{self, Block, Line};
use calendar::{Component, Event as Known, Moment};
use connection::{ProviderError, Result};
use serde_json::{Map, Value, json};

use super::people::{Guest, attendees, guests};
use super::{DRAFT, DRAFT_UID, RECURRENCE, kept, read, text, times};

/// What a draft says, in Google's members. What it does not say is null.
pub(crate) struct Said {
    uid: String,
    members: Map<String, Value>,
    guests: Vec<Guest>,
    kept: BTreeMap<String, String>,
}

impl Said {
    /// Reads a draft; `link` is the address of the event at Google, where it is there already.
    pub(crate) fn read(draft: &str, link: Option<&str>) -> Result<Self> {
        let blocks = ical::events(draft).map_err(|why| refused(&why.to_string()))?;
        let [block] = blocks.as_slice() else {
            return Err(refused("Google takes one event at a time."));
        };
        let reading = calendar::read(draft).map_err(|why| refused(&why.to_string()))?;
        let component = reading.events.first().and_then(Known::main);
        let component = component.ok_or_else(|| refused("The event has no time."))?;
        Ok(Self {
            uid: block.text("UID").unwrap_or_default(),
            members: members(block, component)?,
            guests: guests(block),
            kept: kept::pieces(block, link)?,
        })
    }

    /// A new event, under names of our own.
    pub(crate) fn whole(&self, id: &str, draft: &str) -> Value {
        let mut event = self.members.clone();
        event.insert("id".into(), json!(id));
        if !self.guests.is_empty() {
            event.insert("attendees".into(), attendees(&self.guests, None));
        }
        let mut held: Map<String, Value> =
            self.kept.iter().map(|(key, piece)| (key.clone(), json!(piece))).collect();
        held.insert(DRAFT.into(), json!(draft));
        held.insert(DRAFT_UID.into(), json!(self.uid));
        event.insert("extendedProperties".into(), json!({ "private": held }));
        without_nulls(&mut event);
        Value::Object(event)
    }

    /// What must change at Google so that `there` says this; nothing where it says so already.
    pub(crate) fn patch(draft: &str, there: &Value) -> Result<Map<String, Value>> {
        let known = read(there.clone())?;
        let link = known.html_link.as_deref();
        let (new, old) = (Self::read(draft, link)?, Self::read(&text(&known, None), link)?);
        let mut patch = new.members;
        patch.retain(|name, value| old.members.get(name) != Some(value));
        if new.guests != old.guests && !known.attendees_omitted {
            patch.insert("attendees".into(), attendees(&new.guests, there.get("attendees")));
        }
        if new.kept != old.kept {
            let gone = old.kept.keys().map(|key| (key.clone(), Value::Null));
            let kept = new.kept.into_iter().map(|(key, piece)| (key, json!(piece)));
            let held: Map<String, Value> = gone.chain(kept).collect();
            patch.insert("extendedProperties".into(), json!({ "private": held }));
        }
        Ok(patch)
    }
}

fn refused(say: &str) -> ProviderError {
    ProviderError::Refused { say: say.to_owned() }
}

fn members(block: &Block<'_>, component: &Component) -> Result<Map<String, Value>> {
    let end = times::end(&component.start, component.length);
    let when = |moment: Option<&Moment>| moment.and_then(times::when);
    let (start, end) = (when(Some(&component.start)), when(end.as_ref()));
    let (Some(start), Some(end)) = (start, end) else {
        return Err(refused("Google takes no time without a time zone."));
    };
    let word = |name: &str, pairs: &[(&str, &str)]| {
        let said = block.line(name).map(|line| line.value().trim().to_ascii_uppercase());
        let pair = pairs.iter().find(|(ours, _)| said.as_deref() == Some(*ours));
        pair.map_or(Value::Null, |(_, google)| json!(google))
    };
    let texts = [("SUMMARY", "summary"), ("DESCRIPTION", "description"), ("LOCATION", "location")];
    let texts = texts.map(|(name, member)| (member, json!(block.text(name))));
    let recurrence = block.lines.iter().filter(|line| RECURRENCE.iter().any(|it| line.is(it)));
    let recurrence: Vec<&str> = recurrence.map(Line::content).collect();
    let recurrence = if recurrence.is_empty() { Value::Null } else { json!(recurrence) };
    let status = [("TENTATIVE", "tentative"), ("CANCELLED", "cancelled")];
    let class = [("PRIVATE", "private"), ("CONFIDENTIAL", "confidential"), ("PUBLIC", "public")];
    let status = match word("STATUS", &status) {
        Value::Null => json!("confirmed"),
        other => other,
    };
    let others = [
        ("start", start),
        ("end", end),
        ("recurrence", recurrence),
        ("status", status),
        ("transparency", word("TRANSP", &[("TRANSPARENT", "transparent")])),
        ("visibility", word("CLASS", &class)),
    ];
    let all = texts.into_iter().chain(others);
    Ok(all.map(|(name, value)| (name.to_owned(), value)).collect())
}

/// What is not said need not be sent.
fn without_nulls(members: &mut Map<String, Value>) {
    members.retain(|_, value| !value.is_null());
    members.values_mut().filter_map(Value::as_object_mut).for_each(without_nulls);
}
