//! One page of a calendar: of all its events, or of what changed since a sync token.

use connection::{
    Access, Cursor, Extent, Listed, Page, PageToken, ProviderError, RemoteEvent, RemoteId, Result,
    SyncToken,
};
use http::Method;
use serde::{Deserialize, Serialize};

use crate::call::{Api, Ask};
use crate::error;
use crate::translate::{self, Told};
use crate::wire::Events;

/// The most that one page holds; Google may give less.
const PAGE: &str = "2500";

/// Where a listing goes on: Google wants both tokens on every page of an incremental one.
#[derive(Serialize, Deserialize)]
struct Place {
    page: String,
    since: Option<String>,
}

/// What is asked, by a cursor.
#[derive(Default)]
struct Asked {
    page: Option<String>,
    since: Option<String>,
}

impl Asked {
    fn by(cursor: &Cursor) -> Result<Self> {
        match cursor {
            Cursor::Beginning => Ok(Self::default()),
            Cursor::Settled(token) => {
                // Quirk google-4: an empty one is ours, for a listing that ended without any.
                let since = Some(token.as_str().to_owned()).filter(|token| !token.is_empty());
                Ok(Self { page: None, since })
            }
            Cursor::Midway(token) => {
                let place: Place = serde_json::from_str(token.as_str())
                    .map_err(|_| ProviderError::CursorExpired)?;
                Ok(Self { page: Some(place.page), since: place.since })
            }
        }
    }

    fn has_token(&self) -> bool {
        self.page.is_some() || self.since.is_some()
    }
}

/// Asks for a page.
pub(crate) async fn page(
    api: &Api,
    access: &Access,
    calendar: &RemoteId,
    from: &Cursor,
) -> Result<Page> {
    let asked = Asked::by(from)?;
    let url = api.hosts.calendar(&["calendars", calendar.as_str(), "events"]);
    let mut ask =
        Ask::new(Method::GET, url).query(&[("maxResults", PAGE), ("singleEvents", "false")]);
    if let Some(since) = &asked.since {
        ask = ask.query(&[("syncToken", since)]);
    }
    if let Some(page) = &asked.page {
        ask = ask.query(&[("pageToken", page)]);
    }
    let response = api.answer(access, ask).await?;
    if response.status.is_success() {
        let events = serde_json::from_slice(&response.body);
        return read(events.map_err(|_| error::unintelligible(&response))?, asked);
    }
    match error::of_answer(&response) {
        // Quirk google-2: a token that Google cannot read at all is 400, not 410.
        ProviderError::Refused { .. } if response.status == 400 && asked.has_token() => {
            Err(ProviderError::CursorExpired)
        }
        failed => Err(failed),
    }
}

fn read(events: Events, asked: Asked) -> Result<Page> {
    let (mut listed, mut removed) = (Vec::new(), Vec::new());
    let zone = events.time_zone.as_deref();
    for item in events.items {
        match translate::told(item, zone)? {
            Told::Is(event) => listed.push(event),
            Told::IsGone(id) => removed.push(id),
        }
    }
    // What goes with its series needs no telling.
    listed.retain(|event| event.series.as_ref().is_none_or(|series| !removed.contains(series)));
    let extent = if asked.since.is_some() { Extent::Changes } else { Extent::Everything };
    let next = match (events.next_page_token, events.next_sync_token) {
        (Some(page), _) if asked.page.as_ref() == Some(&page) => {
            let say = "Google's list of events goes in a circle.".into();
            return Err(ProviderError::Unintelligible { say });
        }
        (Some(page), _) => midway(&Place { page, since: asked.since })?,
        // Quirk google-4: without a token everything is listed again the next time.
        (None, token) => Cursor::Settled(SyncToken::new(token.unwrap_or_default())),
    };
    let listed = listed.into_iter().map(line).collect();
    Ok(Page { extent, listed, removed, next, refresh_every: None })
}

fn midway(place: &Place) -> Result<Cursor> {
    let text = serde_json::to_string(place).map_err(|_| ProviderError::Unintelligible {
        say: "Google's place in a list cannot be kept.".into(),
    })?;
    Ok(Cursor::Midway(PageToken::new(text)))
}

fn line(event: RemoteEvent) -> Listed {
    Listed { id: event.id.clone(), etag: event.etag.clone(), event: Some(event) }
}
