//! Misbehaviour on order: what goes wrong, how often, and for whom.

use serde::{Deserialize, Serialize};

pub(crate) mod api;
mod trouble;

pub(crate) use trouble::Trouble;

/// How often a fault still strikes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Often {
    #[default]
    Never,
    Times(u32),
    Always,
}

impl Often {
    /// Whether it strikes now; counts down.
    pub(crate) fn strike(&mut self) -> bool {
        match *self {
            Self::Never => false,
            Self::Always => true,
            Self::Times(left) => {
                *self = if left > 1 { Self::Times(left - 1) } else { Self::Never };
                left > 0
            }
        }
    }

    /// `None` means until it is called off; `Some(0)` never.
    pub fn times(times: Option<u32>) -> Self {
        match times {
            None => Self::Always,
            Some(0) => Self::Never,
            Some(times) => Self::Times(times),
        }
    }
}

/// A status instead of an answer; nothing is applied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Failure {
    pub status: u16,
    pub often: Often,
    pub retry_after_s: Option<u32>,
    /// Only requests of this method; absent: all.
    pub method: Option<String>,
}

/// What goes wrong for one person, one feed, or everyone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Every answer waits so long; what was asked is applied before the wait.
    pub slow_ms: u64,
    pub fail: Option<Failure>,
    /// A web page with status 200, as a captive portal answers.
    pub web_page: Often,
    /// The connection is cut before anything is applied.
    pub drop_before: Often,
    /// A write is applied, then the connection is cut without an answer.
    pub drop_after_write: Often,
    /// The answer ends in the middle of its body.
    pub truncate: Often,
    /// A multistatus answer ends early, but well-formed: its later half says 500 for each member.
    pub inner_errors: Often,
    /// A multiget answers at most so many, and says nothing of the rest.
    pub multiget_max: Option<usize>,
    /// The calendar home lists no calendar at all.
    pub home_empty: bool,
    /// The clock in the `Date` header is off by so much.
    pub clock_skew_s: i64,
}

/// Whom a fault is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// Every person of the CalDAV server.
    Everyone,
    /// One person, by user name.
    Person(String),
    /// One feed, by name.
    Feed(String),
}

impl Whom {
    pub fn person(username: &str) -> Self {
        Self::Person(username.to_owned())
    }

    pub fn feed(name: &str) -> Self {
        Self::Feed(name.to_owned())
    }
}

/// Instead of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Instead {
    Status { status: u16, retry_after_s: Option<u32> },
    WebPage,
    Cut,
}

/// Where an answer breaks off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Cut {
    #[default]
    Nowhere,
    AtOnce,
    Halfway,
}

/// The faults that strike one request.
#[derive(Debug, Clone, Default)]
pub struct Strike {
    pub(crate) slow_ms: u64,
    pub(crate) instead: Option<Instead>,
    pub(crate) cut: Cut,
    pub(crate) inner_errors: bool,
    pub(crate) multiget_max: Option<usize>,
    pub(crate) home_empty: bool,
    pub(crate) clock_skew_s: i64,
}

/// Faults that strike requests.
pub trait Strikes {
    /// What strikes this request; counted faults count down.
    fn strike(&mut self, method: &str, door: Door) -> Strike;
}

/// The faults that every kind of answer can have.
pub(crate) struct OfAnswers<'a> {
    pub(crate) slow_ms: u64,
    pub(crate) fail: Option<&'a mut Failure>,
    pub(crate) web_page: &'a mut Often,
    pub(crate) drop_before: &'a mut Often,
    pub(crate) drop_after_write: &'a mut Often,
    pub(crate) truncate: &'a mut Often,
    pub(crate) clock_skew_s: i64,
}

/// Those of a set of faults, which has them by the same names.
macro_rules! of_answers {
    ($faults:ident) => {
        $crate::faults::OfAnswers {
            slow_ms: $faults.slow_ms,
            fail: $faults.fail.as_mut(),
            web_page: &mut $faults.web_page,
            drop_before: &mut $faults.drop_before,
            drop_after_write: &mut $faults.drop_after_write,
            truncate: &mut $faults.truncate,
            clock_skew_s: $faults.clock_skew_s,
        }
    };
}
pub(crate) use of_answers;

/// Whether a status is to come instead of an answer; counts down.
pub(crate) fn failure(fail: Option<&mut Failure>, method: &str) -> Option<Instead> {
    let fail = fail?;
    let meant = fail.method.as_deref().is_none_or(|only| only.eq_ignore_ascii_case(method));
    let (status, retry_after_s) = (fail.status, fail.retry_after_s);
    (meant && fail.often.strike()).then_some(Instead::Status { status, retry_after_s })
}

impl OfAnswers<'_> {
    fn strike(self, method: &str, writes: bool) -> Strike {
        let (slow_ms, clock_skew_s) = (self.slow_ms, self.clock_skew_s);
        let instead = if self.drop_before.strike() {
            Some(Instead::Cut)
        } else {
            failure(self.fail, method)
                .or_else(|| self.web_page.strike().then_some(Instead::WebPage))
        };
        let cut = if instead.is_some() {
            Cut::Nowhere
        } else if writes && self.drop_after_write.strike() {
            Cut::AtOnce
        } else if self.truncate.strike() {
            Cut::Halfway
        } else {
            Cut::Nowhere
        };
        Strike { slow_ms, instead, cut, clock_skew_s, ..Strike::default() }
    }
}

impl Strikes for Faults {
    fn strike(&mut self, method: &str, _: Door) -> Strike {
        let writes =
            matches!(method, "PUT" | "DELETE" | "MKCALENDAR" | "MKCOL" | "PROPPATCH" | "MOVE");
        let strike = of_answers!(self).strike(method, writes);
        let lists = strike.instead.is_none() && matches!(method, "PROPFIND" | "REPORT");
        Strike {
            inner_errors: lists && self.inner_errors.strike(),
            multiget_max: self.multiget_max,
            home_empty: self.home_empty,
            ..strike
        }
    }
}

impl Strike {
    /// Both together: the first decides where both have a say.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            slow_ms: self.slow_ms.saturating_add(other.slow_ms),
            instead: self.instead.or(other.instead),
            cut: if self.cut == Cut::Nowhere { other.cut } else { self.cut },
            inner_errors: self.inner_errors || other.inner_errors,
            multiget_max: self.multiget_max.into_iter().chain(other.multiget_max).min(),
            home_empty: self.home_empty || other.home_empty,
            clock_skew_s: self.clock_skew_s.saturating_add(other.clock_skew_s),
        }
    }

    /// What was made to go wrong, in a word.
    pub(crate) fn word(&self) -> Option<&'static str> {
        match (&self.instead, self.cut) {
            (Some(Instead::Status { .. }), _) => Some("failed"),
            (Some(Instead::WebPage), _) => Some("web page"),
            (Some(Instead::Cut), _) => Some("dropped"),
            (None, Cut::AtOnce) => Some("dropped after the write"),
            (None, Cut::Halfway) => Some("truncated"),
            (None, Cut::Nowhere) if self.inner_errors => Some("inner errors"),
            (None, Cut::Nowhere) if self.slow_ms > 0 => Some("slow"),
            (None, Cut::Nowhere) => None,
        }
    }
}

/// Which of a provider's hosts a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Api,
    Token,
    SignIn,
}
