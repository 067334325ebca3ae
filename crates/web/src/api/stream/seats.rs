//! How many streams one API key may have open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use connection::ApiKeyId;

use crate::api::problem::{Code, Problem};

/// Streams that one key may have open at once, on one node.
const STREAMS_MAX: usize = 20;
/// Said to those who find all seats taken.
const RETRY_AFTER_S: i64 = 60;

type Taken = Arc<Mutex<HashMap<ApiKeyId, usize>>>;

/// The seats of all keys.
#[derive(Clone, Default)]
pub(in crate::api) struct Seats(Taken);

/// One open stream; given back when it ends.
pub(super) struct Seat {
    taken: Taken,
    key: ApiKeyId,
}

impl Seats {
    /// Takes a seat, if one is free.
    pub(super) fn take(&self, key: &ApiKeyId) -> Result<Seat, Problem> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(key.clone()).or_default();
        if *count >= STREAMS_MAX {
            return Err(Problem::from(Code::StreamsMax).retry_after_s(RETRY_AFTER_S));
        }
        *count += 1;
        Ok(Seat { taken: Arc::clone(&self.0), key: key.clone() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use connection::FixedDice;
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_stream_that_ends_makes_room_for_another() {
        let key = ApiKeyId::new(Timestamp::UNIX_EPOCH, &FixedDice::new(1));
        let seats = Seats::default();
        let mut open: Vec<_> = (0..STREAMS_MAX).map(|_| seats.take(&key).unwrap()).collect();
        assert!(seats.take(&key).is_err());
        open.pop();
        assert!(seats.take(&key).is_ok());
    }
}
