//! The faults that every provider with an API, a token endpoint and push can have.

use jiff::{SignedDuration, Timestamp};

use super::trouble::Trouble;
use super::{Cut, Door, Failure, OfAnswers, Often, Strike, failure};

/// How much later a notice comes that is told to be overtaken.
const OVERTAKEN_BY: SignedDuration = SignedDuration::from_secs(2);

/// Declares the faults of a provider: those that are the same everywhere, and its own.
macro_rules! api_faults {
    ($(#[$about:meta])* pub struct $name:ident {
        $($(#[$says:meta])* pub $own:ident: $kind:ty,)*
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            /// Every answer waits so long; what was asked is applied before the wait.
            pub slow_ms: u64,
            /// A status instead of an answer of the API.
            pub fail: Option<$crate::faults::Failure>,
            /// A web page with status 200, as a captive portal answers.
            pub web_page: $crate::faults::Often,
            /// The connection is cut before anything is applied.
            pub drop_before: $crate::faults::Often,
            /// A write is applied, then the connection is cut without an answer.
            pub drop_after_write: $crate::faults::Often,
            /// The answer of the API ends in the middle of its body.
            pub truncate: $crate::faults::Often,
            /// A status instead of an answer of the token endpoint.
            pub token_fail: Option<$crate::faults::Failure>,
            /// Tokens are issued, and rotated, and the answer is lost.
            pub token_answer_lost: $crate::faults::Often,
            /// No refresh token comes with a code, though it was asked for.
            pub refresh_token_missing: bool,
            /// What is gone is told on this page of a listing; absent: on the first.
            pub gone_on_page: Option<usize>,
            /// Notices are not sent.
            pub push_dropped: $crate::faults::Often,
            /// Notices are sent twice.
            pub push_doubled: $crate::faults::Often,
            /// Notices come two seconds later than those after them.
            pub push_reordered: $crate::faults::Often,
            /// Notices come so much later.
            pub push_late_ms: u64,
            /// The clock in the `Date` header is off by so much.
            pub clock_skew_s: i64,
            $($(#[$says])* pub $own: $kind,)*
        }

        impl $crate::faults::Strikes for $name {
            fn strike(
                &mut self,
                method: &str,
                door: $crate::faults::Door,
            ) -> $crate::faults::Strike {
                let of_answers = $crate::faults::of_answers!(self);
                let of_tokens = (self.token_fail.as_mut(), &mut self.token_answer_lost);
                $crate::faults::api::strike(of_answers, of_tokens, (method, door))
            }
        }

        impl $crate::faults::api::OfPush for $name {
            fn of_push(&mut self) -> (u64, &mut $crate::faults::Often) {
                (self.push_late_ms, &mut self.push_reordered)
            }
        }
    };
}
pub(crate) use api_faults;

/// What strikes a request at one of a provider's doors. Pages for people are spared.
pub(crate) fn strike(
    of_answers: OfAnswers<'_>,
    (token_fail, token_answer_lost): (Option<&mut Failure>, &mut Often),
    (method, door): (&str, Door),
) -> Strike {
    let (slow_ms, clock_skew_s) = (of_answers.slow_ms, of_answers.clock_skew_s);
    let mut strike = Strike { slow_ms, clock_skew_s, ..Strike::default() };
    match door {
        Door::Api => {
            let writes = matches!(method, "POST" | "PUT" | "PATCH" | "DELETE");
            return of_answers.strike(method, writes);
        }
        Door::SignIn => strike.slow_ms = 0,
        Door::Token => {
            strike.instead = failure(token_fail, method);
            if strike.instead.is_none() && token_answer_lost.strike() {
                strike.cut = Cut::AtOnce;
            }
        }
    }
    strike
}

/// How late notices come, and how often they are overtaken.
pub trait OfPush {
    fn of_push(&mut self) -> (u64, &mut Often);
}

impl<F: OfPush + Default> Trouble<F> {
    /// When a notice falls due that a person's change sends now.
    pub(crate) fn due_at(&mut self, person: usize, now: Timestamp) -> Timestamp {
        let late_ms = self.most(person, |faults| faults.of_push().0);
        let mut late = SignedDuration::from_millis(i64::try_from(late_ms).unwrap_or(i64::MAX));
        if self.struck(person, |faults| faults.of_push().1.strike()) {
            late += OVERTAKEN_BY;
        }
        now.checked_add(late).unwrap_or(now)
    }
}
