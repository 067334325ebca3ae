//! Listings that never end: a far side that leads back to where we were, or on and on to pages that
//! it has shown before.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use connection::{Cursor, Page};

/// Pages of one listing; more is a far side that goes round in circles.
const PAGES_MAX: usize = 10_000;
/// So many pages of one listing may bring what one before them brought. A change may be told again
/// where a listing goes on while things change; a whole page of them, again and again, is none.
const REPEATED_MAX: usize = 8;

/// Remembers what one listing has shown.
#[derive(Default)]
pub(super) struct Circles {
    places: HashSet<u64>,
    contents: HashSet<u64>,
    pages: usize,
    repeated: usize,
}

impl Circles {
    /// Takes down a page that leads on to another; does it go round in circles?
    pub(super) fn go_round(&mut self, page: &Page) -> bool {
        self.pages += 1;
        if !self.places.insert(hash_of(&place(&page.next))) || self.pages > PAGES_MAX {
            return true;
        }
        let is_empty = page.listed.is_empty() && page.removed.is_empty();
        if !is_empty && !self.contents.insert(content(page)) {
            self.repeated += 1;
        }
        self.repeated > REPEATED_MAX
    }
}

fn place(cursor: &Cursor) -> String {
    format!("{cursor:?}")
}

/// What a page brings, whatever its links are called.
fn content(page: &Page) -> u64 {
    let listed: Vec<_> = page.listed.iter().map(|it| (it.id.as_str(), it.etag.as_str())).collect();
    let removed: Vec<_> = page.removed.iter().map(connection::RemoteId::as_str).collect();
    hash_of(&(listed, removed))
}

fn hash_of(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use connection::{ETag, Extent, Listed, PageToken, RemoteId};

    use super::*;

    fn page(names: &[&str], next: usize) -> Page {
        let listed = names.iter().map(|name| Listed {
            id: RemoteId::new(*name),
            etag: ETag::new("1"),
            event: None,
        });
        Page {
            extent: Extent::Changes,
            listed: listed.collect(),
            removed: Vec::new(),
            next: Cursor::Midway(PageToken::new(next.to_string())),
            refresh_every: None,
        }
    }

    /// The first page that is refused.
    fn ends(pages: impl Iterator<Item = Page>) -> Option<usize> {
        let mut circles = Circles::default();
        pages.into_iter().position(|page| circles.go_round(&page))
    }

    #[test]
    fn museum_39_a_loop_ends_whatever_its_links_are_called() {
        assert_eq!(ends((0..9).map(|nth| page(&["a"], nth % 2))), Some(2), "the same links");
        let three = |nth: usize| page(&[["a", "b", "c"][nth % 3]], nth);
        assert_eq!(ends((0..99).map(three)), Some(3 + REPEATED_MAX), "other links each time");
        assert_eq!(ends((0..99_999).map(|nth| page(&[], nth))), Some(PAGES_MAX), "nothing at all");
    }

    #[test]
    fn what_is_long_and_what_is_told_twice_is_no_loop() {
        let names: Vec<String> = (0..5_000).map(|nth| nth.to_string()).collect();
        assert_eq!(ends((0..5_000).map(|nth| page(&[&names[nth]], nth))), None);
        assert_eq!(ends((0..4).map(|nth| page(&["a"], nth))), None);
    }
}
