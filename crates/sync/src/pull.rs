//! One pull of one calendar: ask what changed, decide by `plan.rs`, store it, fetch what only
//! was named. Load, close, call, open, store: no transaction spans a call.

mod circles;
mod doubt;
mod far_side;
mod take;

use std::sync::Arc;

use connection::{
    Access, Calendar, CalendarAccess, CalendarId, Calendars, Connection, Cursor, ETag, FreeBusy,
    Page, ProviderError, RemoteId,
};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use store::calendars::Place;
use store::events::Body;
use store::jobs::Job;
use store::{StoreError, Tx, calendars, connections, events, people};

use crate::expansion::Terms;
use crate::fetch::BATCH_MAX;
use crate::{Context, Outcome, access, horizon, proof, run};
use circles::Circles;
use far_side::FarSide;

/// The kind of job that pulls a calendar; its subject is the calendar's id.
pub(crate) const JOB: &str = "pull_calendar";
/// How often everything is listed, whatever the bookmark says.
const LISTING_EVERY_H: i64 = 24;

/// Why a pull runs; kept with the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It was just connected, or repaired.
    Connected,
    /// The timer said so.
    Timer,
    /// A person or a program pressed Sync now.
    Asked,
    /// Its provider rang.
    Rung,
    /// Somebody opened a page that shows it, or it is looked at whether it is well again.
    Probe,
}

impl Cause {
    /// As the runs spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Timer => "timer",
            Self::Asked => "asked",
            Self::Rung => "rung",
            Self::Probe => "probe",
        }
    }
}

/// What a pull did.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) changed: i64,
    pub(crate) removed: i64,
    /// Bodies among the changed that are not, or not wholly, understood.
    pub(crate) not_understood: i64,
    /// The far side's hint how often to ask.
    pub(crate) refresh_every_s: Option<i64>,
    /// Does the window that is looked at reach further than at the last look?
    pub(crate) window_moved: bool,
    /// Had the far side forgotten our bookmark, so that everything was listed?
    pub(crate) reads_whole_again: bool,
    /// Why a listing was not believed.
    pub(crate) braked: Option<String>,
}

impl Tally {
    /// Events that are other than before.
    pub(crate) fn sum(&self) -> i64 {
        self.changed + self.removed
    }

    /// Counts bodies that are about to be stored.
    pub(crate) fn count(&mut self, bodies: &[Body]) {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.changed += number(bodies.len());
        let odd = bodies.iter().filter(|body| body.problem.is_some());
        self.not_understood += number(odd.count());
    }
}

/// Why a pull stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PullError {
    #[error("the store failed")]
    Store(#[from] StoreError),
    #[error("the provider failed")]
    Provider(#[from] ProviderError),
}

/// A pull under way.
pub(crate) struct Pull<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) calendar: Calendar,
    pub(crate) connection: Connection,
    pub(crate) adapter: Arc<dyn Calendars>,
    /// Where the calendar shows no more than busy and free.
    free_busy: Option<Arc<dyn FreeBusy>>,
    pub(crate) access: Access,
    pub(crate) terms: Terms,
    pub(crate) tally: Tally,
    /// What was only named, by this listing or an earlier one.
    pub(crate) wanted: Vec<(RemoteId, ETag)>,
    /// What the pages so far say is gone: weighed as a whole, when the last one has come.
    held_back: Vec<RemoteId>,
    /// Have pages so far listed everything? What none of them names is gone.
    sweeps: bool,
    place: Place,
    /// Is the bookmark further on than the one that is stored, with nothing between them?
    pub(crate) moved_on: bool,
}

/// Does the job, and says when it is due again.
pub(crate) async fn handle(ctx: Context, job: Job) -> Outcome {
    let Ok(id) = job.subject.parse::<CalendarId>() else { return Outcome::Done };
    let started_at = ctx.clock.now();
    let mut pull = match Pull::load(&ctx, &id).await {
        Ok(Some(pull)) => pull,
        Ok(None) => return Outcome::Done,
        Err(failure) => return run::store_failed(&ctx, &job, &failure),
    };
    if let Some(at) = proof::waits_until(&pull.connection, &job, started_at) {
        return Outcome::Again { at };
    }
    if let Some(until) = pull.connection.throttled_until.filter(|until| *until > started_at) {
        return Outcome::Again { at: until };
    }
    let result = pull.pull_signed_in().await;
    run::close(&ctx, &job, run::Finished { pull, started_at, result }).await
}

impl<'a> Pull<'a> {
    /// Loads all that is needed; `None` where the calendar is not there any more, or its
    /// connection is paused.
    async fn load(ctx: &'a Context, id: &CalendarId) -> Result<Option<Self>, StoreError> {
        let mut tx = ctx.db.read().await?;
        let Some((calendar, place)) = calendars::load_placed(&mut tx, id).await? else {
            return Ok(None);
        };
        let opened = connections::load_opened(&mut tx, &calendar.connection).await?;
        let Some((connection, credential)) = opened else { return Ok(None) };
        let zone = zone_of(&mut tx, &connection, &calendar).await?;
        let times_only = events::is_busy_only(&mut tx, &connection.id).await?;
        let wanted = events::pending(&mut tx, id, BATCH_MAX).await?;
        drop(tx);
        let integration = ctx.catalogue.find(connection.integration.as_str());
        let Some(integration) = integration else { return Ok(None) };
        let Some(adapter) = integration.calendars.clone() else { return Ok(None) };
        let shows_times_alone = calendar.access == CalendarAccess::FreeBusy;
        let free_busy = integration.free_busy.clone().filter(|_| shows_times_alone);
        if connection.paused_at.is_some() || calendar.remote.is_nowhere() {
            return Ok(None);
        }
        let horizon = horizon::of(&place, ctx.clock.now());
        let owner = calendar.owner(&connection.principal);
        Ok(Some(Self {
            ctx,
            calendar,
            connection,
            adapter,
            free_busy,
            access: Access::new(credential),
            terms: Terms { zone, owner, horizon, times_only },
            tally: Tally::default(),
            wanted,
            held_back: Vec::new(),
            sweeps: false,
            place,
            moved_on: false,
        }))
    }

    /// Pulls with a fresh access, and once more with another where there is one.
    async fn pull_signed_in(&mut self) -> Result<(), PullError> {
        let (ctx, connection) = (self.ctx, self.connection.clone());
        self.access = access::ready(ctx, &connection, self.access.credential().clone()).await?;
        let failure = match self.pull().await {
            Err(PullError::Provider(failure)) => failure,
            other => return other,
        };
        self.access = access::another(ctx, &connection, &self.access, failure).await?;
        self.pull().await
    }

    async fn pull(&mut self) -> Result<(), PullError> {
        self.tally.window_moved = self.slide().await?;
        if self.is_listing_due() {
            self.place.cursor = Cursor::Beginning;
        }
        self.list_anyhow().await?;
        self.fetch_wanted().await
    }

    /// Lists from the bookmark, and from the beginning where the far side has forgotten it.
    async fn list_anyhow(&mut self) -> Result<(), PullError> {
        match self.list().await {
            Err(PullError::Provider(ProviderError::CursorExpired)) => {
                // What was missed meanwhile leaves no trace: hold all against a full listing.
                self.tally.reads_whole_again = !self.tally.window_moved;
                self.place.cursor = Cursor::Beginning;
                self.list().await
            }
            other => other,
        }
    }

    /// Some servers take any bookmark and answer that nothing changed: once a day everything is
    /// held against a full listing.
    fn is_listing_due(&self) -> bool {
        let every = SignedDuration::from_hours(LISTING_EVERY_H);
        let settled = matches!(self.place.cursor, Cursor::Settled(_));
        let now = self.ctx.clock.now();
        settled && self.place.listed_at.is_some_and(|at| now.duration_since(at) > every)
    }

    /// Expands what is held as far as the window reaches now, before anything is expanded within
    /// it; has it moved?
    async fn slide(&mut self) -> Result<bool, PullError> {
        let (ctx, id, window) = (self.ctx, &self.calendar.id, self.terms.horizon);
        let known_until = self.place.known_until;
        if known_until.is_some() && !horizon::is_due(&self.place, ctx.clock.now()) {
            return Ok(false);
        }
        let id = (id, self.place.generation);
        horizon::expand(ctx, id, &self.terms, known_until).await?;
        if known_until.is_none() {
            // Nothing was ever known, and nothing is said to be.
            let mut tx = self.keep().await?;
            horizon::arrive(&mut tx, &self.calendar.id, window).await?;
            tx.commit().await?;
        }
        Ok(known_until.is_some())
    }

    /// Asks page after page until the far side is at rest; the next one while one is stored.
    async fn list(&mut self) -> Result<(), PullError> {
        let far = self.far_side();
        let mut circles = Circles::default();
        self.held_back.clear();
        self.sweeps = false;
        let mut from = self.place.cursor.clone();
        // What goes on where an earlier pull was stopped is as old as that one: it is at rest where
        // what came since has come too.
        let mut is_old = matches!(from, Cursor::Midway(_));
        let mut page = far.look(&from).await?;
        loop {
            let next = page.next.clone();
            if let Some(every) = page.refresh_every {
                self.tally.refresh_every_s = Some(every.as_secs());
            }
            let is_at_rest = matches!(next, Cursor::Settled(_));
            if is_at_rest && !is_old {
                return self.end(page, &from).await;
            }
            if circles.go_round(&page) {
                break;
            }
            let taking = self.take(page, &from, false);
            let (taken, following) = futures_util::join!(taking, far.look(&next));
            taken?;
            is_old &= !is_at_rest;
            (page, from) = (following?, next);
        }
        Err(PullError::Provider(ProviderError::Unintelligible {
            say: "The list of events goes round in circles; its server must be mended.".into(),
        }))
    }

    /// Takes the last page. Where nothing happened, only the bookmark is another: it is stored
    /// with the end of the pull.
    async fn end(&mut self, page: Page, from: &Cursor) -> Result<(), PullError> {
        let follows = matches!(from, Cursor::Settled(_)) && self.lets_nothing_go();
        if !follows || !page.is_quiet() {
            return self.take(page, from, true).await;
        }
        self.moved_on |= page.next != *from;
        self.place.cursor = page.next;
        Ok(())
    }

    /// Begins to store what was read.
    pub(crate) async fn keep(&self) -> Result<Tx, StoreError> {
        let mut tx = self.ctx.db.begin().await?;
        connections::share_era(&mut tx, &self.connection).await?;
        calendars::keep(&mut tx, &self.calendar.id, self.place.generation).await?;
        Ok(tx)
    }

    /// Begins to store how it ended, which changes the connection too.
    pub(crate) async fn close(&self) -> Result<Tx, StoreError> {
        let mut tx = self.ctx.db.begin().await?;
        connections::hold_era(&mut tx, &self.connection).await?;
        calendars::keep(&mut tx, &self.calendar.id, self.place.generation).await?;
        if self.moved_on {
            let (cursor, listing) = (&self.place.cursor, (self.place.listing, None));
            calendars::save_cursor(&mut tx, &self.calendar.id, cursor, listing).await?;
        }
        Ok(tx)
    }

    fn far_side(&self) -> FarSide {
        FarSide {
            adapter: Arc::clone(&self.adapter),
            free_busy: self.free_busy.clone(),
            access: self.access.clone(),
            calendar: self.calendar.remote.clone(),
            within: self.terms.horizon,
        }
    }
}

/// Where the dates and floating times of a calendar happen: its own zone, else its owner's.
pub(crate) async fn zone_of(
    tx: &mut Tx,
    connection: &Connection,
    calendar: &Calendar,
) -> Result<TimeZone, StoreError> {
    let own = calendar.time_zone.as_deref().and_then(calendar::timezone::named);
    if let Some(zone) = own {
        return Ok(zone);
    }
    let of_person = match connection.owner.user() {
        Some(user) => people::user(tx, user).await?.map(|user| user.time_zone),
        None => people::account(tx, &connection.account).await?.map(|account| account.time_zone),
    };
    Ok(of_person.as_deref().and_then(calendar::timezone::named).unwrap_or(TimeZone::UTC))
}
