//! Calls in a stretch of time that slides along.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

#[derive(Debug, Default)]
pub(crate) struct Sliding(VecDeque<Timestamp>);

impl Sliding {
    /// Notes a call, unless there were as many already.
    pub(crate) fn admit(&mut self, max: usize, length: SignedDuration, now: Timestamp) -> bool {
        while self.0.front().is_some_and(|first| now.duration_since(*first) >= length) {
            self.0.pop_front();
        }
        let fits = self.0.len() < max;
        if fits {
            self.0.push_back(now);
        }
        fits
    }
}
