//! A feed: a calendar at a secret address, or in an uploaded file, that can only be read. There
//! are no changes to ask for; the whole is listed whenever it is not the same as before.

mod address;
mod bookmark;
mod file;
mod get;
mod kinship;
mod sign_in;

use async_trait::async_trait;
use calendar::{Horizon, ical};
use connection::{
    Access, CalendarAccess, Calendars, Credential, Cursor, Draft, ETag, Extent, Listed, OwnAnswer,
    Page, Precondition, ProviderError, RemoteCalendar, RemoteEvent, RemoteId, Result, Secret,
    SyncToken, Written,
};
use outbound::Client;

use self::bookmark::{Bookmark, Names};
use self::get::{Got, get};
use crate::fetch::hex;
use crate::list;

pub(crate) use self::sign_in::FeedSignIn;

/// A feed has one calendar, and this is its name.
const CALENDAR: &str = "feed";
/// Objects of one feed.
const PARTS_MAX: usize = 20_000;

/// The calendar of a feed.
pub(crate) struct Feeds(pub(crate) Client);

/// What a feed held at one time.
struct Whole {
    feed: ical::Feed,
    /// As it is to be called where it gives itself no name.
    host: String,
    bookmark: Bookmark,
}

impl Feeds {
    /// The whole feed; `None` where it is the same as at `since`.
    async fn whole(&self, access: &Access, since: Option<&Bookmark>) -> Result<Option<Whole>> {
        match access.credential() {
            Credential::Address { address } => self.over_network(address, since).await,
            Credential::File { text, name } => {
                let body = file::fingerprint(text.reveal());
                if since.is_some_and(|since| since.body == body) {
                    return Ok(None);
                }
                let feed = read(text.reveal())?;
                let host = file::called(name.as_deref()).to_owned();
                let bookmark = Bookmark { body, ..Bookmark::default() };
                Ok(Some(Whole { feed, host, bookmark }))
            }
            Credential::Password { .. } | Credential::Tokens(_) => {
                Err(refused("This connection has no address of a feed."))
            }
        }
    }

    /// All of it, or the word that nothing is new.
    async fn page(&self, access: &Access, from: &Cursor) -> Result<Page> {
        let since = match from {
            Cursor::Settled(token) => Bookmark::read(token.as_str()),
            Cursor::Beginning | Cursor::Midway(_) => None,
        };
        let Some(mut whole) = self.whole(access, since.as_ref()).await? else {
            return Ok(unchanged(from, since.as_ref()));
        };
        let names = Names::of(&whole.feed, since.as_ref());
        let listed = whole.feed.parts.iter().enumerate().map(|(at, part)| {
            let event = event(names.name(at, part), names.content(part), &part.text);
            Listed { id: event.id.clone(), etag: event.etag.clone(), event: Some(event) }
        });
        let listed = listed.collect();
        whole.bookmark.names = names.summary();
        Ok(Page {
            extent: Extent::Everything,
            listed,
            removed: Vec::new(),
            refresh_every: whole.bookmark.refresh_every,
            next: Cursor::Settled(SyncToken::new(whole.bookmark.to_text())),
        })
    }

    async fn over_network(
        &self,
        address: &Secret,
        since: Option<&Bookmark>,
    ) -> Result<Option<Whole>> {
        let Ok(place) = address::read(address.reveal()) else {
            return Err(refused("The address of this feed is damaged. Connect it again."));
        };
        let Got::Body { text, mut bookmark } = get(&self.0, &place, since).await? else {
            return Ok(None);
        };
        let feed = whole_feed(&text)?;
        bookmark.refresh_every = address::hint(feed.refresh_every.or(bookmark.refresh_every));
        Ok(Some(Whole { feed, host: place.host().to_owned(), bookmark }))
    }
}

#[async_trait]
impl Calendars for Feeds {
    async fn calendars(&self, access: &Access) -> Result<Vec<RemoteCalendar>> {
        let whole = self.whole(access, None).await?;
        Ok(whole.iter().map(|whole| calendar(&whole.feed, &whole.host)).collect())
    }

    async fn changes(
        &self,
        access: &Access,
        _calendar: &RemoteId,
        from: &Cursor,
        _within: Horizon,
    ) -> Result<Page> {
        self.page(access, from).await
    }

    async fn fetch(
        &self,
        access: &Access,
        _calendar: &RemoteId,
        ids: &[RemoteId],
    ) -> Result<Vec<RemoteEvent>> {
        let page = self.page(access, &Cursor::Beginning).await?;
        let events = page.listed.into_iter().filter_map(|listed| listed.event);
        Ok(events.filter(|event| ids.contains(&event.id)).collect())
    }

    async fn put(&self, _: &Access, _: &RemoteId, _: &Draft, _: Precondition) -> Result<Written> {
        Err(refused("A feed can only be read."))
    }

    async fn delete(&self, _: &Access, _: &RemoteId, _: &RemoteId, _: Precondition) -> Result<()> {
        Err(refused("A feed can only be read."))
    }
}

/// Nothing is new: the same bookmark, and the feed's own hint again.
fn unchanged(from: &Cursor, since: Option<&Bookmark>) -> Page {
    Page {
        extent: Extent::Changes,
        listed: Vec::new(),
        removed: Vec::new(),
        next: from.clone(),
        refresh_every: since.and_then(|since| since.refresh_every),
    }
}

/// Takes a feed apart.
fn read(text: &str) -> Result<ical::Feed> {
    let feed = ical::split(text).map_err(|unreadable| match unreadable {
        ical::Unreadable::TooLarge { .. } => {
            ProviderError::TooLarge { say: unreadable.to_string() }
        }
        _ => ProviderError::Unintelligible { say: unreadable.to_string() },
    })?;
    if feed.parts.len() > PARTS_MAX {
        let say = format!("This feed has more than {PARTS_MAX} events.");
        return Err(ProviderError::TooLarge { say });
    }
    Ok(feed)
}

/// Takes a feed apart that came over the network, where what is missing may have been cut off.
fn whole_feed(text: &str) -> Result<ical::Feed> {
    let feed = read(text)?;
    if feed.is_complete {
        Ok(feed)
    } else {
        let say = "The feed ends in the middle; what is missing may have been cut off.".into();
        Err(ProviderError::Unintelligible { say })
    }
}

/// Quirk caldav-17: same content, same version, however often the feed stamps it anew.
fn event(id: String, content: [u8; 32], text: &str) -> RemoteEvent {
    let etag = ETag::new(format!("\"{}\"", hex(&content[..16])));
    RemoteEvent::whole(RemoteId::new(id), etag, text)
}

fn calendar(feed: &ical::Feed, host: &str) -> RemoteCalendar {
    RemoteCalendar {
        id: RemoteId::new(CALENDAR),
        name: feed.name.clone().unwrap_or_else(|| host.to_owned()),
        color: feed.color.as_deref().and_then(list::color),
        access: CalendarAccess::Reader,
        time_zone: feed.time_zone.clone(),
        takes_time: true,
        own_answer: OwnAnswer::Marked,
        conference: None,
    }
}

fn refused(say: &str) -> ProviderError {
    ProviderError::Refused { say: say.into() }
}
