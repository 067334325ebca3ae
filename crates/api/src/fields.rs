//! Reads the fields of a JSON body, or the parameters of a query: every fault is found in one go,
//! what is not known is refused with the nearest known name, and each text has a limit.

use std::str::FromStr;

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::problem::{Code, FieldError, Problem};

/// What a body or a query holds, taken out field by field.
pub(super) struct Fields {
    code: Code,
    left: Map<String, Value>,
    wrong: Vec<FieldError>,
}

impl Fields {
    /// The fields of a JSON object; only those `known` may be there.
    pub(super) fn of_body(
        headers: &HeaderMap,
        body: &[u8],
        known: &[&str],
    ) -> Result<Self, Problem> {
        if !is_json(headers) {
            return Err(Code::MediaTypeUnsupported.into());
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(left)) => Ok(Self::new(Code::FieldInvalid, left, known)),
            Ok(_) => Err(Code::JsonMalformed.into()),
            Err(error) => Err(Problem::new(
                Code::JsonMalformed,
                format!(
                    "The body is not JSON: see line {}, column {}.",
                    error.line(),
                    error.column()
                ),
            )),
        }
    }

    /// The same, where the body may also be left out.
    pub(super) fn of_optional_body(
        headers: &HeaderMap,
        body: &[u8],
        known: &[&str],
    ) -> Result<Self, Problem> {
        if body.is_empty() {
            return Ok(Self::new(Code::FieldInvalid, Map::new(), known));
        }
        Self::of_body(headers, body, known)
    }

    /// The parameters of a query; only those `known` may be there, each once.
    pub(super) fn of_query(query: Option<&str>, known: &[&str]) -> Self {
        let mut left = Map::new();
        let mut twice = Vec::new();
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if left.insert(name.to_string(), Value::String(value.into_owned())).is_some() {
                twice.push(name.into_owned());
            }
        }
        let mut fields = Self::new(Code::QueryInvalid, left, known);
        for name in twice {
            fields.refuse(&name, "invalid", format!("Give `{}` only once.", shown(&name)));
        }
        fields
    }

    fn new(code: Code, left: Map<String, Value>, known: &[&str]) -> Self {
        let wrong = left.keys().filter(|name| !known.contains(&name.as_str()));
        let wrong = wrong.map(|name| unknown(name, known)).collect();
        Self { code, left, wrong }
    }

    /// Notes what is wrong with a field.
    pub(super) fn refuse(&mut self, field: &str, code: &'static str, detail: impl Into<String>) {
        self.wrong.push(FieldError { field: shown(field), code, detail: detail.into() });
    }

    /// Ends the reading: fails if anything was wrong.
    pub(super) fn done(self) -> Result<(), Problem> {
        if self.wrong.is_empty() { Ok(()) } else { Err(Problem::of_fields(self.code, self.wrong)) }
    }

    /// Is the field there at all?
    pub(super) fn has(&self, name: &str) -> bool {
        self.left.contains_key(name)
    }

    /// Notes that a field is missing.
    pub(super) fn required(&mut self, name: &str) {
        self.refuse(name, "required", format!("`{name}` is needed."));
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name)
    }

    fn need(&mut self, name: &str) -> Option<Value> {
        let value = self.take(name);
        if value.is_none() {
            self.required(name);
        }
        value
    }

    fn string(&mut self, name: &str, value: Value) -> Option<String> {
        if let Value::String(text) = value {
            return Some(text);
        }
        self.refuse(name, "type", format!("`{name}` is a text."));
        None
    }

    /// A text of one line, of at most `max` characters; may be left out.
    pub(super) fn text(&mut self, name: &str, max: usize) -> Option<String> {
        let value = self.take(name)?;
        let text = self.string(name, value)?;
        if text.chars().count() > max {
            self.refuse(name, "too_long", format!("`{name}` may have {max} characters."));
            return None;
        }
        if text.is_empty() {
            self.refuse(name, "invalid", format!("`{name}` is empty."));
            return None;
        }
        if text.chars().any(char::is_control) {
            self.refuse(name, "invalid", format!("`{name}` holds control characters."));
            return None;
        }
        Some(text)
    }

    /// A text of many lines, of at most `max` bytes; may be left out.
    pub(super) fn long_text(&mut self, name: &str, max: usize) -> Option<String> {
        let value = self.take(name)?;
        let text = self.string(name, value)?;
        if text.len() > max {
            self.refuse(name, "too_long", format!("`{name}` may have {max} bytes."));
            return None;
        }
        if text.is_empty() || text.contains('\0') {
            self.refuse(name, "invalid", format!("`{name}` is empty, or holds NUL."));
            return None;
        }
        Some(text)
    }

    /// `true` or `false`; may be left out.
    pub(super) fn truth_if_given(&mut self, name: &str) -> Option<bool> {
        let truth = self.take(name)?.as_bool();
        if truth.is_none() {
            self.refuse(name, "type", format!("`{name}` is true or false."));
        }
        truth
    }

    /// `true` or `false`.
    pub(super) fn truth(&mut self, name: &str) -> Option<bool> {
        if !self.has(name) {
            self.required(name);
        }
        self.truth_if_given(name)
    }

    /// One of a few words.
    pub(super) fn choice<T>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T>
    where
        T: Copy,
    {
        let value = self.need(name)?;
        let text = self.string(name, value)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let all: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            self.refuse(name, "invalid", format!("`{name}` is one of {}.", all.join(", ")));
        }
        found
    }

    /// An id; may be left out.
    pub(super) fn id_if_given<T: FromStr>(&mut self, name: &str) -> Option<T> {
        let value = self.take(name)?;
        self.parse_id(name, value)
    }

    /// An id.
    pub(super) fn id<T: FromStr>(&mut self, name: &str) -> Option<T> {
        let value = self.need(name)?;
        self.parse_id(name, value)
    }

    /// An id, or null.
    pub(super) fn id_or_null<T: FromStr>(&mut self, name: &str) -> Option<T> {
        match self.need(name)? {
            Value::Null => None,
            value => self.parse_id(name, value),
        }
    }

    /// A list of different ids, at most `max`.
    pub(super) fn ids<T: FromStr + PartialEq>(&mut self, name: &str, max: usize) -> Vec<T> {
        let Some(value) = self.need(name) else { return Vec::new() };
        let Value::Array(values) = value else {
            self.refuse(name, "type", format!("`{name}` is a list of ids."));
            return Vec::new();
        };
        if values.len() > max {
            self.refuse(name, "too_long", format!("`{name}` may have {max} ids."));
            return Vec::new();
        }
        let mut ids: Vec<T> = Vec::with_capacity(values.len());
        for value in values {
            let Some(id) = self.parse_id(name, value) else { break };
            if ids.contains(&id) {
                self.refuse(name, "invalid", format!("`{name}` names something twice."));
                break;
            }
            ids.push(id);
        }
        ids
    }

    /// Some of a few words, at least one, each once.
    pub(super) fn words(&mut self, name: &str, known: &[&str]) -> Vec<String> {
        let Some(value) = self.need(name) else { return Vec::new() };
        let Value::Array(values) = value else {
            self.refuse(name, "type", format!("`{name}` is a list of words."));
            return Vec::new();
        };
        let words: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        let found: Vec<&str> = known.iter().copied().filter(|word| words.contains(word)).collect();
        if found.is_empty() || found.len() != values.len() {
            let all: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
            let all = all.join(", ");
            self.refuse(name, "invalid", format!("`{name}` is a list out of {all}, each once."));
        }
        found.into_iter().map(str::to_owned).collect()
    }

    fn parse_id<T: FromStr>(&mut self, name: &str, value: Value) -> Option<T> {
        let text = self.string(name, value)?;
        let id = text.parse().ok();
        if id.is_none() {
            self.refuse(name, "invalid", format!("`{name}` is not an id of the right kind."));
        }
        id
    }

    /// An instant of a query.
    pub(super) fn instant(&mut self, name: &str) -> Option<Timestamp> {
        let value = self.need(name)?;
        let text = self.string(name, value)?;
        let instant = super::window::parse_instant(&text);
        if instant.is_none() {
            self.refuse(
                name,
                "invalid",
                format!("`{name}` is an instant such as `2026-11-22T14:00:00Z`."),
            );
        }
        instant
    }

    /// A whole number of a query, within limits.
    pub(super) fn number(&mut self, name: &str, least: usize, most: usize) -> Option<usize> {
        let value = self.take(name)?;
        let text = self.string(name, value)?;
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse().ok().filter(|n| digits && (least..=most).contains(n));
        if number.is_none() {
            self.refuse(name, "invalid", format!("`{name}` is a number, {least} to {most}."));
        }
        number
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let named = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = named.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
}

fn unknown(name: &str, known: &[&str]) -> FieldError {
    let near = known
        .iter()
        .map(|word| (strsim::damerau_levenshtein(word, &shown(name)), word))
        .min()
        .filter(|(distance, word)| *distance <= word.len().div_ceil(2));
    let detail = match (near, known) {
        (Some((_, word)), _) => format!("`{}` is not known here. Is it `{word}`?", shown(name)),
        (None, []) => format!("`{}` is not known here: nothing is expected.", shown(name)),
        (None, _) => {
            let all: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
            format!("`{}` is not known here. Known are {}.", shown(name), all.join(", "))
        }
    };
    FieldError { field: shown(name), code: "unknown", detail }
}

/// Longest name that is repeated in an answer.
const NAME_SHOWN_MAX: usize = 60;

/// A name as it may stand in an answer: short, and without control characters.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(NAME_SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests;
