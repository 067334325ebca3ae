//! The last 24 hours of a connection as 48 bars, one each half hour: in time, late, failed, none.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use store::runs::Run;

/// Half hours that are shown.
const BARS: i64 = 48;
const BAR_MS: i64 = 30 * 60 * 1_000;
/// How far back the runs reach that are needed.
pub(crate) const REACH: SignedDuration = SignedDuration::from_hours(24);

/// How one half hour went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bar {
    None,
    InTime,
    Late,
    Failed,
}

impl Bar {
    fn class(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::InTime => "in-time",
            Self::Late => "late",
            Self::Failed => "failed",
        }
    }
}

/// The bars, with what they say in words.
pub(crate) fn strip(runs: &[Run], expected_every_s: i64, now: Timestamp) -> Markup {
    let bars = bars(runs, expected_every_s, now);
    html! {
        span .strip role="img" aria-label=(in_words(&bars)) {
            @for bar in bars { i class=(bar.class()) {} }
        }
    }
}

/// What the colours of the bars mean.
pub(crate) fn legend() -> Markup {
    html! {
        "One bar each half hour, now at the right: "
        @for (bar, word, then) in [
            (Bar::InTime, "in time", ", "),
            (Bar::Late, "late", ", "),
            (Bar::Failed, "failed", ", "),
            (Bar::None, "not asked", "."),
        ] {
            span .bar-key { i class=(bar.class()) aria-hidden="true" {} (word) (then) }
        }
    }
}

/// The share of looks that were answered, for beside the strip.
pub(crate) fn share(runs: &[Run]) -> Markup {
    let answered = runs.iter().filter(|run| run.failure.is_none()).count();
    let share = (answered * 100).checked_div(runs.len());
    html! {
        @if let Some(share) = share { (share) " %" span .unseen { " of the looks were answered" } }
    }
}

/// `runs` are in time order. Late is a first success of a half hour that came more than twice the
/// expected time after the last success before it.
fn bars(runs: &[Run], expected_every_s: i64, now: Timestamp) -> Vec<Bar> {
    let begin_ms = now.as_millisecond() - BARS * BAR_MS;
    let patience_ms = 2 * expected_every_s.max(1) * 1_000;
    let mut bars = vec![Bar::None; usize::try_from(BARS).unwrap_or_default()];
    let mut last_success_ms: Option<i64> = None;
    for run in runs {
        let at_ms = run.started_at.as_millisecond();
        let Some(bar) = usize::try_from((at_ms - begin_ms).div_euclid(BAR_MS))
            .ok()
            .and_then(|nth| bars.get_mut(nth))
        else {
            continue;
        };
        if run.failure.is_some() {
            *bar = Bar::Failed;
            continue;
        }
        let is_late = last_success_ms.is_some_and(|last| at_ms - last > patience_ms);
        last_success_ms = Some(at_ms);
        if *bar != Bar::Failed && is_late {
            *bar = Bar::Late;
        } else if *bar == Bar::None {
            *bar = Bar::InTime;
        }
    }
    bars
}

fn in_words(bars: &[Bar]) -> String {
    let of = |wanted: Bar| bars.iter().filter(|bar| **bar == wanted).count();
    let mut parts = vec![format!("{} of 48 half hours in time", of(Bar::InTime))];
    for (bar, word) in [(Bar::Late, "late"), (Bar::Failed, "failed"), (Bar::None, "not asked")] {
        if of(bar) > 0 {
            parts.push(format!("{} {word}", of(bar)));
        }
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use connection::{ConnectionId, FixedDice, RunId};

    use super::*;

    fn run(minutes_ago: i64, failed: bool) -> Run {
        let dice = FixedDice::new(5);
        let at = now() - SignedDuration::from_mins(minutes_ago);
        Run {
            id: RunId::new(at, &dice),
            connection: ConnectionId::new(at, &dice),
            calendar: None,
            kind: "pull".into(),
            cause: "timer".into(),
            started_at: at,
            took_ms: 80,
            changed: 0,
            removed: 0,
            not_understood: 0,
            failure: failed.then(|| "unavailable".into()),
            say: None,
        }
    }

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn each_half_hour_says_how_it_went() {
        let runs = [run(89, false), run(85, false), run(59, true), run(10, false), run(5, false)];
        let bars = bars(&runs, 300, now());
        assert_eq!(bars.len(), 48);
        assert_eq!(bars[44..], [Bar::None, Bar::InTime, Bar::Failed, Bar::Late]);
        assert_eq!(in_words(&bars), "1 of 48 half hours in time, 1 late, 1 failed, 45 not asked");
        assert!(share(&runs).into_string().starts_with("80 %"));
    }

    #[test]
    fn a_failure_is_not_hidden_by_the_success_after_it() {
        assert_eq!(bars(&[run(9, true), run(8, false)], 300, now())[47], Bar::Failed);
    }

    #[test]
    fn nothing_asked_is_no_failure() {
        assert_eq!(share(&[]).into_string(), "");
        assert_eq!(in_words(&bars(&[], 300, now())), "0 of 48 half hours in time, 48 not asked");
    }
}
