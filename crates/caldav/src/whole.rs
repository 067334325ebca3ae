//! A whole calendar with all its bodies by one question: by far the quickest way to a first copy,
//! where the server answers it. The answer is handed on in pages, the first with all names, so that
//! it is known how many there are. It brings no bookmark, so the pull after it lists names and
//! versions once and holds them against it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use connection::{Cursor, ETag, Extent, Listed, Page, PageToken, ProviderError, SyncToken};
use outbound::{Limits, Response};
use sha2::{Digest, Sha256};

use crate::changes::Seen;
use crate::fetch::{event, hex};
use crate::multistatus::{self, CALDAV, Member};
use crate::question;

/// Larger calendars are listed by name and fetched in pieces.
const LIMITS: Limits =
    Limits { time_max: Duration::from_mins(1), body_max: 32 << 20, redirects_max: 5 };
/// Events of one page.
const PAGE: usize = 500;
/// Calendars whose answer is being handed on.
const SHELVES_MAX: usize = 8;
/// As many events as this are taken for a server's own limit, and none for a misunderstanding.
const LIKELY_CAPS: [usize; 9] = [0, 50, 100, 200, 250, 500, 1000, 2000, 5000];

/// The bookmark of a calendar that was read whole.
pub(crate) const READ_WHOLE: &str = "whole";

/// Answers that are being handed on. They are found by their content, so a page is either what
/// was meant or not there any more.
#[derive(Default)]
pub(crate) struct Shelves(Mutex<VecDeque<Shelf>>);

struct Shelf {
    content: String,
    pages: Vec<Vec<Listed>>,
}

impl Shelves {
    fn keep(&self, answer: Shelf) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= SHELVES_MAX {
            kept.pop_front();
        }
        kept.push_back(answer);
    }

    /// The page of that place, as `content number`; the last one leaves the shelf.
    pub(crate) fn page(&self, place: &str) -> Option<Page> {
        let (content, number) = place.split_once(' ')?;
        let number: usize = number.parse().ok()?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|shelf| shelf.content == content)?;
        let is_last = number + 1 == kept[at].pages.len();
        let listed = if is_last {
            kept.remove(at)?.pages.pop()?
        } else {
            kept[at].pages.get(number)?.clone()
        };
        drop(kept);
        let next = if is_last {
            read_whole()
        } else {
            Cursor::Midway(PageToken::new(format!("shelf {content} {}", number + 1)))
        };
        let extent = Extent::Everything;
        Some(Page { extent, listed, removed: Vec::new(), next, refresh_every: None })
    }
}

/// The first page of the whole calendar; `None` where the server does not answer so that it can
/// be believed, and the calendar must be listed by name.
pub(crate) async fn first_page(seen: &Seen<'_>) -> Result<Option<Page>, ProviderError> {
    let line = seen.line.clone().within(LIMITS);
    let response = match line.demand(question::everything(), seen.calendar).await {
        Ok(response) => response,
        Err(error @ (ProviderError::SignedOut { .. } | ProviderError::Throttled { .. })) => {
            return Err(error);
        }
        Err(_) => return Ok(None),
    };
    let Some(mut listed) = all(seen, &response) else { return Ok(None) };
    let mut pages = Vec::new();
    while listed.len() > PAGE {
        let rest = listed.split_off(PAGE);
        pages.push(std::mem::replace(&mut listed, rest));
    }
    pages.push(listed);
    let rest: Vec<Listed> = pages[1..].iter().flatten().map(name_only).collect();
    pages[0].extend(rest);
    let content = hex(&Sha256::digest(&response.body)[..16]);
    let first = format!("{content} 0");
    seen.shelves.keep(Shelf { content, pages });
    Ok(seen.shelves.page(&first))
}

/// After a restart the answer is gone. Its first page has named all there was, so nothing more is
/// said of it: what was stored need not be fetched again, and a listing confirms it.
pub(crate) fn rest_is_lost() -> Page {
    let (extent, listed, removed) = (Extent::Everything, Vec::new(), Vec::new());
    Page { extent, listed, removed, next: read_whole(), refresh_every: None }
}

fn read_whole() -> Cursor {
    Cursor::Settled(SyncToken::new(format!("{READ_WHOLE} ")))
}

fn name_only(listed: &Listed) -> Listed {
    Listed { id: listed.id.clone(), etag: listed.etag.clone(), event: None }
}

/// All events of an answer, unless any of it gives reason for doubt.
fn all(seen: &Seen<'_>, response: &Response) -> Option<Vec<Listed>> {
    let text = multistatus::text(response);
    let document = multistatus::parse(&text).ok()?;
    let listed: Option<Vec<Listed>> =
        multistatus::members(&document).map(|member| one(seen, member)).collect();
    listed.filter(|listed| !LIKELY_CAPS.contains(&listed.len()))
}

/// One event with its body. A status of its own, a missing ETag or body is a reason for doubt.
fn one(seen: &Seen<'_>, member: Member<'_, '_>) -> Option<Listed> {
    let (href, etag) = (member.href()?, member.etag()?);
    let body = member.prop_text(CALDAV, "calendar-data")?;
    let id = seen.id(&href);
    let is_whole = member.status().is_none_or(|status| status / 100 == 2);
    let event = event(&id, Some(etag.clone()), &body);
    is_whole.then(|| Listed { id, etag: ETag::new(etag), event: Some(event) })
}

#[cfg(test)]
mod tests {
    use connection::RemoteId;

    use super::*;

    fn shelf(content: &str, pages: usize) -> Shelf {
        let listed = |n| Listed {
            id: RemoteId::new(format!("/{content}/{n}")),
            etag: ETag::new("e"),
            event: None,
        };
        Shelf { content: content.into(), pages: (0..pages).map(|n| vec![listed(n)]).collect() }
    }

    #[test]
    fn pages_are_handed_on_until_the_last_and_can_be_asked_for_again_before() {
        let shelves = Shelves::default();
        shelves.keep(shelf("a", 3));
        let first = shelves.page("a 0").unwrap();
        assert_eq!(shelves.page("a 0"), Some(first.clone()), "a page that was not stored");
        assert_eq!(first.next, Cursor::Midway(PageToken::new("shelf a 1")));
        let last = shelves.page("a 2").unwrap();
        assert_eq!(last.listed[0].id.as_str(), "/a/2");
        assert_eq!(last.next, Cursor::Settled(SyncToken::new("whole ")));
        assert_eq!(shelves.page("a 2"), None, "nothing stays behind");
    }

    #[test]
    fn a_page_that_is_not_there_is_never_another() {
        let shelves = Shelves::default();
        for n in 0..=SHELVES_MAX {
            shelves.keep(shelf(&n.to_string(), 2));
        }
        assert_eq!(shelves.page("0 1"), None, "the oldest made room");
        for place in ["", "1", "1 9", "1 x", "nobody 0"] {
            assert_eq!(shelves.page(place), None, "{place}");
        }
        assert!(shelves.page("1 1").is_some());
    }
}
