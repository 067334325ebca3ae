//! What of a connection ends by itself, unless somebody renews it before.

use jiff::{SignedDuration, Timestamp};

/// What comes within this time is told before.
pub const SOON: SignedDuration = SignedDuration::from_hours(24 * 14);
/// Of a certificate that is short-lived, the last part of its life: whoever renews such
/// certificates does so in the last third.
const LAST_PART: i32 = 4;

/// Is it near enough to be told of before it comes?
pub fn is_soon(at: Timestamp, now: Timestamp) -> bool {
    at.duration_since(now) <= SOON
}

/// The certificate of a server whose address a person typed (RFC 5280 §4.1.2.5): whoever runs it
/// renews it, and nobody else can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Whose it is, with its port where that is an odd one.
    pub host: String,
    /// Since when it holds.
    pub begins_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
}

/// One end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Of what was allowed at the provider.
    Grant {
        /// When.
        at: Timestamp,
    },
    /// Of a server's certificate.
    Certificate(Certificate),
}

impl Ending {
    /// When it comes.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Grant { at } => *at,
            Self::Certificate(certificate) => certificate.ends_at,
        }
    }

    /// Is it near enough to be told of, and still to come?
    pub fn is_soon(&self, now: Timestamp) -> bool {
        let at = self.at();
        let is_late = match self {
            Self::Grant { .. } => true,
            Self::Certificate(certificate) => {
                let life = at.duration_since(certificate.begins_at);
                at.duration_since(now) <= life / LAST_PART
            }
        };
        at > now && is_late && is_soon(at, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(days: i64) -> Ending {
        let begins_at: Timestamp = "2026-09-01T00:00:00Z".parse().unwrap();
        let ends_at = begins_at + SignedDuration::from_hours(24 * days);
        Ending::Certificate(Certificate { host: "cal.example.org".into(), begins_at, ends_at })
    }

    #[test]
    fn a_certificate_is_told_of_for_two_weeks_or_in_the_last_quarter_of_a_short_life() {
        for (life, told) in [(398_i64, 14_i64), (90, 14), (45, 11), (6, 1)] {
            let ending = certificate(life);
            let is_soon =
                |left: i64| ending.is_soon(ending.at() - SignedDuration::from_hours(24 * left));
            assert_eq!([is_soon(told), is_soon(told + 1)], [true, false], "{life} days");
            assert!(!is_soon(0), "it is over");
        }
    }
}
