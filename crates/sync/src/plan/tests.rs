//! The table of what a page means: one line a case, known state and listing in, step out.

use connection::{Cursor, EventId, FixedDice, Listed, SyncToken};
use jiff::Timestamp;

use super::*;

fn id(name: &str) -> RemoteId {
    RemoteId::new(name)
}

fn known(listed: &str, held: Option<&str>, content: Option<u8>) -> Known {
    Known {
        event: EventId::new(Timestamp::UNIX_EPOCH, &FixedDice::new(1)),
        listed: ETag::new(listed),
        held: held.map(ETag::new),
        content: content.map(|byte| [byte; 32]),
    }
}

fn listed(name: &str, etag: &str, text: Option<&str>) -> Listed {
    let event = text.map(|text| RemoteEvent::whole(id(name), ETag::new(etag), text));
    Listed { id: id(name), etag: ETag::new(etag), event }
}

/// A hash that a reader can predict: the length of the text.
fn content(text: &str) -> [u8; 32] {
    [u8::try_from(text.len()).unwrap(); 32]
}

fn steps(known: &[(&str, Known)], listed: Vec<Listed>, removed: &[&str]) -> Vec<Step> {
    let known = known.iter().map(|(name, known)| (id(name), known.clone())).collect();
    let page = Page {
        extent: Extent::Changes,
        listed,
        removed: removed.iter().map(|name| id(name)).collect(),
        next: Cursor::Settled(SyncToken::new("t")),
        refresh_every: None,
    };
    plan(page, (&known, &BTreeSet::from([id("headless")])), content).steps
}

#[test]
fn what_is_listed_and_not_known_is_wanted() {
    let got = steps(&[], vec![listed("a", "1", None)], &[]);
    assert_eq!(got, [Step::Want(id("a"), ETag::new("1"))]);
}

#[test]
fn an_unchanged_member_of_a_delta_is_kept_and_not_fetched_again() {
    let got = steps(&[("a", known("1", Some("1"), None))], vec![listed("a", "1", None)], &[]);
    assert_eq!(got, [Step::Keep(id("a"))]);
}

#[test]
fn a_listed_event_whose_body_never_came_is_wanted_still() {
    let got = steps(&[("a", known("1", None, None))], vec![listed("a", "1", None)], &[]);
    assert_eq!(got, [Step::Want(id("a"), ETag::new("1"))]);
}

#[test]
fn a_new_version_is_wanted() {
    let got = steps(&[("a", known("1", Some("1"), None))], vec![listed("a", "2", None)], &[]);
    assert_eq!(got, [Step::Want(id("a"), ETag::new("2"))]);
}

#[test]
fn a_body_that_came_along_replaces_without_fetching() {
    let new = listed("a", "2", Some("new body"));
    let event = new.event.clone().unwrap();
    let got = steps(&[("a", known("1", Some("1"), Some(3)))], vec![new], &[]);
    assert_eq!(got, [Step::Replace(event)]);
}

#[test]
fn the_same_content_under_a_new_etag_is_only_retagged() {
    let got =
        steps(&[("a", known("1", Some("1"), Some(4)))], vec![listed("a", "2", Some("same"))], &[]);
    assert_eq!(got, [Step::Retag(id("a"), ETag::new("2"))]);
}

#[test]
fn a_tombstone_removes_what_we_know_and_is_nothing_otherwise() {
    let got = steps(&[("a", known("1", Some("1"), None))], vec![], &["a", "never-seen"]);
    assert_eq!(got, [Step::Remove(id("a"))]);
    assert_eq!(steps(&[], vec![], &["headless"]), [Step::Remove(id("headless"))]);
}

#[test]
fn only_a_full_listing_sweeps() {
    let page = |extent| Page {
        extent,
        listed: vec![],
        removed: vec![],
        next: Cursor::Settled(SyncToken::new("t")),
        refresh_every: None,
    };
    let nothing = (&HashMap::new(), &BTreeSet::new());
    assert!(plan(page(Extent::Everything), nothing, content).sweeps);
    assert!(!plan(page(Extent::Changes), nothing, content).sweeps);
}
