//! The last pulls of a connection: when, of what, why, and what came of it.

use maud::{Markup, html};
use store::runs::Run;

use crate::pages::pieces::words;
use crate::pages::standing::Standing;
use crate::session::SignedIn;

/// The list, newest first.
pub(super) fn list(runs: &[Run], standing: &Standing, who: &SignedIn) -> Markup {
    html! {
        @if runs.is_empty() {
            p .body.soft { "Nothing has been read yet. The first look comes within a minute." }
        } @else {
            details .runs-fold {
                summary { "The last " (words::count(count(runs), "look", "looks")) }
                ol .runs { @for run in runs { (line(run, standing, who)) } }
            }
        }
    }
}

fn count(runs: &[Run]) -> i64 {
    i64::try_from(runs.len()).unwrap_or(i64::MAX)
}

fn line(run: &Run, standing: &Standing, who: &SignedIn) -> Markup {
    html! {
        li .failed[run.failure.is_some()] {
            time datetime=(run.started_at.to_string()) title=(words::full(run.started_at, who)) {
                (words::when(run.started_at, who))
            }
            span {
                b { (subject(run, standing)) } " · " (cause(&run.cause)) " · " (outcome(run))
            }
            span .faint { (words::took(run.took_ms)) }
        }
    }
}

fn subject<'s>(run: &Run, standing: &'s Standing) -> &'s str {
    let Some(id) = &run.calendar else { return "List of calendars" };
    let mut all = standing.calendars.iter().map(|(calendar, _)| calendar);
    all.find(|calendar| calendar.id == *id)
        .map_or("A calendar that was removed here", |c| c.name.as_str())
}

fn cause(cause: &str) -> &str {
    match cause {
        "connected" => "first look",
        "timer" => "polled",
        "asked" => "you asked",
        "rung" => "rung by the provider",
        "probe" => "looked whether it is well",
        other => other,
    }
}

fn outcome(run: &Run) -> String {
    if let Some(failure) = &run.failure {
        return run.say.clone().unwrap_or_else(|| format!("failed: {failure}"));
    }
    let mut parts: Vec<String> = run.say.iter().cloned().collect();
    if run.changed > 0 {
        parts.push(format!("{} changed", words::number(run.changed)));
    }
    if run.removed > 0 {
        parts.push(format!("{} removed", words::number(run.removed)));
    }
    if run.not_understood > 0 {
        parts.push(format!("{} not wholly understood", words::number(run.not_understood)));
    }
    if parts.is_empty() { "nothing new".to_owned() } else { parts.join(", ") }
}
