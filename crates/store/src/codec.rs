//! Between columns and the words of the domain. A column that says something unheard of is
//! corrupt, never a default.

use std::str::FromStr;

use jiff::Timestamp;

use crate::{Result, StoreError};

/// An instant from its column.
pub(crate) fn instant(millis: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(millis)
        .map_err(|_| StoreError::corrupt(format!("{millis} is no instant")))
}

/// The same, where there may be none.
pub(crate) fn instant_maybe(millis: Option<i64>) -> Result<Option<Timestamp>> {
    millis.map(instant).transpose()
}

/// An id from its column.
pub(crate) fn id<T: FromStr<Err = connection::NotAnId>>(text: &str) -> Result<T> {
    text.parse().map_err(|error: connection::NotAnId| StoreError::corrupt(error.to_string()))
}

/// A word from its column; `read` knows which words there are.
pub(crate) fn word<T>(column: &str, text: &str, read: impl Fn(&str) -> Option<T>) -> Result<T> {
    read(text).ok_or_else(|| StoreError::corrupt(format!("{column} holds an unknown word")))
}

/// Words of our own making, with blanks between.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// A 32-byte hash from its column.
pub(crate) fn hash(column: &str, bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| StoreError::corrupt(format!("{column} is not 32 bytes")))
}

/// JSON of this crate's own making, into a column.
pub(crate) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("rows of plain texts and lists always become JSON")
}

/// JSON of this crate's own making, from a column.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(column: &str, text: &str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|_| StoreError::corrupt(format!("{column} holds no JSON of ours")))
}
