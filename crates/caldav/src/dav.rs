//! Calendars of a CalDAV server (RFC 4791), iCloud's among them.

use async_trait::async_trait;
use connection::{
    Access, Calendars, Cursor, Draft, Page, Precondition, ProviderError, RemoteCalendar,
    RemoteEvent, RemoteId, Result, Written,
};
use url::Url;

use crate::changes::{Seen, changes};
use crate::line::{Homes, Line, Manners};
use crate::list::list;
use crate::{fetch, hrefs, write};

/// The calendars of any CalDAV server.
pub(crate) struct Dav(pub(crate) Manners);

/// A connection's line, and one of its calendars.
struct Open {
    line: Line,
    homes: Homes,
    calendar: Url,
}

impl Open {
    fn seen(&self) -> Seen<'_> {
        Seen { line: &self.line, home: self.homes.first(), calendar: &self.calendar }
    }
}

impl Dav {
    fn open(&self, access: &Access, calendar: &RemoteId) -> Result<Open> {
        let (line, homes) = self.0.of(access)?;
        let calendar =
            hrefs::resolve(homes.first(), calendar.as_str()).ok_or(ProviderError::Gone)?;
        Ok(Open { line, homes, calendar })
    }
}

#[async_trait]
impl Calendars for Dav {
    async fn calendars(&self, access: &Access) -> Result<Vec<RemoteCalendar>> {
        let (line, homes) = self.0.of(access)?;
        Ok(list(&line, &homes).await?.calendars)
    }

    async fn changes(&self, access: &Access, calendar: &RemoteId, from: &Cursor) -> Result<Page> {
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
