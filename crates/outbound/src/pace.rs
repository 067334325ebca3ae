//! The pace kept with each host: so many calls at once, and none before the time it asked for.
//! Whom it asks to wait is who signed in there: a host that has had enough of one bad password
//! says nothing about everybody else's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Hosts that are remembered before those without a call or a wait are forgotten.
const HOSTS_KEPT: usize = 1024;
/// With so many that asked to wait, their waits are forgotten too: each asks again.
const HOSTS_MAX: usize = 16 * HOSTS_KEPT;

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
    /// until when `who` is to leave the host alone.
    pub(crate) async fn turn(
        &self,
        (host, at_once): (&str, usize),
        who: &str,
        now: impl Fn() -> Timestamp,
    ) -> Result<OwnedSemaphorePermit, Timestamp> {
        self.is_open(who, now())?;
        let turns = self.turns((host, at_once), now());
        let turn = turns.acquire_owned().await.expect("a host's semaphore is never closed");
        // While we stood in line, another call may have been asked to wait.
        self.is_open(who, now()).map(|()| turn)
    }

    /// Remembers that `who` is to leave the host alone.
    pub(crate) fn wait_until(&self, who: &str, until: Timestamp) {
        let mut hosts = self.hosts();
        host_of(&mut hosts, (who, 1)).closed_until = Some(until);
    }

    fn is_open(&self, who: &str, now: Timestamp) -> Result<(), Timestamp> {
        let closed_until = self.hosts().get(who).and_then(|host| host.closed_until);
        closed_until.filter(|until| *until > now).map_or(Ok(()), Err)
    }

    fn turns(&self, host: (&str, usize), now: Timestamp) -> Arc<Semaphore> {
        let mut hosts = self.hosts();
        if hosts.len() >= HOSTS_KEPT {
            let is_full = hosts.len() >= HOSTS_MAX;
            let waits = |host: &Host| !is_full && host.closed_until.is_some_and(|at| at > now);
            hosts.retain(|_, host| Arc::strong_count(&host.turns) > 1 || waits(host));
        }
        Arc::clone(&host_of(&mut hosts, host).turns)
    }

    fn hosts(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn host_of<'h>(
    hosts: &'h mut HashMap<String, Host>,
    (name, at_once): (&str, usize),
) -> &'h mut Host {
    let new = || Host { turns: Arc::new(Semaphore::new(at_once.max(1))), closed_until: None };
    hosts.entry(name.to_owned()).or_insert_with(new)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[tokio::test]
    async fn however_many_ask_to_wait_what_is_remembered_has_a_limit() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let pace = Pace::new();
        let busy = pace.turn(("busy", 1), "busy", || now).await.unwrap();
        let tomorrow = now + SignedDuration::from_hours(24);
        for nth in 1..HOSTS_MAX {
            pace.wait_until(&format!("host.example {nth}"), tomorrow);
        }
        let host = ("host.example", 4);
        let refused = pace.turn(host, "host.example 1", || now).await;
        assert_eq!(refused.err(), Some(tomorrow));
        drop(pace.turn(host, "another", || now).await.unwrap());
        assert_eq!(pace.hosts().len(), 2, "those that wait are asked again");
        assert!(pace.hosts().contains_key("busy"), "who is being called keeps its turns");
        drop(busy);
    }
}
