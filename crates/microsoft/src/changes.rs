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
    let (extent, url) = place(graph, calendar, from, within)?;
    let response = graph.ask(access, Question::get(url.clone())).await?;
    if !response.status.is_success() {
        return Err(error::of_changes(&response));
    }
    let page: wire::Page<Row> = parsed(&response)?;
    let next = next(graph, extent, &url, &page)?;
    let (listed, removed) = told(page.value)?;
    Ok(Page { extent, listed, removed, next, refresh_every: None })
}

/// Where to ask, and what the answer speaks of. A place that is not at Graph any more, since the
/// operator moved it, is one that is forgotten.
fn place(
    graph: &Graph,
    calendar: &RemoteId,
    from: &Cursor,
    within: Horizon,
) -> Result<(Extent, Url), ProviderError> {
    let at = |link| graph.place.link(link).ok_or(ProviderError::CursorExpired);
    match from {
        Cursor::Beginning => Ok((Extent::Everything, first(graph, calendar, within))),
        Cursor::Settled(token) => Ok((Extent::Changes, at(token.as_str())?)),
        Cursor::Midway(token) => {
            let token = token.as_str();
            let all = token.strip_prefix(EVERYTHING).map(|link| (Extent::Everything, link));
            let told = all.or_else(|| Some((Extent::Changes, token.strip_prefix(CHANGES)?)));
            let (extent, link) = told.ok_or(ProviderError::CursorExpired)?;
            Ok((extent, at(link)?))
        }
    }
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

fn next(
    graph: &Graph,
    extent: Extent,
    asked: &Url,
    page: &wire::Page<Row>,
) -> Result<Cursor, ProviderError> {
    let unintelligible = |say: &str| ProviderError::Unintelligible { say: say.into() };
    match (&page.next, &page.delta) {
        (Some(link), _) => {
            if graph.follow(link)? == *asked {
                return Err(unintelligible("Microsoft's list of changes leads back to itself."));
            }
            let word = if extent == Extent::Everything { EVERYTHING } else { CHANGES };
            Ok(Cursor::Midway(PageToken::new(format!("{word}{link}"))))
        }
        (None, Some(link)) => {
            graph.follow(link)?;
            Ok(Cursor::Settled(SyncToken::new(link)))
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
