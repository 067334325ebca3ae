//! The real time and the real dice: the only place that asks the machine for either.

use connection::{Clock, Dice};
use jiff::Timestamp;
use rand::Rng;

/// The machine's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "here the time comes in from outside")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The machine's randomness, fit for keys and tokens.
pub(crate) struct SystemDice;

impl Dice for SystemDice {
    #[expect(clippy::disallowed_methods, reason = "here chance comes in from outside")]
    fn fill(&self, out: &mut [u8]) {
        rand::rng().fill_bytes(out);
    }
}
