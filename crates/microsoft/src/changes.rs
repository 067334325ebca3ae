//! What changed in a calendar, page by page, by delta over a stretch of time.

use std::collections::HashMap;

use calendar::Horizon;
use connection::{
    Access, Cursor, Extent, Listed, Page, PageToken, ProviderError, RemoteId, SyncToken,
};
use jiff::Timestamp;
use url::Url;

use crate::graph::{Graph, Question, parsed};
use crate::wire::{self, Row};
use crate::{error, translate};

/// Before the link in a page token: is it a page of all there is, or of changes?
const EVERYTHING: &str = "everything ";
const CHANGES: &str = "changes ";

/// One page of changes.
pub(crate) async fn page(
    graph: &Graph,
    access: &Access,
    calendar: &RemoteId,
    from: &Cursor,
    within: Horizon,
) -> Result<Page, ProviderError> {
    let Place { extent, until, url } = place(graph, calendar, from, within)?;
    let response = graph.ask(access, Question::get(url.clone())).await?;
    if !response.status.is_success() {
        return Err(error::of_changes(&response));
    }
    let page: wire::Page<Row> = parsed(&response)?;
    let next = next(graph, &Place { extent, until, url }, &page)?;
    let (listed, removed) = told(page.value)?;
    Ok(Page { extent, listed, removed, next, refresh_every: None })
}

/// Where to ask, what the answer speaks of, and up to when.
struct Place {
    extent: Extent,
    /// In seconds.
    until: i64,
    url: Url,
}

/// A place that is not at Graph any more, since the operator moved it, is one that is forgotten.
/// Quirk graph-13: so is one whose stretch of time ends too soon, for a link tells nothing of what
/// lies beyond it, changed or not.
fn place(
    graph: &Graph,
    calendar: &RemoteId,
    from: &Cursor,
    within: Horizon,
) -> Result<Place, ProviderError> {
    let at = |extent, token: &str| {
        let (until, link) = token.split_once(' ')?;
        let until = until.parse().ok().filter(|until| *until >= within.until.as_second())?;
        Some(Place { extent, until, url: graph.place.link(link)? })
    };
    let known = match from {
        Cursor::Beginning => {
            let (extent, until) = (Extent::Everything, within.until.as_second());
            return Ok(Place { extent, until, url: first(graph, calendar, within) });
        }
        Cursor::Settled(token) => at(Extent::Changes, token.as_str()),
        Cursor::Midway(token) => {
            let token = token.as_str();
            let all = token.strip_prefix(EVERYTHING).map(|rest| (Extent::Everything, rest));
            let told = all.or_else(|| Some((Extent::Changes, token.strip_prefix(CHANGES)?)));
            told.and_then(|(extent, rest)| at(extent, rest))
        }
    };
    known.ok_or(ProviderError::CursorExpired)
}

/// The stretch of time is fixed in every link that follows.
fn first(graph: &Graph, calendar: &RemoteId, within: Horizon) -> Url {
    let mut url = graph.in_calendar(calendar.as_str(), &["calendarView", "delta"]);
    let written = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    url.query_pairs_mut()
        .append_pair("startDateTime", &written(within.from))
        .append_pair("endDateTime", &written(within.until));
    url
}

fn next(graph: &Graph, asked: &Place, page: &wire::Page<Row>) -> Result<Cursor, ProviderError> {
    let until = asked.until;
    let unintelligible = |say: &str| ProviderError::Unintelligible { say: say.into() };
    match (&page.next, &page.delta) {
        (Some(link), _) => {
            if graph.follow(link)? == asked.url {
                return Err(unintelligible("Microsoft's list of changes leads back to itself."));
            }
            let word = if asked.extent == Extent::Everything { EVERYTHING } else { CHANGES };
            Ok(Cursor::Midway(PageToken::new(format!("{word}{until} {link}"))))
        }
        (None, Some(link)) => {
            graph.follow(link)?;
            Ok(Cursor::Settled(SyncToken::new(format!("{until} {link}"))))
        }
        (None, None) => Err(unintelligible("Microsoft's list of changes ends in the middle.")),
    }
}

/// What the rows say. Quirk graph-9: a row can be repeated; the last one counts.
fn told(rows: Vec<Row>) -> Result<(Vec<Listed>, Vec<RemoteId>), ProviderError> {
    let mut last: HashMap<String, usize> = HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        if row.event.id.is_empty() {
            let say = "Microsoft lists an event without a name.".into();
            return Err(ProviderError::Unintelligible { say });
        }
        last.insert(row.event.id.clone(), at);
    }
    let (mut listed, mut removed) = (Vec::new(), Vec::new());
    let counts = |(at, row): &(usize, Row)| last.get(&row.event.id) == Some(at);
    for (_, row) in rows.into_iter().enumerate().filter(counts) {
        if row.removed.is_some() {
            // Quirk graph-10: whatever the reason, and also what was never here.
            removed.push(RemoteId::new(row.event.id));
        } else {
            let event = translate::event(&row.event);
            let (id, etag) = (event.id.clone(), event.etag.clone());
            listed.push(Listed { id, etag, event: Some(event) });
        }
    }
    Ok((listed, removed))
}
