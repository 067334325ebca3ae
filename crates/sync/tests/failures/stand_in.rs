//! Stands between a pull and its adapter: fails as it is told, or holds the pull up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use calendar::Horizon;
use connection::{
    Access, Calendars, Catalogue, Cursor, Draft, Integration, Page, Precondition, ProviderError,
    RemoteCalendar, RemoteEvent, RemoteId, Result, Written,
};
use sync::Context;
use tokio::sync::Semaphore;

pub(crate) struct StandIn {
    inner: Arc<dyn Calendars>,
    says: Mutex<Option<ProviderError>>,
    lists: AtomicBool,
    came: Semaphore,
    passes: Semaphore,
}

impl StandIn {
    /// The same context, with a stand-in for the calendars of an integration.
    pub(crate) fn before(ctx: &Context, kind: &str) -> (Context, Arc<Self>) {
        let row = ctx.catalogue.find(kind).unwrap().clone();
        let stand_in = Arc::new(Self {
            inner: row.calendars.clone().unwrap(),
            says: Mutex::new(None),
            lists: AtomicBool::new(false),
            came: Semaphore::new(0),
            passes: Semaphore::new(Semaphore::MAX_PERMITS),
        });
        let calendars: Option<Arc<dyn Calendars>> = Some(stand_in.clone());
        let catalogue = Arc::new(Catalogue::new(vec![Integration { calendars, ..row }]));
        (Context { catalogue, ..ctx.clone() }, stand_in)
    }

    /// Fails all calls like that from now on, or none.
    pub(crate) fn says(&self, failure: Option<ProviderError>) {
        *self.says.lock().unwrap() = failure;
    }

    /// Lists calendars whatever else it says.
    pub(crate) fn lists(&self) {
        self.lists.store(true, Ordering::Relaxed);
    }

    /// Lets no pull pass until [`Self::open`].
    pub(crate) fn shut(&self) {
        self.passes.forget_permits(Semaphore::MAX_PERMITS);
    }

    /// Waits until a pull stands before it.
    pub(crate) async fn reached(&self) {
        self.came.acquire().await.unwrap().forget();
    }

    pub(crate) fn open(&self) {
        self.passes.add_permits(1_000);
    }

    fn answer(&self) -> Result<&dyn Calendars> {
        match &*self.says.lock().unwrap() {
            Some(failure) => Err(failure.clone()),
            None => Ok(&*self.inner),
        }
    }
}

#[async_trait]
impl Calendars for StandIn {
    async fn calendars(&self, access: &Access) -> Result<Vec<RemoteCalendar>> {
        if self.lists.load(Ordering::Relaxed) {
            return self.inner.calendars(access).await;
        }
        self.answer()?.calendars(access).await
    }

    async fn changes(
        &self,
        access: &Access,
        calendar: &RemoteId,
        from: &Cursor,
        within: Horizon,
    ) -> Result<Page> {
        self.came.add_permits(1);
        let _passed = self.passes.acquire().await;
        self.answer()?.changes(access, calendar, from, within).await
    }

    async fn fetch(
        &self,
        access: &Access,
        calendar: &RemoteId,
        ids: &[RemoteId],
    ) -> Result<Vec<RemoteEvent>> {
        self.answer()?.fetch(access, calendar, ids).await
    }

    async fn put(
        &self,
        access: &Access,
        calendar: &RemoteId,
        draft: &Draft,
        only: Precondition,
    ) -> Result<Written> {
        self.answer()?.put(access, calendar, draft, only).await
    }

    async fn delete(
        &self,
        access: &Access,
        calendar: &RemoteId,
        id: &RemoteId,
        only: Precondition,
    ) -> Result<()> {
        self.answer()?.delete(access, calendar, id, only).await
    }
}
