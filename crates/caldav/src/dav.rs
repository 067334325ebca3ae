//! Calendars of a CalDAV server (RFC 4791), iCloud's among them.

use async_trait::async_trait;
use calendar::Horizon;
use connection::{
    Access, Calendars, Cursor, Draft, Page, Precondition, ProviderError, RemoteCalendar,
    RemoteEvent, RemoteId, Result, Written,
};
use url::Url;

use crate::changes::{Seen, changes};
use crate::line::{Homes, Line, Manners};
use crate::list::list;
use crate::whole::Shelves;
use crate::{fetch, hrefs, write};

/// The calendars of any CalDAV server.
pub(crate) struct Dav {
    manners: Manners,
    shelves: Shelves,
}

/// A connection's line, and one of its calendars.
struct Open<'a> {
    shelves: &'a Shelves,
    line: Line,
    homes: Homes,
    calendar: Url,
}

impl Open<'_> {
    fn seen(&self) -> Seen<'_> {
        let (line, home) = (&self.line, self.homes.first());
        Seen { line, home, calendar: &self.calendar, shelves: self.shelves }
    }
}

impl Dav {
    pub(crate) fn new(manners: Manners) -> Self {
        Self { manners, shelves: Shelves::default() }
    }

    fn open(&self, access: &Access, calendar: &RemoteId) -> Result<Open<'_>> {
        let (line, homes) = self.manners.of(access)?;
        let href = hrefs::href(homes.first(), calendar.as_str());
        let calendar = hrefs::resolve(homes.first(), &href).ok_or(ProviderError::Gone)?;
        Ok(Open { shelves: &self.shelves, line, homes, calendar })
    }
}

#[async_trait]
impl Calendars for Dav {
    async fn calendars(&self, access: &Access) -> Result<Vec<RemoteCalendar>> {
        let (line, homes) = self.manners.of(access)?;
        Ok(list(&line, &homes).await?.calendars)
    }

    async fn changes(
        &self,
        access: &Access,
        calendar: &RemoteId,
        from: &Cursor,
        _within: Horizon,
    ) -> Result<Page> {
        changes(&self.open(access, calendar)?.seen(), from).await
    }

    async fn fetch(
        &self,
        access: &Access,
        calendar: &RemoteId,
        ids: &[RemoteId],
    ) -> Result<Vec<RemoteEvent>> {
        fetch::fetch(&self.open(access, calendar)?.seen(), ids).await
    }

    async fn put(
        &self,
        access: &Access,
        calendar: &RemoteId,
        draft: &Draft,
        only: Precondition,
    ) -> Result<Written> {
        write::put(&self.open(access, calendar)?.seen(), draft, &only).await
    }

    async fn delete(
        &self,
        access: &Access,
        calendar: &RemoteId,
        id: &RemoteId,
        only: Precondition,
    ) -> Result<()> {
        write::delete(&self.open(access, calendar)?.seen(), id, &only).await
    }
}
