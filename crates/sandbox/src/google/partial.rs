//! What a caller wants changed of an answer: `fields`, no more than these members of it, and
//! `timeZone`, the zone in which events are told.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::answer::{Refusal, Reply};
use super::moment::wall;
use crate::ask::Ask;

/// No answer is so deep.
const DEPTH_MAX: usize = 16;
const OF_TIMES: [&str; 3] = ["start", "end", "originalStartTime"];

/// The names on the way to what is kept, and all below.
type Path = Vec<String>;

/// Read before anything is done: a wish that is not understood changes nothing.
#[derive(Debug)]
pub(crate) struct Wish {
    kept: Option<Vec<Path>>,
    zone: Option<TimeZone>,
}

impl Wish {
    pub(crate) fn read(ask: &Ask) -> Result<Self, Refusal> {
        let kept = ask.query.get("fields").map(|fields| {
            paths(fields, DEPTH_MAX).ok_or_else(|| {
                let says = format!("Invalid field selection {fields}");
                Refusal::bad("invalidParameter", says).at("parameter", "fields")
            })
        });
        let reads_events = ask.method == "GET" && ask.path.get(4).is_some_and(|it| it == "events");
        let zone = ask.query.get("timeZone").filter(|_| reads_events);
        let zone = zone.map(|name| TimeZone::get(name).map_err(|_| Refusal::invalid("timeZone")));
        Ok(Self { kept: kept.transpose()?, zone: zone.transpose()? })
    }

    pub(crate) fn applied(&self, reply: Reply) -> Reply {
        let Reply::Json(mut value) = reply else { return reply };
        if let Some(zone) = &self.zone {
            match value.get_mut("items").and_then(Value::as_array_mut) {
                Some(events) => events.iter_mut().for_each(|event| tell_in(event, zone)),
                None => tell_in(&mut value, zone),
            }
        }
        if let Some(kept) = &self.kept {
            let kept: Vec<&[String]> = kept.iter().map(Vec::as_slice).collect();
            keep(&mut value, &kept);
        }
        Reply::Json(value)
    }
}

/// The same instants, on the wall of another zone. `timeZone` beside them stays the event's own.
fn tell_in(event: &mut Value, zone: &TimeZone) {
    for name in OF_TIMES {
        let moment = event.get_mut(name).and_then(|point| point.get_mut("dateTime"));
        if let Some(moment) = moment
            && let Some(at) = moment.as_str().and_then(|text| text.parse::<Timestamp>().ok())
        {
            *moment = wall(&at.to_zoned(zone.clone())).into();
        }
    }
}

/// `a,b(c,d/e),f/*`; `None` where it is not to be understood.
fn paths(text: &str, depth: usize) -> Option<Vec<Path>> {
    let depth = depth.checked_sub(1)?;
    let mut all = Vec::new();
    for choice in choices(text)? {
        let (names, below) = match choice.split_once('(') {
            Some((names, below)) => (names, paths(below.strip_suffix(')')?, depth)?),
            None => (choice, vec![Path::new()]),
        };
        let names: Path = names.split('/').map(str::to_owned).collect();
        let plain = |name: &String| !name.is_empty() && !name.contains(['(', ')', ' ']);
        if names.len() > DEPTH_MAX || !names.iter().all(plain) {
            return None;
        }
        all.extend(below.into_iter().map(|rest| [names.clone(), rest].concat()));
    }
    Some(all)
}

/// What stands between the commas that are inside of no parentheses.
fn choices(text: &str) -> Option<Vec<&str>> {
    let (mut open, mut from, mut found) = (0_usize, 0, Vec::new());
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => open += 1,
            ')' => open = open.checked_sub(1)?,
            ',' if open == 0 => {
                found.push(text.get(from..at)?);
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(text.get(from..)?);
    (open == 0).then_some(found)
}

/// Takes away what no path leads to.
fn keep(value: &mut Value, paths: &[&[String]]) {
    if paths.iter().any(|path| path.is_empty()) {
        return;
    }
    match value {
        Value::Array(members) => members.iter_mut().for_each(|member| keep(member, paths)),
        Value::Object(members) => members.retain(|name, member| {
            let ways = paths.iter().filter_map(|path| path.split_first());
            let here = ways.filter(|(first, _)| *first == name || *first == "*");
            let below: Vec<&[String]> = here.map(|(_, rest)| rest).collect();
            keep(member, &below);
            !below.is_empty()
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn partial(fields: &str) -> Option<Value> {
        let paths = paths(fields, DEPTH_MAX)?;
        let mut value = json!({ "kind": "k", "items": [
            { "id": "1", "start": { "dateTime": "t", "timeZone": "z" } }, { "id": "2" },
        ] });
        keep(&mut value, &paths.iter().map(Vec::as_slice).collect::<Vec<_>>());
        Some(value)
    }

    #[test]
    fn fields_choose_members() {
        let ids = json!({ "items": [{ "id": "1" }, { "id": "2" }] });
        for fields in ["items/id", "items(id)", "items(id,etag),nothing", "items/id,items(id)"] {
            assert_eq!(partial(fields).unwrap(), ids, "{fields}");
        }
        let zone = json!({ "kind": "k", "items": [{ "start": { "timeZone": "z" } }, {}] });
        for fields in ["kind,items(start/timeZone)", "items(start(timeZone)),kind"] {
            assert_eq!(partial(fields).unwrap(), zone, "{fields}");
        }
        assert_eq!(partial("*"), partial("kind,items"));
        assert_eq!(partial("items/*/timeZone").unwrap()["items"][0]["start"]["timeZone"], "z");
    }

    #[test]
    fn fields_that_are_not_to_be_understood_are_none() {
        let deep = format!("{}a{}", "a(".repeat(30_000), ")".repeat(30_000));
        for fields in ["", ",", "a,", "a(", "a)", "a()", "a(b)c", "a(b)c(d)", "a//b", "a b", &deep]
        {
            assert_eq!(paths(fields, DEPTH_MAX), None, "{fields:.20}");
        }
    }
}
