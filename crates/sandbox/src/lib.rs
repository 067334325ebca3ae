//! The outside world on localhost: a CalDAV server with Apple's manners, the sign-in and the
//! calendars of Google and of Microsoft, where Zoom is asked for tokens, a feed host, and a page
//! that makes them misbehave.
//! Written from the providers' documents; knows no crate of Daymark.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::any;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};
use tokio::sync::Notify;

mod answer;
mod apple;
mod ask;
mod clock;
mod control;
mod faults;
mod feeds;
mod google;
mod ical;
mod levers;
mod levers_calendars;
mod levers_events;
mod manners;
mod microsoft;
mod net;
mod oauth;
mod paging;
mod provider;
mod quota;
mod recurrence;
mod rings;
mod seed;
mod world;
mod zoom;

pub use clock::Clock;
pub use faults::{Failure, Faults, Often, Whom};
pub use feeds::{Flood, Switches, Validators};
pub use google::{
    GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GoogleCalendarView, GoogleFaults, GoogleLevers,
    GoogleManners, GooglePersonView, Role, Throttle,
};
pub use levers::{CalendarView, PersonView, StoredEvent, Unknown};
pub use manners::{
    BogusToken, EtagOnPut, Hrefs, IfMatchStar, Layout, Manners, Preset, Rewrite, SecondPropstat,
    TokenStyle, UidConflict, Wire,
};
pub use microsoft::{
    AccountKind, DirectoryView, MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET,
    MicrosoftCalendarView, MicrosoftFaults, MicrosoftLevers, MicrosoftManners, MicrosoftPersonView,
    MicrosoftThrottle, Repeated, Sharing, TokenError,
};
use net::Origin;
pub use oauth::{GrantView, Rotation};
pub use rings::{Heard, Ring, RingAnswer, Sender};
pub use world::Visit;
use world::World;
pub use world::calendar::{Access, CalendarKind};
pub use zoom::{ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET, ZoomFaults, ZoomLevers};

/// The outside world. Clones share it.
#[derive(Clone)]
pub struct Sandbox {
    world: Arc<Mutex<World>>,
    clock: Clock,
    /// Rung when there may be a push notice to send.
    bell: Arc<Notify>,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// People with calendars that look lived in around `today`. The clock stands at nine in the
    /// morning of that day until [`Sandbox::with_clock`] gives it another.
    pub fn seeded(seed: u64, today: Date, time_zone: &str) -> Self {
        let mut world = World::new(seed, time_zone);
        seed::people(&mut world, today);
        google::seed_people(&mut world, today);
        microsoft::seed_people(&mut world, today);
        Self::around(world, today)
    }

    /// Nobody and nothing. The clock stands at nine in the morning, UTC, of 2 November 2026.
    pub fn empty(seed: u64) -> Self {
        Self::around(World::new(seed, "UTC"), date(2026, 11, 2))
    }

    fn around(world: World, today: Date) -> Self {
        let zone = TimeZone::get(&world.time_zone).unwrap_or(TimeZone::UTC);
        let morning = today.to_datetime(civil::time(9, 0, 0, 0)).to_zoned(zone);
        let at = morning.map_or(Timestamp::UNIX_EPOCH, |morning| morning.timestamp());
        Self {
            world: Arc::new(Mutex::new(world)),
            clock: Clock::standing_at(at),
            bell: Arc::new(Notify::new()),
        }
    }

    /// The same world, read by another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The same world, whose id tokens are not signed, which takes longer than all else about them:
    /// for those who tell its stories by the thousand to one who does not check.
    #[must_use]
    pub fn with_unsigned_tokens(self) -> Self {
        self.with(|world| {
            world.google.issuer.is_unsigned = true;
            world.microsoft.issuer.is_unsigned = true;
        });
        self
    }

    /// What the clock says, and so much further as it was set forward.
    pub fn now(&self) -> Timestamp {
        let now = self.clock.now();
        now.checked_add(self.with(|world| world.forward)).unwrap_or(now)
    }

    /// Sets the clock forward: tokens end, channels expire, rings fall due.
    pub fn set_forward(&self, by: SignedDuration) {
        self.with(|world| world.forward = world.forward.saturating_add(by));
        self.rings_are_due();
    }

    pub fn time_zone(&self) -> String {
        self.with(|world| world.time_zone.clone())
    }

    /// The date on the wall of the sandbox's zone.
    pub fn today(&self) -> Date {
        let zone = TimeZone::get(&self.time_zone()).unwrap_or(TimeZone::UTC);
        self.now().to_zoned(zone).date()
    }

    /// Everything below one address, to be served over TCP or called in process.
    pub fn router(&self) -> Router {
        Router::new()
            .merge(control::router())
            .merge(google::router())
            .merge(google::control_router())
            .merge(microsoft::router())
            .merge(microsoft::control_router())
            .merge(zoom::router())
            .merge(zoom::control_router())
            .route("/feeds/{file}", any(feeds::serve))
            .fallback(apple::serve)
            .with_state(self.clone())
    }

    /// What has been asked so far, oldest first; the last 5,000.
    pub fn visits(&self) -> Vec<Visit> {
        self.with(|world| world.visits.iter().cloned().collect())
    }

    pub fn forget_visits(&self) {
        self.with(|world| world.visits.clear());
    }

    /// Nothing panics while the world is held; should it, the world is still whole.
    fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
