//! Google's calendars, as the house knows calendars.

use async_trait::async_trait;
use calendar::Horizon;
use connection::{
    Access, Calendars, Cursor, Draft, Page, Precondition, RemoteCalendar, RemoteEvent, RemoteId,
    Result, Written,
};

use crate::call::Api;
use crate::{changes, fetch, list, write};

pub(crate) struct GoogleCalendars(pub(crate) Api);

#[async_trait]
impl Calendars for GoogleCalendars {
    async fn calendars(&self, access: &Access) -> Result<Vec<RemoteCalendar>> {
        list::list(&self.0, access).await.map(|(calendars, _)| calendars)
    }

    /// Google tells of all there is, however far away: `within` is not needed.
    async fn changes(
        &self,
        access: &Access,
        calendar: &RemoteId,
        from: &Cursor,
        _within: Horizon,
    ) -> Result<Page> {
        changes::page(&self.0, access, calendar, from).await
    }

    async fn fetch(
        &self,
        access: &Access,
        calendar: &RemoteId,
        ids: &[RemoteId],
    ) -> Result<Vec<RemoteEvent>> {
        fetch::fetch(&self.0, access, calendar, ids).await
    }

    async fn put(
        &self,
        access: &Access,
        calendar: &RemoteId,
        draft: &Draft,
        only: Precondition,
    ) -> Result<Written> {
        write::put(&self.0, (access, calendar), draft, &only).await
    }

    async fn delete(
        &self,
        access: &Access,
        calendar: &RemoteId,
        id: &RemoteId,
        only: Precondition,
    ) -> Result<()> {
        write::delete(&self.0, (access, calendar), id, &only).await
    }
}
