//! Stands between a pull and its adapter: fails as it is told, or holds the pull up.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use calendar::Horizon;
use connection::{
    Access, Calendars, Catalogue, Cursor, Draft, Integration, Page, PageToken, Precondition,
    ProviderError, RemoteCalendar, RemoteEvent, RemoteId, Result, Written,
};
use sync::Context;
use tokio::sync::Semaphore;

/// Where the pages of a listing lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pages {
    /// To its end.
    End,
    /// Back to where they began.
    Back,
    /// On and on, under other names, to what they began with.
    On,
}

/// What happens at the far side while a page is asked for; by how many were.
type Meanwhile = Box<dyn Fn(usize) + Send + Sync>;

pub(crate) struct StandIn {
    inner: Arc<dyn Calendars>,
    says: Mutex<Option<ProviderError>>,
    /// Says so of this calendar alone.
    only: Mutex<Option<RemoteId>>,
    pages: Mutex<Pages>,
    asked: AtomicUsize,
    meanwhile: Mutex<Option<Meanwhile>>,
    lists: AtomicBool,
    repeats: AtomicBool,
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
            only: Mutex::new(None),
            pages: Mutex::new(Pages::End),
            asked: AtomicUsize::new(0),
            meanwhile: Mutex::new(None),
            lists: AtomicBool::new(false),
            repeats: AtomicBool::new(false),
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

    /// Fails calls about this calendar, and no others.
    pub(crate) fn says_of(&self, calendar: &RemoteId, failure: ProviderError) {
        *self.only.lock().unwrap() = Some(calendar.clone());
        self.says(Some(failure));
    }

    /// From now on pages lead there.
    pub(crate) fn lead(&self, pages: Pages) {
        *self.pages.lock().unwrap() = pages;
    }

    /// From now on this happens at the far side before each page is given.
    pub(crate) fn meanwhile(&self, happens: impl Fn(usize) + Send + Sync + 'static) {
        *self.meanwhile.lock().unwrap() = Some(Box::new(happens));
    }

    /// How many pages were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Lists calendars whatever else it says.
    pub(crate) fn lists(&self) {
        self.lists.store(true, Ordering::Relaxed);
    }

    /// Lists every calendar twice.
    pub(crate) fn repeats(&self) {
        self.repeats.store(true, Ordering::Relaxed);
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

    fn answer_of(&self, calendar: &RemoteId) -> Result<&dyn Calendars> {
        let is_another = self.only.lock().unwrap().as_ref().is_some_and(|only| only != calendar);
        if is_another { Ok(&*self.inner) } else { self.answer() }
    }

    async fn round(
        &self,
        (access, calendar): (&Access, &RemoteId),
        (from, within): (&Cursor, Horizon),
    ) -> Result<Page> {
        let nth = self.asked.fetch_add(1, Ordering::SeqCst);
        if let Some(happens) = &*self.meanwhile.lock().unwrap() {
            happens(nth);
        }
        let inner = self.answer_of(calendar)?;
        let name = match *self.pages.lock().unwrap() {
            Pages::End => None,
            Pages::Back => Some("again".to_owned()),
            Pages::On => Some(format!("page {nth}")),
        };
        let Some(name) = name else {
            return inner.changes(access, calendar, from, within).await;
        };
        let page = inner.changes(access, calendar, &Cursor::Beginning, within).await?;
        Ok(Page { next: Cursor::Midway(PageToken::new(name)), ..page })
    }
}

#[async_trait]
impl Calendars for StandIn {
    async fn calendars(&self, access: &Access) -> Result<Vec<RemoteCalendar>> {
        if self.lists.load(Ordering::Relaxed) || self.only.lock().unwrap().is_some() {
            return self.inner.calendars(access).await;
        }
        let mut listed = self.answer()?.calendars(access).await?;
        if self.repeats.load(Ordering::Relaxed) {
            listed.extend_from_within(..);
        }
        Ok(listed)
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
        self.round((access, calendar), (from, within)).await
    }

    async fn fetch(
        &self,
        access: &Access,
        calendar: &RemoteId,
        ids: &[RemoteId],
    ) -> Result<Vec<RemoteEvent>> {
        self.answer_of(calendar)?.fetch(access, calendar, ids).await
    }

    async fn put(
        &self,
        access: &Access,
        calendar: &RemoteId,
        draft: &Draft,
        only: Precondition,
    ) -> Result<Written> {
        self.answer_of(calendar)?.put(access, calendar, draft, only).await
    }

    async fn delete(
        &self,
        access: &Access,
        calendar: &RemoteId,
        id: &RemoteId,
        only: Precondition,
    ) -> Result<()> {
        self.answer_of(calendar)?.delete(access, calendar, id, only).await
    }

    fn ids_may_change(&self) -> bool {
        self.inner.ids_may_change()
    }
}
