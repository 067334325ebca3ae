//! The pace kept with each host: so many calls at once, and none before the time it asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Hosts that are remembered before those without a call or a wait are forgotten.
const HOSTS_KEPT: usize = 1024;

/// Keeps the pace with all hosts.
pub(crate) struct Pace {
    hosts: Mutex<HashMap<String, Host>>,
}

struct Host {
    turns: Arc<Semaphore>,
    closed_until: Option<Timestamp>,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { hosts: Mutex::default() }
    }

    /// Waits for one of `at_once` turns with `host`, to be given back by dropping it; or says
    /// until when the host wants to be left alone.
    pub(crate) async fn turn(
        &self,
        (host, at_once): (&str, usize),
        now: impl Fn() -> Timestamp,
    ) -> Result<OwnedSemaphorePermit, Timestamp> {
        let turns = self.turns((host, at_once), now())?;
        let turn = turns.acquire_owned().await.expect("a host's semaphore is never closed");
        // While we stood in line, another call may have been asked to wait.
        self.turns((host, at_once), now()).map(|_| turn)
    }

    /// Remembers that `host` asked to be left alone.
    pub(crate) fn wait_until(&self, host: &str, until: Timestamp) {
        if let Some(host) = self.hosts().get_mut(host) {
            host.closed_until = Some(until);
        }
    }

    fn turns(
        &self,
        (host, at_once): (&str, usize),
        now: Timestamp,
    ) -> Result<Arc<Semaphore>, Timestamp> {
        let mut hosts = self.hosts();
        if hosts.len() >= HOSTS_KEPT {
            hosts.retain(|_, host| {
                Arc::strong_count(&host.turns) > 1 || host.closed_until.is_some_and(|at| at > now)
            });
        }
        let host = hosts.entry(host.to_owned()).or_insert_with(|| Host {
            turns: Arc::new(Semaphore::new(at_once.max(1))),
            closed_until: None,
        });
        match host.closed_until {
            Some(until) if until > now => Err(until),
            _ => Ok(Arc::clone(&host.turns)),
        }
    }

    fn hosts(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
