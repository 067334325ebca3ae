//! What changed in a calendar: by sync-collection (RFC 6578), or by holding all ETags against
//! ours where the server has no such report.

use connection::{
    Cursor, ETag, Extent, Listed, Page, PageToken, ProviderError, RemoteId, SyncToken,
};
use http::StatusCode;
use libdav::Depth;
use outbound::Response;
use url::Url;

use crate::line::Line;
use crate::multistatus::{self, CALENDAR_SERVER, Member};
use crate::whole::{self, Shelves};
use crate::{error, fetch, hrefs, question};

/// One calendar, seen over one line.
pub(crate) struct Seen<'a> {
    pub(crate) line: &'a Line,
    /// Ids are seen from here.
    pub(crate) home: &'a Url,
    pub(crate) calendar: &'a Url,
    pub(crate) shelves: &'a Shelves,
}

impl Seen<'_> {
    /// The id of what an answer of this calendar names.
    pub(crate) fn id(&self, href: &str) -> RemoteId {
        hrefs::id(self.home, self.calendar, href)
    }

    /// Where the thing of that id, or of that href, lies.
    pub(crate) fn address(&self, id: &str) -> Option<Url> {
        let (home, href) = (self.home, hrefs::href(self.home, id));
        let at = if href == id { self.calendar } else { home };
        hrefs::resolve(at, &href)
    }
}

/// A bookmark as we keep it. The first word says what the rest is, so that a server that learns
/// or forgets sync-collection does not get the other kind's bookmark.
enum Bookmark<'a> {
    /// The server's own token.
    Sync(&'a str),
    /// Read whole, with nothing to ask changes since.
    Whole,
    /// A whole calendar that is being handed on in pages.
    Shelf(&'a str),
    /// A full listing under way; the token to go on with.
    Listing(&'a str),
    /// Changes under way; the token to go on with.
    Delta(&'a str),
    /// Compared by ETags; the collection's ctag as of then, if it has one.
    ETags(&'a str),
}

impl<'a> Bookmark<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (kind, rest) = text.split_once(' ')?;
        match kind {
            "sync" => Some(Self::Sync(rest)),
            whole::READ_WHOLE => Some(Self::Whole),
            "shelf" => Some(Self::Shelf(rest)),
            "listing" => Some(Self::Listing(rest)),
            "delta" => Some(Self::Delta(rest)),
            "etags" => Some(Self::ETags(rest)),
            _ => None,
        }
    }
}

/// Why a sync-collection gave no page.
enum Failure {
    /// The server has no such report, as far as can be told.
    Unsupported,
    Provider(ProviderError),
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        Self::Provider(error)
    }
}

/// One page of changes.
pub(crate) async fn changes(seen: &Seen<'_>, from: &Cursor) -> Result<Page, ProviderError> {
    let bookmark = match from {
        Cursor::Beginning => {
            return match whole::first_page(seen).await? {
                Some(page) => Ok(page),
                None => listing(seen).await,
            };
        }
        Cursor::Midway(token) => Bookmark::read(token.as_str()),
        Cursor::Settled(token) => Bookmark::read(token.as_str()),
    };
    let page = match bookmark {
        Some(Bookmark::Sync(token) | Bookmark::Delta(token)) => {
            delta(seen, Some(token), Extent::Changes).await
        }
        Some(Bookmark::Listing(token)) => delta(seen, Some(token), Extent::Everything).await,
        Some(Bookmark::Whole) => return listing(seen).await,
        Some(Bookmark::Shelf(place)) => {
            return Ok(seen.shelves.page(place).unwrap_or_else(whole::rest_is_lost));
        }
        Some(Bookmark::ETags(ctag)) => return by_etags(seen, ctag).await,
        None => return Err(ProviderError::CursorExpired),
    };
    page.map_err(|failure| match failure {
        Failure::Unsupported => ProviderError::CursorExpired,
        Failure::Provider(error) => error,
    })
}

/// All names and versions, and a bookmark where the server has any.
async fn listing(seen: &Seen<'_>) -> Result<Page, ProviderError> {
    match delta(seen, None, Extent::Everything).await {
        Ok(page) => Ok(page),
        Err(Failure::Unsupported) => by_etags(seen, "").await,
        Err(Failure::Provider(error)) => Err(error),
    }
}

/// One answer to a sync-collection.
async fn delta(seen: &Seen<'_>, token: Option<&str>, extent: Extent) -> Result<Page, Failure> {
    let response = seen.line.ask(question::changes_since(token), seen.calendar).await?;
    if !response.status.is_success() {
        return Err(refused(seen, &response, token.is_some()).await);
    }
    let found = Found::read(seen, &response)?;
    let Some(next) = found.token else {
        return Err(Failure::Unsupported);
    };
    if found.is_truncated && token == Some(next.as_str()) {
        let say = "The server's list of changes never ends.".into();
        return Err(Failure::Provider(ProviderError::Unintelligible { say }));
    }
    let next = match extent {
        _ if !found.is_truncated => Cursor::Settled(SyncToken::new(format!("sync {next}"))),
        Extent::Everything => Cursor::Midway(PageToken::new(format!("listing {next}"))),
        Extent::Changes => Cursor::Midway(PageToken::new(format!("delta {next}"))),
    };
    // What a first listing calls gone was never known.
    let removed = if token.is_some() { found.removed } else { Vec::new() };
    let mut listed = found.listed;
    listed.extend(with_bodies(seen, &found.bare).await?);
    Ok(Page { extent, listed, removed, next, refresh_every: None })
}

/// What a refused sync-collection means. Quirk caldav-8: a token that is no longer known is
/// answered with 403, 409, 410, 412, other 4xx, 507, or 500 by servers that are otherwise well.
async fn refused(seen: &Seen<'_>, response: &Response, had_token: bool) -> Failure {
    let error = error::of_status(response);
    match response.status.as_u16() {
        401 | 404 | 408 | 423 | 425 | 429 => Failure::Provider(error),
        400..=499 | 507 if had_token => Failure::Provider(ProviderError::CursorExpired),
        500 if had_token && is_well(seen).await => Failure::Provider(ProviderError::CursorExpired),
        400..=499 | 500 | 501 | 507 if !had_token => Failure::Unsupported,
        _ => Failure::Provider(error),
    }
}

/// Does the calendar answer a simple question?
async fn is_well(seen: &Seen<'_>) -> bool {
    let question = question::properties(question::CTAG, Depth::Zero);
    seen.line.demand(question, seen.calendar).await.is_ok()
}

/// A full listing of ETags; nothing where the ctag says that nothing changed.
async fn by_etags(seen: &Seen<'_>, known_ctag: &str) -> Result<Page, ProviderError> {
    if !known_ctag.is_empty() && ctag(seen).await?.as_deref() == Some(known_ctag) {
        let next = Cursor::Settled(SyncToken::new(format!("etags {known_ctag}")));
        let extent = Extent::Changes;
        return Ok(Page { extent, listed: vec![], removed: vec![], next, refresh_every: None });
    }
    let question = question::properties(question::ETAGS, Depth::One);
    let response = seen.line.demand(question, seen.calendar).await?;
    let found = Found::read(seen, &response)?;
    if found.is_truncated {
        let say = "The server lists only a part of this calendar.".into();
        return Err(ProviderError::Refused { say });
    }
    let ctag = found.ctag.unwrap_or_default();
    let next = Cursor::Settled(SyncToken::new(format!("etags {ctag}")));
    let mut listed = found.listed;
    listed.extend(with_bodies(seen, &found.bare).await?);
    Ok(Page { extent: Extent::Everything, listed, removed: vec![], next, refresh_every: None })
}

async fn ctag(seen: &Seen<'_>) -> Result<Option<String>, ProviderError> {
    let question = question::properties(question::CTAG, Depth::Zero);
    let response = seen.line.demand(question, seen.calendar).await?;
    let text = multistatus::text(&response);
    let document = multistatus::parse(&text)?;
    let mut members = multistatus::members(&document);
    Ok(members.find_map(|member| member.prop_text(CALENDAR_SERVER, "getctag")))
}

/// Quirk caldav-9: members may come without an ETag. Their bodies say whether they changed.
async fn with_bodies(seen: &Seen<'_>, bare: &[RemoteId]) -> Result<Vec<Listed>, ProviderError> {
    let events = fetch::fetch(seen, bare).await?;
    let listed = events.into_iter().map(|event| Listed {
        id: event.id.clone(),
        etag: event.etag.clone(),
        event: Some(event),
    });
    Ok(listed.collect())
}

/// What a listing says.
#[derive(Default)]
struct Found {
    listed: Vec<Listed>,
    bare: Vec<RemoteId>,
    removed: Vec<RemoteId>,
    token: Option<String>,
    ctag: Option<String>,
    is_truncated: bool,
}

impl Found {
    fn read(seen: &Seen<'_>, response: &Response) -> Result<Self, ProviderError> {
        let text = multistatus::text(response);
        let document = multistatus::parse(&text)?;
        let token = multistatus::sync_token(&document);
        let mut found = Self { token, ..Self::default() };
        let own = hrefs::key(seen.calendar);
        for member in multistatus::members(&document) {
            found.add(seen, &own, member);
        }
        Ok(found)
    }

    fn add(&mut self, seen: &Seen<'_>, own: &str, member: Member<'_, '_>) {
        let Some(href) = member.href() else { return };
        let is_own = seen.address(&href).is_some_and(|url| hrefs::key(&url) == own);
        let status = member.status().and_then(|code| StatusCode::from_u16(code).ok());
        if status == Some(StatusCode::INSUFFICIENT_STORAGE) {
            // RFC 6578 §3.6: there is more than this answer holds.
            self.is_truncated = true;
        } else if is_own {
            // Quirk caldav-2: the collection lists itself among its members.
            self.ctag = member.prop_text(CALENDAR_SERVER, "getctag").or(self.ctag.take());
        } else if matches!(status, Some(StatusCode::NOT_FOUND | StatusCode::GONE)) {
            self.removed.push(seen.id(&href));
        } else if !hrefs::is_collection(&href) && !member.is_collection() {
            let id = seen.id(&href);
            match member.etag() {
                Some(etag) => self.listed.push(Listed { id, etag: ETag::new(etag), event: None }),
                None => self.bare.push(id),
            }
        }
    }
}
