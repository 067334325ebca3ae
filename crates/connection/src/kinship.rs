//! How what was just examined stands to what a connection holds, where no account at a far side
//! says whether the two are the same.

/// Two credentials, held against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kinship {
    /// How near they are.
    pub degree: Degree,
    /// Events that are in both.
    pub both: usize,
    /// Events that only the held one has.
    pub gone: usize,
    /// Events that only the new one has.
    pub added: usize,
}

/// How near two credentials are, from far to near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Degree {
    /// Another calendar: the one never takes the place of the other.
    Strangers,
    /// The new one was cut off, and lacks events of the held one: it must not take its place.
    Cut,
    /// It may be a newer version; only a person can say so.
    Possible,
    /// The same, and they are called the same.
    Namesakes,
    /// Clearly the same calendar again.
    Same,
}

impl Kinship {
    /// Nothing in common.
    pub const STRANGERS: Self = Self { degree: Degree::Strangers, both: 0, gone: 0, added: 0 };
}
