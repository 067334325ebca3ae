//! Sets of switches as forms: one field for each, its value as JSON, and back again. And the table
//! of the last rings.

use http::StatusCode;
use maud::{Markup, html};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::api::{Refusal, refused};
use super::forms::{Fields, Wrong};
use crate::rings::Heard;

const RINGS_SHOWN: usize = 20;

pub(crate) const UNREADABLE: Wrong =
    Wrong(StatusCode::UNPROCESSABLE_ENTITY, "One of the values cannot be understood.");

/// Fields as the object that they stand for: each is JSON, a number of times, a word, or absent.
pub(crate) fn read<T: DeserializeOwned + Default + Serialize>(fields: &Fields) -> Result<T, Wrong> {
    let quiet = serde_json::to_value(T::default()).unwrap_or_default();
    let mut object = Map::new();
    for (name, text) in fields {
        let text = text.trim();
        let value = match serde_json::from_str::<Value>(text) {
            _ if text.is_empty() => continue,
            Ok(value) if value.is_number() && quiet.get(name) == Some(&json!("never")) => {
                json!({ "times": value })
            }
            Ok(value) => value,
            Err(_) => json!(text),
        };
        object.insert(name.clone(), value);
    }
    serde_json::from_value(Value::Object(object)).map_err(|_| UNREADABLE)
}

/// A set of switches with some of them set anew.
pub(crate) fn changed<T: DeserializeOwned + Serialize>(
    now: &T,
    patch: Value,
) -> Result<T, Refusal> {
    let Value::Object(patch) = patch else {
        return Err(refused("manners are an object of switches"));
    };
    let mut whole = serde_json::to_value(now).map_err(refused)?;
    for (name, value) in patch {
        let switch = whole.get_mut(&name).ok_or_else(|| refused("no manner has that name"))?;
        *switch = value;
    }
    serde_json::from_value(whole).map_err(refused)
}

/// A form with one field for each switch: its value as JSON, empty for the quiet one.
pub(crate) fn switches(to: &str, set: &Value) -> Markup {
    let fields = set.as_object().into_iter().flatten();
    html! {
        form class="grid" method="post" action=(to) {
            @for (name, value) in fields {
                label { (name.replace('_', " "))
                    input type="text" name=(name) autocomplete="off" value=(written(value)); }
            }
            button type="submit" { "Set" }
        }
        p class="quiet" { "How often: never, always, or a number. Whole objects are JSON." }
    }
}

/// A value in a field.
fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(members) if members.len() == 1 && members.contains_key("times") => {
            value["times"].to_string()
        }
        other => other.to_string(),
    }
}

/// What became of the last rings.
pub(crate) fn rings(rings: &[Heard]) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="region" aria-label="Last rings" {
            table {
                thead { tr { th { "When (UTC)" } th { "Address" } th { "What" } th { "Number" }
                    th { "Status" } th { "Outcome" } } }
                tbody { @for ring in rings.iter().rev().take(RINGS_SHOWN) { tr {
                    td { (ring.at.strftime("%H:%M:%S").to_string()) }
                    td { code { (ring.address) } }
                    td { (ring.state) } td { (ring.number) }
                    td { @if let Some(status) = ring.status { (status) } @else { "–" } }
                    td { (ring.outcome) }
                } } }
            }
        }
    }
}
