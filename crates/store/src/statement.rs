//! One statement with its values, spelled once for both engines.

use std::borrow::Cow;
use std::fmt::Write;

use jiff::Timestamp;

/// A value on its way into the database.
#[derive(Debug)]
pub(crate) enum Value<'q> {
    Text(Option<Cow<'q, str>>),
    Int(Option<i64>),
    Bool(bool),
    Bytes(Option<Cow<'q, [u8]>>),
}

/// A text as both engines keep it: PostgreSQL cannot keep NUL inside one, so both drop it, for
/// one odd name must not stop a whole pull. What must come back byte by byte is kept as bytes.
pub(crate) fn storable<'q>(text: impl Into<Cow<'q, str>>) -> Cow<'q, str> {
    let text = text.into();
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { text }
}

impl<'q> From<&'q str> for Value<'q> {
    fn from(text: &'q str) -> Self {
        Self::Text(Some(storable(text)))
    }
}

impl<'q> From<&'q String> for Value<'q> {
    fn from(text: &'q String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(storable(text)))
    }
}

impl<'q> From<Option<&'q str>> for Value<'q> {
    fn from(text: Option<&'q str>) -> Self {
        Self::Text(text.map(storable))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(instant: Timestamp) -> Self {
        Self::Int(Some(instant.as_millisecond()))
    }
}

impl From<Option<Timestamp>> for Value<'_> {
    fn from(instant: Option<Timestamp>) -> Self {
        Self::Int(instant.map(Timestamp::as_millisecond))
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl<'q> From<Option<&'q [u8]>> for Value<'q> {
    fn from(bytes: Option<&'q [u8]>) -> Self {
        Self::Bytes(bytes.map(Cow::Borrowed))
    }
}

impl<'q> From<&'q [u8]> for Value<'q> {
    fn from(bytes: &'q [u8]) -> Self {
        Self::Bytes(Some(Cow::Borrowed(bytes)))
    }
}

impl<'q, const N: usize> From<&'q [u8; N]> for Value<'q> {
    fn from(bytes: &'q [u8; N]) -> Self {
        Self::Bytes(Some(Cow::Borrowed(bytes)))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(Cow::Owned(bytes)))
    }
}

/// A statement, its text grown out of constants of this crate alone, never out of values.
#[derive(Debug)]
pub(crate) struct Statement<'q> {
    pub(crate) text: Cow<'static, str>,
    pub(crate) values: Vec<Value<'q>>,
}

/// A statement of that text; `$1` is the first value bound.
pub(crate) fn sql<'q>(text: &'static str) -> Statement<'q> {
    Statement { text: Cow::Borrowed(text), values: Vec::new() }
}

impl<'q> Statement<'q> {
    /// Binds the next value.
    pub(crate) fn bind(mut self, value: impl Into<Value<'q>>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Binds the next value, and adds its place to the text.
    pub(crate) fn value(mut self, value: impl Into<Value<'q>>) -> Self {
        self.values.push(value.into());
        // Writing into a String cannot fail.
        let _ = write!(self.text.to_mut(), "${}", self.values.len());
        self
    }

    /// Adds to the text.
    pub(crate) fn text(mut self, more: &'static str) -> Self {
        self.text.to_mut().push_str(more);
        self
    }

    /// Adds one parenthesis with a place for each value: `($3, $4)`.
    pub(crate) fn list<V: Into<Value<'q>>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        let text = self.text.to_mut();
        let mut separator = '(';
        for value in values {
            self.values.push(value.into());
            // Writing into a String cannot fail.
            let _ = write!(text, "{separator}${}", self.values.len());
            separator = ',';
        }
        text.push(')');
        self
    }

    /// Adds `(VALUES ($3), ($4)) AS v ` to join with on `v.column1`. PostgreSQL then looks each one
    /// up by itself; for `IN (…)` it may read a whole calendar instead, as long as it has no
    /// statistics.
    pub(crate) fn each<V: Into<Value<'q>>>(self, values: impl IntoIterator<Item = V>) -> Self {
        self.text("(VALUES ").rows(values.into_iter().map(|value| [value.into()])).text(") AS v ")
    }

    /// Adds a parenthesis for each row, with commas between.
    pub(crate) fn rows<const N: usize>(
        mut self,
        rows: impl IntoIterator<Item = [Value<'q>; N]>,
    ) -> Self {
        for (index, row) in rows.into_iter().enumerate() {
            if index > 0 {
                self.text.to_mut().push(',');
            }
            self = self.list(row);
        }
        self
    }
}
