//! Events as the far side lists them, and the bodies that we hold of them. Written in bulk: a
//! first pull brings thousands, and a small change must cost the same in a large calendar.

mod kept;
mod series;
mod stored;

use std::collections::{HashMap, HashSet};

use connection::{CalendarId, Counts, Dice, ETag, EventId, RemoteId};
use jiff::Timestamp;

use crate::busy::{self, OccurrenceRow};
use crate::seal::Sealed;
use crate::statement::{Statement, sql, storable};
use crate::{Result, Tx, codec};

/// Rows of one statement. The first whole chunk is prepared once for all that follow it.
const ROWS: usize = 50;
/// Names of one statement.
const NAMES: usize = 200;

pub use kept::{is_busy_only, rewrite, set_busy_only, stored, want_all};
pub use series::{Family, attach, family, series_of, series_unseen, whole_count};
pub use stored::{EventText, NotUnderstood, bodies, not_understood, texts};

/// What we know of one event before a pull touches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub event: EventId,
    /// The version that the far side lists.
    pub listed: ETag,
    /// The version whose body we hold.
    pub held: Option<ETag>,
    /// The hash of that body.
    pub content: Option<[u8; 32]>,
}

/// An event's body with all that was made of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    pub remote: RemoteId,
    pub etag: ETag,
    pub text: String,
    pub content: [u8; 32],
    /// Why it is not, or not wholly, understood: a code, and a sentence without its title.
    pub problem: Option<(String, String)>,
    /// Does anything of it lie beyond the horizon?
    pub goes_on: bool,
    pub occurrences: Vec<OccurrenceRow>,
}

/// An expansion made anew: the event, its problem, does it go on, its occurrences.
pub type Rebuilt = (EventId, Option<(String, String)>, bool, Vec<OccurrenceRow>);

#[derive(sqlx::FromRow)]
struct KnownRow {
    id: String,
    remote_id: String,
    listed_etag: String,
    held_etag: Option<String>,
    content_hash: Option<Vec<u8>>,
}

/// What is known of those of `names` that are known.
pub async fn known(
    tx: &mut Tx,
    calendar: &CalendarId,
    names: &[RemoteId],
) -> Result<HashMap<RemoteId, Known>> {
    let mut found = HashMap::with_capacity(names.len());
    for chunk in names.chunks(NAMES) {
        let text = "SELECT e.id, e.remote_id, e.listed_etag, e.held_etag, e.content_hash FROM ";
        let statement = named(text, calendar, chunk.iter().map(RemoteId::as_str));
        let rows: Vec<KnownRow> = tx.all(statement).await?;
        let mut rows: HashMap<_, _> =
            rows.into_iter().map(|row| (row.remote_id.clone(), row)).collect();
        for name in chunk {
            let Some(row) = rows.remove(&*storable(name.as_str())) else { continue };
            let content = row.content_hash.as_deref();
            let known = Known {
                event: codec::id(&row.id)?,
                listed: ETag::new(row.listed_etag),
                held: row.held_etag.map(ETag::new),
                content: content.map(|c| codec::hash("events.content_hash", c)).transpose()?,
            };
            found.insert(name.clone(), known);
        }
    }
    Ok(found)
}

/// `text`, then the calendar's events `e` of those names.
fn named<'q>(
    text: &'static str,
    calendar: &'q CalendarId,
    names: impl Iterator<Item = &'q str>,
) -> Statement<'q> {
    sql(text)
        .bind(calendar.as_str())
        .each(names)
        .text("JOIN events e ON e.calendar_id = $1 AND e.remote_id = v.column1")
}

/// The last row of each name: one statement may not touch a row twice.
fn last_of_each<T>(rows: &[T], name: impl Fn(&T) -> &RemoteId) -> Vec<&T> {
    let mut seen = HashSet::with_capacity(rows.len());
    let mut last: Vec<_> = rows.iter().rev().filter(|row| seen.insert(name(row).clone())).collect();
    last.reverse();
    last
}

/// Takes over what the far side lists: new events, and the present version of known ones.
pub async fn list(
    tx: &mut Tx,
    calendar: &CalendarId,
    listed: &[(RemoteId, ETag)],
    listing: i64,
    (now, dice): (Timestamp, &dyn Dice),
) -> Result<()> {
    let listed = last_of_each(listed, |(name, _)| name);
    // Ids of one instant fall in any order. Sorted, they are those of the listing, and every
    // index that begins with them grows at its end.
    let mut ids: Vec<_> = listed.iter().map(|_| EventId::new(now, dice)).collect();
    ids.sort_unstable();
    let mut new = 0;
    for (ids, chunk) in ids.chunks(ROWS).zip(listed.chunks(ROWS)) {
        let rows = ids.iter().zip(chunk).map(|(id, (name, etag))| {
            [
                id.as_str().into(),
                calendar.as_str().into(),
                name.as_str().into(),
                etag.as_str().into(),
                false.into(),
                listing.into(),
                now.into(),
            ]
        });
        let statement = sql("INSERT INTO events (id, calendar_id, remote_id, listed_etag, \
             goes_on, seen_in, changed_at) VALUES ")
        .rows(rows)
        .text(
            " ON CONFLICT (calendar_id, remote_id) DO UPDATE SET \
             listed_etag = excluded.listed_etag, seen_in = excluded.seen_in RETURNING id",
        );
        // A known event keeps its id; one that came back with the id given here is new.
        let rows: Vec<(String,)> = tx.all(statement).await?;
        new += rows.iter().filter(|(id,)| is_given(ids, id)).count();
    }
    let new = i64::try_from(new).unwrap_or(i64::MAX);
    add_to_count(tx, calendar, new).await
}

fn is_given(sorted: &[EventId], id: &str) -> bool {
    sorted.binary_search_by(|given| given.as_str().cmp(id)).is_ok()
}

/// Keeps the calendar's number of events in step with its rows.
async fn add_to_count(tx: &mut Tx, calendar: &CalendarId, more: i64) -> Result<()> {
    if more != 0 {
        let text = "UPDATE calendars SET event_count = event_count + $1 WHERE id = $2";
        tx.run(sql(text).bind(more).bind(calendar.as_str())).await?;
    }
    Ok(())
}

/// The events whose present body is still to be fetched, in the order in which they were listed.
pub async fn pending(
    tx: &mut Tx,
    calendar: &CalendarId,
    limit: i64,
) -> Result<Vec<(RemoteId, ETag)>> {
    let text = "SELECT remote_id, listed_etag FROM events WHERE calendar_id = $1 \
                AND (held_etag IS NULL OR held_etag <> listed_etag) ORDER BY id LIMIT $2";
    let rows: Vec<(String, String)> = tx.all(sql(text).bind(calendar.as_str()).bind(limit)).await?;
    Ok(rows.into_iter().map(|(name, etag)| (RemoteId::new(name), ETag::new(etag))).collect())
}

/// What the events of a calendar amount to. What is counted lies in indexes that are nearly empty
/// at rest.
pub async fn counts(tx: &mut Tx, calendar: &CalendarId) -> Result<Counts> {
    let text = "SELECT COALESCE((SELECT event_count FROM calendars WHERE id = $1), 0), \
                (SELECT COUNT(*) FROM events WHERE calendar_id = $1 \
                 AND (held_etag IS NULL OR held_etag <> listed_etag)), \
                (SELECT COUNT(*) FROM events WHERE calendar_id = $1 \
                 AND problem_code IS NOT NULL)";
    let row: Option<(i64, i64, i64)> = tx.one(sql(text).bind(calendar.as_str())).await?;
    let (events, pending, not_understood) = row.unwrap_or_default();
    Ok(Counts { events, pending, not_understood })
}

/// How many events there are whose body we hold: all but those that wait for their first.
pub async fn known_count(tx: &mut Tx, calendar: &CalendarId) -> Result<i64> {
    let text = "SELECT COALESCE((SELECT event_count FROM calendars WHERE id = $1), 0) \
                - (SELECT COUNT(*) FROM events WHERE calendar_id = $1 \
                   AND (held_etag IS NULL OR held_etag <> listed_etag) AND held_etag IS NULL)";
    tx.number(sql(text).bind(calendar.as_str())).await
}

/// Stores bodies of listed events and what they amount to in time. What is no longer listed is
/// passed over.
pub async fn hold(
    tx: &mut Tx,
    calendar: &CalendarId,
    bodies: &[Body],
    now: Timestamp,
) -> Result<()> {
    for chunk in last_of_each(bodies, |body| &body.remote).chunks(ROWS) {
        let ids = ids(tx, calendar, chunk).await?;
        let there: Vec<_> = chunk
            .iter()
            .filter_map(|body| Some((ids.get(&*storable(body.remote.as_str()))?, *body)))
            .collect();
        if there.is_empty() {
            continue;
        }
        update_held(tx, &there, now).await?;
        replace_texts(tx, &there).await?;
        let occurrences: Vec<_> =
            there.iter().map(|(id, body)| (id.as_str(), body.occurrences.as_slice())).collect();
        busy::replace(tx, calendar, &occurrences).await?;
    }
    Ok(())
}

/// Our ids of those bodies that are listed, by name as it is stored.
async fn ids(
    tx: &mut Tx,
    calendar: &CalendarId,
    bodies: &[&Body],
) -> Result<HashMap<String, String>> {
    let names = bodies.iter().map(|body| body.remote.as_str());
    let statement = named("SELECT e.remote_id, e.id FROM ", calendar, names);
    Ok(tx.all::<(String, String)>(statement).await?.into_iter().collect())
}

async fn update_held(tx: &mut Tx, bodies: &[(&String, &Body)], now: Timestamp) -> Result<()> {
    let rows = bodies.iter().map(|(id, body)| {
        let problem = body.problem.as_ref();
        [
            id.as_str().into(),
            body.etag.as_str().into(),
            (&body.content).into(),
            problem.map(|(code, _)| code.as_str()).into(),
            problem.map(|(_, say)| say.as_str()).into(),
            body.goes_on.into(),
        ]
    });
    let statement = sql("UPDATE events SET listed_etag = v.column2, held_etag = v.column2, \
         content_hash = v.column3, problem_code = v.column4, problem_say = v.column5, \
         goes_on = v.column6, changed_at = $1 FROM (VALUES ")
    .bind(now)
    .rows(rows)
    .text(") AS v WHERE events.id = v.column1");
    tx.run(statement).await?;
    Ok(())
}

async fn replace_texts(tx: &mut Tx, bodies: &[(&String, &Body)]) -> Result<()> {
    let mut rows = Vec::with_capacity(bodies.len());
    for (id, body) in bodies {
        let sealed = tx.keys().seal(Sealed::EventText, id, body.text.as_bytes())?;
        rows.push([id.as_str().into(), sealed.into()]);
    }
    let statement = sql("INSERT INTO event_texts (event_id, text_sealed) VALUES ")
        .rows(rows)
        .text(" ON CONFLICT (event_id) DO UPDATE SET text_sealed = excluded.text_sealed");
    tx.run(statement).await?;
    Ok(())
}

/// The same content came under a new version: the body that we hold is of that version too.
pub async fn mark_held(
    tx: &mut Tx,
    calendar: &CalendarId,
    name: &RemoteId,
    etag: &ETag,
) -> Result<()> {
    let text = "UPDATE events SET listed_etag = $1, held_etag = $1 \
                WHERE calendar_id = $2 AND remote_id = $3 AND content_hash IS NOT NULL";
    let statement = sql(text).bind(etag.as_str()).bind(calendar.as_str()).bind(name.as_str());
    tx.run(statement).await?;
    Ok(())
}

/// Forgets events by name, a series with its parts, and says how many events there were. A series
/// of which there were parts alone is one.
pub async fn remove(tx: &mut Tx, calendar: &CalendarId, names: &[RemoteId]) -> Result<i64> {
    let (mut whole, mut headless) = (0, 0);
    for chunk in names.chunks(NAMES) {
        let text = "DELETE FROM events WHERE id IN (SELECT e.id FROM ";
        let statement = named(text, calendar, chunk.iter().map(RemoteId::as_str));
        let statement = statement.text(") RETURNING remote_id, series IS NULL");
        let rows: Vec<(String, bool)> = tx.all(statement).await?;
        let there: HashSet<&str> = rows.iter().map(|(name, _)| name.as_str()).collect();
        whole += count(rows.iter().filter(|(_, is_whole)| *is_whole));
        let parts = sql("DELETE FROM events WHERE series IS NOT NULL AND calendar_id = $1 \
             AND series IN ")
        .bind(calendar.as_str())
        .list(chunk.iter().map(RemoteId::as_str))
        .text(" RETURNING series");
        let parts: Vec<(String,)> = tx.all(parts).await?;
        let series: HashSet<&str> = parts.iter().map(|(series,)| series.as_str()).collect();
        headless += count(series.difference(&there));
    }
    add_to_count(tx, calendar, -whole).await?;
    Ok(whole + headless)
}

/// Takes back that the listing under way has named these, and what is a part of them: they were
/// deleted while it went on, and [`sweep`] forgets them at its end, whoever comes to it.
pub async fn unlist(tx: &mut Tx, calendar: &CalendarId, names: &[RemoteId]) -> Result<()> {
    for chunk in names.chunks(NAMES) {
        let names = || chunk.iter().map(RemoteId::as_str);
        let statement = sql("UPDATE events SET seen_in = 0 WHERE calendar_id = $1 \
             AND (remote_id IN ")
        .bind(calendar.as_str())
        .list(names())
        .text(" OR series IN ")
        .list(names())
        .text(")");
        tx.run(statement).await?;
    }
    Ok(())
}

/// Runs a deletion, and says how many of the rows were no parts of a series.
async fn count_whole(tx: &mut Tx, deletion: Statement<'_>) -> Result<i64> {
    let rows: Vec<(bool,)> = tx.all(deletion.text(" RETURNING series IS NULL")).await?;
    Ok(count(rows.iter().filter(|(is_whole,)| *is_whole)))
}

fn count<T>(all: impl Iterator<Item = T>) -> i64 {
    i64::try_from(all.count()).unwrap_or(i64::MAX)
}

/// How many events the listing has not named: what [`sweep`] would forget.
pub async fn unseen(tx: &mut Tx, calendar: &CalendarId, listing: i64) -> Result<i64> {
    let text = "SELECT COUNT(*) FROM events \
                WHERE calendar_id = $1 AND seen_in < $2 AND series IS NULL";
    tx.number(sql(text).bind(calendar.as_str()).bind(listing)).await
}

/// How many of the [`unseen`] lie wholly before an instant: what a listing of a window leaves out
/// because it is over.
pub async fn unseen_and_over(
    tx: &mut Tx,
    calendar: &CalendarId,
    (listing, before): (i64, Timestamp),
) -> Result<i64> {
    let text = "SELECT COUNT(*) FROM events e \
                WHERE e.calendar_id = $1 AND e.seen_in < $2 AND e.series IS NULL AND NOT e.goes_on \
                AND NOT EXISTS (SELECT 1 FROM occurrences o \
                                WHERE o.event_id = e.id AND o.end_at >= $3)";
    tx.number(sql(text).bind(calendar.as_str()).bind(listing).bind(before)).await
}

/// Forgets what no page of a full listing named, and says how many events that were.
pub async fn sweep(tx: &mut Tx, calendar: &CalendarId, listing: i64) -> Result<i64> {
    let text = "DELETE FROM events WHERE calendar_id = $1 AND seen_in < $2";
    let swept = count_whole(tx, sql(text).bind(calendar.as_str()).bind(listing)).await?;
    add_to_count(tx, calendar, -swept).await?;
    Ok(swept)
}

/// Replaces what events amount to in time: their bodies are what they were.
pub async fn rebuild(tx: &mut Tx, calendar: &CalendarId, rebuilt: &[Rebuilt]) -> Result<()> {
    for chunk in rebuilt.chunks(ROWS) {
        let rows = chunk.iter().map(|(id, problem, goes_on, _)| {
            [
                id.as_str().into(),
                problem.as_ref().map(|(code, _)| code.as_str()).into(),
                problem.as_ref().map(|(_, say)| say.as_str()).into(),
                (*goes_on).into(),
            ]
        });
        let statement = sql("UPDATE events SET problem_code = v.column2, \
             problem_say = v.column3, goes_on = v.column4 FROM (VALUES ")
        .rows(rows)
        .text(") AS v WHERE events.id = v.column1");
        tx.run(statement).await?;
        let there = still_there(tx, chunk).await?;
        let occurrences: Vec<_> = chunk
            .iter()
            .filter(|(id, ..)| there.contains(id.as_str()))
            .map(|(id, _, _, occurrences)| (id.as_str(), occurrences.as_slice()))
            .collect();
        busy::replace(tx, calendar, &occurrences).await?;
    }
    Ok(())
}

/// A pull may have removed some since their bodies were read.
async fn still_there(tx: &mut Tx, rebuilt: &[Rebuilt]) -> Result<HashSet<String>> {
    let statement =
        sql("SELECT id FROM events WHERE id IN ").list(rebuilt.iter().map(|(id, ..)| id.as_str()));
    Ok(tx.all::<(String,)>(statement).await?.into_iter().map(|(id,)| id).collect())
}
