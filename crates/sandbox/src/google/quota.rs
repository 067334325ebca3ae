//! Calls in the last minute, of everyone and of each person: a window that slides.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::answer::Refusal;
use super::faults::{GoogleManners, limit};

const MINUTE: SignedDuration = SignedDuration::from_secs(60);

#[derive(Debug, Default)]
pub(crate) struct Quota {
    everyone: VecDeque<Timestamp>,
    people: BTreeMap<usize, VecDeque<Timestamp>>,
}

/// Notes a call unless the minute is full.
fn admit(calls: &mut VecDeque<Timestamp>, max: usize, now: Timestamp) -> bool {
    while calls.front().is_some_and(|first| now.duration_since(*first) >= MINUTE) {
        calls.pop_front();
    }
    let fits = calls.len() < max;
    if fits {
        calls.push_back(now);
    }
    fits
}

impl Quota {
    pub(crate) fn count(
        &mut self,
        person: usize,
        manners: &GoogleManners,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if let Some(max) = manners.project_calls_a_minute
            && !admit(&mut self.everyone, max, now)
        {
            return Err(limit("rateLimitExceeded", 429));
        }
        if let Some(max) = manners.calls_a_minute
            && !admit(self.people.entry(person).or_default(), max, now)
        {
            return Err(limit("userRateLimitExceeded", 403));
        }
        Ok(())
    }
}
