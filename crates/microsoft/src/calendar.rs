//! Outlook's calendars, as the house sees any.

use async_trait::async_trait;
use calendar::Horizon;
use connection::{
    Access, Calendars, Cursor, Draft, Page, Precondition, ProviderError, RemoteCalendar,
    RemoteEvent, RemoteId, Written,
};

use crate::graph::Graph;
use crate::{changes, fetch, list, write};

/// Calendars over Graph.
pub(crate) struct Outlook(pub(crate) Graph);

#[async_trait]
impl Calendars for Outlook {
    async fn calendars(&self, access: &Access) -> Result<Vec<RemoteCalendar>, ProviderError> {
        list::list(&self.0, access).await
    }

    async fn changes(
        &self,
        access: &Access,
        calendar: &RemoteId,
        from: &Cursor,
        within: Horizon,
    ) -> Result<Page, ProviderError> {
        changes::page(&self.0, access, calendar, from, within).await
    }

    async fn fetch(
        &self,
        access: &Access,
        calendar: &RemoteId,
        ids: &[RemoteId],
    ) -> Result<Vec<RemoteEvent>, ProviderError> {
        fetch::Calendar { graph: &self.0, access, id: calendar }.fetch(ids).await
    }

    async fn put(
        &self,
        access: &Access,
        calendar: &RemoteId,
        draft: &Draft,
        only: Precondition,
    ) -> Result<Written, ProviderError> {
        let calendar = fetch::Calendar { graph: &self.0, access, id: calendar };
        write::put(&calendar, draft, &only).await
    }

    async fn delete(
        &self,
        access: &Access,
        calendar: &RemoteId,
        id: &RemoteId,
        only: Precondition,
    ) -> Result<(), ProviderError> {
        let calendar = fetch::Calendar { graph: &self.0, access, id: calendar };
        write::delete(&calendar, id, &only).await
    }

    /// Quirk graph-14: immutable ids are for events; that of a calendar has changed for people.
    fn ids_may_change(&self) -> bool {
        true
    }
}
