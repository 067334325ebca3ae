//! What has to happen within some time, if nothing else goes wrong meanwhile.

use jiff::Timestamp;

/// A process that died holds what it did for so long; its share of a turn to ask for new tokens is
/// longer than that.
const DEAD_S: i64 = 50;

/// A moment at which what was due has been done.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: i64,
    /// Was all of it done? Not where the process died over it, or another has just died.
    pub(crate) is_whole: bool,
    /// When all of it was last done before.
    pub(crate) whole_before: i64,
}

/// Remembers which moments have passed.
#[derive(Default)]
pub(crate) struct Moments {
    died_at: Option<i64>,
    whole_at: i64,
}

impl Moments {
    /// The next one.
    pub(crate) fn next(&mut self, now: Timestamp, has_died: bool) -> Moment {
        let now = now.as_second();
        if has_died {
            self.died_at = Some(now);
        }
        let is_whole = self.died_at.is_none_or(|at| now >= at + DEAD_S);
        let moment = Moment { now, is_whole, whole_before: self.whole_at };
        if is_whole {
            self.whole_at = now;
        }
        moment
    }
}

/// What it takes until something must have been noticed.
pub(crate) struct Proof {
    /// Every look comes within this time.
    pub(crate) within_s: i64,
    /// So many looks prove it,
    pub(crate) looks: u32,
    /// so far apart.
    pub(crate) apart_s: i64,
}

/// Since when something has to be noticed, and the looks that could.
#[derive(Default)]
pub(crate) struct Wait {
    since: i64,
    looks: u32,
    looked_at: i64,
}

impl Wait {
    /// Something is other than before.
    pub(crate) fn begin(&mut self, now: Timestamp) {
        *self = Self { since: now.as_second(), looks: 0, looked_at: 0 };
    }

    pub(crate) fn since(&self) -> i64 {
        self.since
    }

    /// Has there been a look since?
    pub(crate) fn is_settled(&self) -> bool {
        self.looks > 0
    }

    /// Must it have been noticed by now? As long as something `fails` there, nothing can be said.
    pub(crate) fn is_over(&mut self, moment: &Moment, proof: &Proof, fails: bool) -> bool {
        let now = moment.now;
        if fails {
            *self = Self { since: now, looks: 0, looked_at: 0 };
        }
        if fails || !moment.is_whole || now < self.since + proof.within_s {
            return false;
        }
        if self.looks == 0 || now >= self.looked_at + proof.apart_s {
            (self.looks, self.looked_at) = (self.looks + 1, now);
        }
        self.looks >= proof.looks
    }
}
