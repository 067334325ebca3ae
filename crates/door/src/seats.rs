//! How many streams one API key, or one person, may have open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Streams that one of them may have open at once, on one node.
const STREAMS_MAX: usize = 20;

type Taken = Arc<Mutex<HashMap<String, usize>>>;

/// The seats of all of them, by their ids.
#[derive(Clone, Default)]
pub struct Seats(Taken);

/// One open stream; given back when it ends.
pub struct Seat {
    taken: Taken,
    of: String,
}

impl Seats {
    /// Takes a seat, if one is free.
    pub fn take(&self, of: &str) -> Option<Seat> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(of.to_owned()).or_default();
        if *count >= STREAMS_MAX {
            return None;
        }
        *count += 1;
        Some(Seat { taken: Arc::clone(&self.0), of: of.to_owned() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_ends_makes_room_for_another() {
        let seats = Seats::default();
        let mut open: Vec<_> = (0..STREAMS_MAX).map(|_| seats.take("key").unwrap()).collect();
        assert!(seats.take("key").is_none() && seats.take("another").is_some());
        open.pop();
        assert!(seats.take("key").is_some());
    }
}
