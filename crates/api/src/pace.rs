//! How often one API key may ask: a bucket per key, in memory, so each node counts for itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use connection::ApiKeyId;
use jiff::Timestamp;

use super::problem::{Code, Problem};

/// Requests that a key may make in one minute, and in one burst.
pub(super) const REQUESTS_PER_MINUTE_MAX: i64 = 1_200;

/// What one request costs, in milliseconds of a bucket that holds one minute.
const REQUEST_COST_MS: i64 = 60_000 / REQUESTS_PER_MINUTE_MAX;

/// Buckets kept at once; beyond that, full ones are forgotten.
const KEYS_MAX: usize = 10_000;

/// When each key's bucket is full again, in milliseconds since 1970.
#[derive(Default)]
pub(super) struct Pace(Mutex<HashMap<ApiKeyId, i64>>);

impl Pace {
    /// Takes one request out of the bucket of `key`.
    pub(super) fn take(&self, key: &ApiKeyId, now: Timestamp) -> Result<(), Problem> {
        let now = now.as_millisecond();
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= KEYS_MAX {
            full_at.retain(|_, at| *at > now);
        }
        let at = full_at.entry(key.clone()).or_insert(now);
        let next = (*at).max(now) + REQUEST_COST_MS;
        let over_ms = next - now - 60_000;
        if over_ms > 0 {
            let wait_s = over_ms.div_euclid(1000) + 1;
            return Err(Problem::from(Code::RateLimited).retry_after_s(wait_s));
        }
        *at = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use connection::FixedDice;
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_key_that_asks_too_often_waits_and_others_do_not() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let (one, other) = (FixedDice::new(1), FixedDice::new(2));
        let (one, other) = (ApiKeyId::new(now, &one), ApiKeyId::new(now, &other));
        let pace = Pace::default();
        for _ in 0..REQUESTS_PER_MINUTE_MAX {
            pace.take(&one, now).unwrap();
        }
        assert!(pace.take(&one, now).is_err());
        pace.take(&other, now).unwrap();
        pace.take(&one, now + SignedDuration::from_millis(REQUEST_COST_MS)).unwrap();
    }
}
