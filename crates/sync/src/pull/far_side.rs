//! The far side of one pull: who is asked about which calendar, and with which access.

use std::sync::Arc;

use calendar::Horizon;
use connection::{Access, Calendars, Cursor, FreeBusy, Page, ProviderError, RemoteId};

use crate::times;

pub(super) struct FarSide {
    pub(super) adapter: Arc<dyn Calendars>,
    /// Where the calendar shows no more than busy and free.
    pub(super) free_busy: Option<Arc<dyn FreeBusy>>,
    pub(super) access: Access,
    pub(super) calendar: RemoteId,
    /// The times that matter.
    pub(super) within: Horizon,
}

impl FarSide {
    /// The page after a cursor.
    pub(super) async fn look(&self, from: &Cursor) -> Result<Page, ProviderError> {
        if let Some(free_busy) = &self.free_busy {
            let busy = free_busy.busy(&self.access, &self.calendar, self.within).await?;
            return Ok(times::page(&busy));
        }
        self.adapter.changes(&self.access, &self.calendar, from, self.within).await
    }
}
