//! The patient half of the house: copies outside calendars into the store, and keeps the copies
//! true. Knows no provider by name, no HTTP types, and not the desk.

mod access;
mod acts;
pub mod attempt;
mod brake;
pub mod choices;
pub mod connect;
mod discover;
mod examine;
mod expansion;
mod family;
mod farewell;
mod fetch;
mod horizon;
mod housekeeping;
mod keep;
pub mod kept;
pub mod messages;
pub mod notices;
mod plan;
mod proof;
mod pull;
pub mod replace;
mod run;
pub mod sign_in;
mod status;
mod times;
pub mod watch;
pub mod webhooks;
mod worker;

use std::sync::Arc;

use connection::{Catalogue, Clock, Dice};
use store::{Db, StoreError};
use tokio_util::task::TaskTracker;

pub use acts::By;
pub use farewell::Farewells;
pub use housekeeping::begin as begin_housekeeping;
pub use messages::Post;
pub use pull::Cause;
pub use worker::{Handler, Handlers, Outcome, Workers, run_due};

/// What all work here needs: the store, the time, chance, and what can be connected.
#[derive(Clone)]
pub struct Context {
    /// The one store.
    pub db: Db,
    /// Says what time it is.
    pub clock: Arc<dyn Clock>,
    /// Chance: ids, jitter.
    pub dice: Arc<dyn Dice>,
    /// What can be connected here.
    pub catalogue: Arc<Catalogue>,
    /// Where providers can call us, without a slash at its end; `None` where they cannot.
    pub public_url: Option<String>,
    /// The way to the addresses that other programs gave.
    pub outward: outbound::Client,
    /// How messages leave by mail; `None` where they are kept here only.
    pub post: Option<Post>,
    /// Connections of one kind that one person may have.
    pub connections_max: usize,
    /// Work that must come to its end although whoever wanted it has gone; waited for when the
    /// process stops.
    pub tasks: TaskTracker,
}

/// Why a thing that a person or a program asked of us was not done.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The store did not answer, or holds something unreadable.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// There is no such kind of integration here.
    #[error("nothing of that kind can be connected here")]
    UnknownIntegration,
    /// The operator has not made a client at the provider yet.
    #[error("this is not set up here yet")]
    NotSetUp,
    /// The person has as many connections of this kind as one may have.
    #[error("one person may connect {max} of this kind: disconnect one first")]
    LimitReached {
        /// The named limit.
        max: usize,
    },
}

/// The handlers of all jobs that belong to sync, by kind.
pub fn handlers() -> Handlers {
    let mut handlers = Handlers::default();
    handlers.insert(pull::JOB, Arc::new(|ctx, job| Box::pin(pull::handle(ctx, job))));
    handlers.insert(discover::JOB, Arc::new(|ctx, job| Box::pin(discover::handle(ctx, job))));
    handlers.insert(watch::JOB, Arc::new(|ctx, job| Box::pin(watch::handle(ctx, job))));
    handlers.insert(status::JOB, Arc::new(|ctx, job| Box::pin(status::handle(ctx, job))));
    handlers
        .insert(store::webhooks::JOB, Arc::new(|ctx, job| Box::pin(webhooks::handle(ctx, job))));
    messages::insert_handlers(&mut handlers);
    handlers.insert(kept::JOB, Arc::new(|ctx, job| Box::pin(kept::handle(ctx, job))));
    handlers.insert(replace::JOB, Arc::new(|ctx, job| Box::pin(replace::handle(ctx, job))));
    handlers.insert(horizon::JOB, Arc::new(|ctx, job| Box::pin(horizon::handle(ctx, job))));
    handlers
        .insert(housekeeping::JOB, Arc::new(|ctx, job| Box::pin(housekeeping::handle(ctx, job))));
    handlers
}
