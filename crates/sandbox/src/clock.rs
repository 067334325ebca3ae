//! Time and chance, handed to the sandbox from outside: a clock to read, and dice from a seed.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// Where the sandbox reads the time of day.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that is read anew for every request.
    pub fn new(read: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// A clock that stands still.
    pub fn standing_at(moment: Timestamp) -> Self {
        Self::new(move || moment)
    }

    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

/// Dice that fall the same way for the same seed (splitmix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..below`; zero when `below` is zero.
    pub(crate) fn below(&mut self, below: u64) -> u64 {
        if below == 0 { 0 } else { self.roll() % below }
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = self.below(from.len() as u64);
        usize::try_from(at).ok().and_then(|at| from.get(at))
    }

    /// An identifier in the shape that Apple's devices make: `7C1B0E0A-…`.
    pub(crate) fn uid(&mut self) -> String {
        let (a, b) = (self.roll(), self.roll());
        format!(
            "{:08X}-{:04X}-4{:03X}-{:04X}-{:012X}",
            a >> 32,
            (a >> 16) & 0xFFFF,
            a & 0xFFF,
            ((b >> 48) & 0x3FFF) | 0x8000,
            b & 0xFFFF_FFFF_FFFF
        )
    }

    /// An app-specific password in Apple's form: `abcd-efgh-ijkl-mnop`.
    pub(crate) fn app_password(&mut self) -> String {
        let letters: Vec<char> = (b'a'..=b'z').map(char::from).collect();
        let mut password = String::new();
        for at in 0..16 {
            if at > 0 && at % 4 == 0 {
                password.push('-');
            }
            password.extend(self.pick(&letters));
        }
        password
    }
}
