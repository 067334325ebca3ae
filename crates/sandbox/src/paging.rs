//! Tokens that are opaque outside, and listings cut into pages.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

pub(crate) fn write<T: Serialize>(token: &T) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(token).unwrap_or_default())
}

pub(crate) fn read<T: for<'a> Deserialize<'a>>(text: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// A listing, cut into pages.
#[derive(Debug)]
pub(crate) struct Cut<T> {
    pub(crate) entries: Vec<(String, T)>,
    /// The key after which the next page begins. Absent: this was the last page.
    pub(crate) next: Option<String>,
}

/// Entries by their keys, after one of them. Every second page may have to be empty.
pub(crate) fn cut<T>(
    mut entries: Vec<(String, T)>,
    (after, page): (&str, usize),
    page_max: usize,
    empty_pages: bool,
) -> Cut<T> {
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    entries.retain(|(key, _)| key.as_str() > after);
    if empty_pages && page % 2 == 1 && !entries.is_empty() {
        return Cut { entries: Vec::new(), next: Some(after.to_owned()) };
    }
    let more = entries.len() > page_max.max(1);
    entries.truncate(page_max.max(1));
    let next = entries.last().filter(|_| more).map(|(key, _)| key.clone());
    Cut { entries, next }
}
