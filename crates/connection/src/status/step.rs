//! Which state may be told after which, and what can bring it about.

use super::ConnectionState::{Delayed, Paused, Synced};
use super::{ConnectionState, StatusCause};

/// May `after` be told next where `before` was told last, because of `cause`? The state itself is
/// computed; what this holds is that it is told when it changes, and for what changed it.
pub fn may_follow(
    before: Option<ConnectionState>,
    after: ConnectionState,
    cause: StatusCause,
) -> bool {
    // Of what was connected before there was a history, anything may be told first.
    let Some(before) = before else { return after != Paused || cause == StatusCause::Person };
    match cause {
        // Nothing is connected twice.
        StatusCause::Connected => false,
        // Another reason, or another account, in the same state.
        _ if before == after => true,
        // Time makes old, and another interval makes what was old lately known, or the other way
        // round; it breaks and mends nothing.
        StatusCause::Time => matches!((before, after), (Synced, Delayed) | (Delayed, Synced)),
        // Nothing but a person's word pauses, or lets go on.
        StatusCause::Pull | StatusCause::Listing | StatusCause::Repair | StatusCause::Replaced => {
            before != Paused && after != Paused
        }
        StatusCause::Person => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In the order in which the table names them: p(rocessing), s(ynced), d(elayed), a(ttention),
    /// and = for paused.
    const STATES: [(char, ConnectionState); 5] = [
        ('p', ConnectionState::Processing),
        ('s', Synced),
        ('d', Delayed),
        ('a', ConnectionState::Attention),
        ('=', Paused),
    ];

    /// For each cause: what may be told first, and then after each state.
    const TABLE: [(StatusCause, [&str; 6]); 7] = [
        (StatusCause::Connected, ["psda", "", "", "", "", ""]),
        (StatusCause::Pull, ["psda", "psda", "psda", "psda", "psda", "="]),
        (StatusCause::Listing, ["psda", "psda", "psda", "psda", "psda", "="]),
        (StatusCause::Time, ["psda", "p", "sd", "sd", "a", "="]),
        (StatusCause::Repair, ["psda", "psda", "psda", "psda", "psda", "="]),
        (StatusCause::Replaced, ["psda", "psda", "psda", "psda", "psda", "="]),
        (StatusCause::Person, ["psda=", "psda=", "psda=", "psda=", "psda=", "psda="]),
    ];

    #[test]
    fn each_cause_leads_only_where_it_can() {
        assert_eq!(TABLE.map(|(cause, _)| cause), StatusCause::ALL);
        for (cause, rows) in TABLE {
            let befores = [None].into_iter().chain(STATES.iter().map(|(_, state)| Some(*state)));
            for (before, row) in befores.zip(rows) {
                let allowed = STATES.iter().filter(|(_, state)| may_follow(before, *state, cause));
                let allowed: String = allowed.map(|(letter, _)| letter).collect();
                assert_eq!(allowed, row, "after {before:?}, by {cause:?}");
            }
        }
    }
}
