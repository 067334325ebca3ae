//! One suite for all adapters: what every one of them must mean by `changes`, `fetch`, `put`,
//! `delete` and `Precondition`. Panics with a sentence where a claim does not hold.

use std::collections::BTreeMap;

use async_trait::async_trait;
use calendar::Horizon;
use jiff::Timestamp;

use crate::{
    Access, CalendarAccess, Calendars, Cursor, Draft, ETag, Extent, Precondition, ProviderError,
    RemoteEvent, RemoteId, SyncToken,
};

/// The stretch of time that all events of the suite lie in.
fn within() -> Horizon {
    let at = |text: &str| text.parse::<Timestamp>().expect("it is an instant");
    let (from, until) = (at("2026-11-01T00:00:00Z"), at("2027-11-01T00:00:00Z"));
    Horizon::new(from, until).expect("it begins before it ends")
}

/// Pages of one pull; more are a loop.
const PAGES_MAX: usize = 100;
/// More events than fit into one question.
const MANY: usize = 120;

/// The far side, changed behind the adapter's back.
#[async_trait]
pub trait FarSide: Send + Sync {
    /// Makes or replaces an event; `name` ends in `.ics`.
    async fn put(&self, name: &str, text: &str);
    /// Removes an event.
    async fn delete(&self, name: &str);
    /// Makes it forget our place; `None` where a wrong bookmark has to be made up instead.
    async fn forget(&self) -> Option<()>;
}

/// What is examined: an adapter, and an empty calendar that it may write to.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The adapter.
    pub calendars: &'a dyn Calendars,
    /// Access to an account.
    pub access: &'a Access,
    /// A calendar of it, empty and writable.
    pub calendar: &'a RemoteId,
    /// The same calendar from behind.
    pub far_side: &'a dyn FarSide,
}

/// What we know of a calendar: the names there, and their versions.
#[derive(Debug, Clone, Default)]
struct Known {
    versions: BTreeMap<RemoteId, ETag>,
    place: Option<SyncToken>,
}

/// All claims, one after another.
pub async fn conforms(subject: Subject<'_>) {
    it_is_listed_and_may_be_written_to(subject).await;
    let known = an_empty_calendar_lists_nothing(subject).await;
    let known = changes_on_the_other_side_are_told(subject, known).await;
    a_forgotten_place_is_told_and_a_new_listing_is_whole(subject, &known).await;
    many_events_are_fetched_and_missing_ones_left_out(subject).await;
    a_write_holds_to_what_it_believes(subject).await;
    what_is_not_understood_is_kept(subject).await;
}

async fn it_is_listed_and_may_be_written_to(subject: Subject<'_>) {
    let all = subject.calendars.calendars(subject.access).await.expect("calendars are listed");
    let it = all.iter().find(|calendar| calendar.id == *subject.calendar);
    let it = it.expect("the calendar is among those listed");
    assert_eq!(it.access, CalendarAccess::Writer, "the calendar may be written to");
}

async fn an_empty_calendar_lists_nothing(subject: Subject<'_>) -> Known {
    let known = pull(subject, Known::default()).await;
    assert!(known.versions.is_empty(), "an empty calendar lists nothing: {:?}", known.versions);
    let again = pull(subject, known.clone()).await;
    assert!(again.versions.is_empty(), "and still nothing when asked again");
    again
}

async fn changes_on_the_other_side_are_told(subject: Subject<'_>, known: Known) -> Known {
    let far_side = subject.far_side;
    far_side.put("one.ics", &event("one", "First")).await;
    far_side.put("two.ics", &event("two", "Second")).await;
    let first = pull(subject, known).await;
    assert_eq!(first.versions.len(), 2, "two new events are told: {:?}", first.versions);
    far_side.put("one.ics", &event("one", "Changed")).await;
    far_side.delete("two.ics").await;
    let then = pull(subject, first.clone()).await;
    let (id, etag) = then.versions.first_key_value().expect("one event is left");
    assert_eq!(then.versions.len(), 1, "the deleted event is told as gone");
    assert_ne!(first.versions.get(id), Some(etag), "a changed event has a new version");
    let bodies = fetch(subject, std::slice::from_ref(id)).await;
    assert!(bodies[0].text.contains("SUMMARY:Changed"), "the body is the changed one");
    assert_eq!(bodies[0].etag, *etag, "and its version is the one that was told");
    then
}

async fn a_forgotten_place_is_told_and_a_new_listing_is_whole(subject: Subject<'_>, known: &Known) {
    let place = if subject.far_side.forget().await.is_some() {
        known.place.clone().expect("a settled pull has a place")
    } else {
        SyncToken::new("sync made-up-by-nobody")
    };
    subject.far_side.put("three.ics", &event("three", "Third")).await;
    let cursor = Cursor::Settled(place);
    let answer =
        subject.calendars.changes(subject.access, subject.calendar, &cursor, within()).await;
    match answer {
        Err(ProviderError::CursorExpired) => {}
        // Some servers answer any bookmark with all there is, which does no harm.
        Ok(page) => assert!(page.listed.len() >= 2, "a wrong bookmark hides nothing: {page:?}"),
        Err(other) => panic!("a forgotten place is told as such, not as {other:?}"),
    }
    let whole = pull(subject, Known::default()).await;
    assert_eq!(whole.versions.len(), 2, "a new listing is whole");
    subject.far_side.delete("one.ics").await;
    subject.far_side.delete("three.ics").await;
}

async fn many_events_are_fetched_and_missing_ones_left_out(subject: Subject<'_>) {
    for n in 0..MANY {
        let uid = format!("many-{n}");
        subject.far_side.put(&format!("{uid}.ics"), &event(&uid, "Many")).await;
    }
    let known = pull(subject, Known::default()).await;
    assert_eq!(known.versions.len(), MANY, "all are listed");
    let mut ids: Vec<RemoteId> = known.versions.keys().cloned().collect();
    let bodies = fetch(subject, &ids).await;
    assert_eq!(bodies.len(), MANY, "all are fetched");
    for body in &bodies {
        assert_eq!(known.versions.get(&body.id), Some(&body.etag), "under the names listed");
    }
    subject.far_side.delete("many-7.ics").await;
    let left = fetch(subject, &ids).await;
    assert_eq!(left.len(), MANY - 1, "what is gone is left out, and nothing else");
    ids.retain(|id| !left.iter().any(|body| body.id == *id));
    assert!(fetch(subject, &ids).await.is_empty(), "asked for alone, it is still gone");
    for n in 0..MANY {
        subject.far_side.delete(&format!("many-{n}.ics")).await;
    }
}

async fn a_write_holds_to_what_it_believes(subject: Subject<'_>) {
    let Subject { calendars, access, calendar, .. } = subject;
    let draft = |text| Draft { id: RemoteId::new("written"), text };
    let first = draft(event("written", "Written"));
    let written = calendars.put(access, calendar, &first, Precondition::Absent).await;
    let written = written.expect("what is not there is written");
    let again = calendars.put(access, calendar, &first, Precondition::Absent).await;
    assert_eq!(again, Err(ProviderError::PreconditionFailed), "it is there already");
    let known = pull(subject, Known::default()).await;
    assert_eq!(
        known.versions.get(&written.id),
        Some(&written.etag),
        "our own write comes back under the name and version that we were told"
    );
    let change = Draft { id: written.id.clone(), text: event("written", "Rewritten") };
    let matching = Precondition::Matches(written.etag.clone());
    let rewritten = calendars.put(access, calendar, &change, matching).await;
    let rewritten = rewritten.expect("the version that we know is replaced");
    assert_ne!(rewritten.etag, written.etag, "a rewrite has a new version");
    let stale = || Precondition::Matches(written.etag.clone());
    let lost = Draft { id: written.id.clone(), text: event("written", "Lost update") };
    let refused = calendars.put(access, calendar, &lost, stale()).await;
    assert_eq!(refused, Err(ProviderError::PreconditionFailed), "an old version is not replaced");
    let kept = calendars.delete(access, calendar, &written.id, stale()).await;
    assert_eq!(kept, Err(ProviderError::PreconditionFailed), "an old version is not deleted");
    let bodies = fetch(subject, std::slice::from_ref(&written.id)).await;
    assert!(bodies[0].text.contains("SUMMARY:Rewritten"), "the last good write stands");
    let present = || Precondition::Matches(bodies[0].etag.clone());
    calendars.delete(access, calendar, &written.id, present()).await.expect("it is deleted");
    let twice = calendars.delete(access, calendar, &written.id, present()).await;
    twice.expect("what is not there counts as deleted");
    assert!(pull(subject, Known::default()).await.versions.is_empty(), "nothing is left");
}

async fn what_is_not_understood_is_kept(subject: Subject<'_>) {
    let Subject { calendars, access, calendar, .. } = subject;
    let text = event("kept", "Kept").replace(
        "END:VEVENT",
        "X-HOUSE-UNKNOWN;X-P=\"a,b\":kept as it is\\, with its comma\r\nEND:VEVENT",
    );
    let draft = Draft { id: RemoteId::new("kept"), text };
    let written = calendars.put(access, calendar, &draft, Precondition::Absent).await;
    let written = written.expect("an unknown property is no reason to refuse");
    let bodies = fetch(subject, std::slice::from_ref(&written.id)).await;
    let line = "kept as it is\\, with its comma";
    assert!(bodies[0].text.contains(line), "an unknown property comes back as it was");
    let only = Precondition::Matches(bodies[0].etag.clone());
    calendars.delete(access, calendar, &written.id, only).await.expect("it is deleted");
}

/// Pulls to the end and says what is known then.
async fn pull(subject: Subject<'_>, mut known: Known) -> Known {
    let mut cursor = known.place.take().map_or(Cursor::Beginning, Cursor::Settled);
    let mut named: Option<BTreeMap<RemoteId, ETag>> = None;
    for _ in 0..PAGES_MAX {
        let page =
            subject.calendars.changes(subject.access, subject.calendar, &cursor, within()).await;
        let page = page.expect("changes are told");
        let listed: Vec<_> = page.listed.into_iter().map(|line| (line.id, line.etag)).collect();
        match page.extent {
            Extent::Everything => named.get_or_insert_default().extend(listed),
            Extent::Changes => known.versions.extend(listed),
        }
        for id in page.removed {
            known.versions.remove(&id);
        }
        cursor = page.next;
        if let Cursor::Settled(place) = cursor {
            known.versions = named.unwrap_or(known.versions);
            known.place = Some(place);
            return known;
        }
    }
    panic!("a pull ends within {PAGES_MAX} pages");
}

async fn fetch(subject: Subject<'_>, ids: &[RemoteId]) -> Vec<RemoteEvent> {
    let bodies = subject.calendars.fetch(subject.access, subject.calendar, ids).await;
    bodies.expect("bodies are fetched")
}

/// An event that every server takes.
fn event(uid: &str, title: &str) -> String {
    [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Daymark//Conformance//EN",
        "BEGIN:VEVENT",
        &format!("UID:{uid}@conformance.example"),
        "DTSTAMP:20261101T120000Z",
        "DTSTART:20261201T150000Z",
        "DTEND:20261201T153000Z",
        &format!("SUMMARY:{title}"),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    .join("\r\n")
}
