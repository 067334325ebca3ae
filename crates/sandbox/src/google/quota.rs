//! Calls in the last minute, of everyone and of each person.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::answer::Refusal;
use super::faults::{GoogleManners, limit};
use crate::quota::Sliding;

const MINUTE: SignedDuration = SignedDuration::from_secs(60);

#[derive(Debug, Default)]
pub(crate) struct Quota {
    everyone: Sliding,
    people: BTreeMap<usize, Sliding>,
}

impl Quota {
    pub(crate) fn count(
        &mut self,
        person: usize,
        manners: &GoogleManners,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if let Some(max) = manners.project_calls_a_minute
            && !self.everyone.admit(max, MINUTE, now)
        {
            return Err(limit("rateLimitExceeded", 429));
        }
        if let Some(max) = manners.calls_a_minute
            && !self.people.entry(person).or_default().admit(max, MINUTE, now)
        {
            return Err(limit("userRateLimitExceeded", 403));
        }
        Ok(())
    }
}
