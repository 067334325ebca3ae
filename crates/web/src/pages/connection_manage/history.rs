//! How a connection came to stand as it stands: every change of its state, and what brought it.

use connection::{ConnectionState, StatusCause};
use maud::{Markup, html};
use store::status_changes::StatusChange;

use crate::pages::pieces::words;
use crate::session::SignedIn;

/// The card, the last change first.
pub(super) fn card(changes: &[StatusChange], who: &SignedIn) -> Markup {
    let count = i64::try_from(changes.len()).unwrap_or(i64::MAX);
    html! {
        section .card #history aria-labelledby="history-title" {
            header {
                div {
                    h2 #history-title { "History" }
                    p { "When it was well and when it was not, and why." }
                }
            }
            @if changes.is_empty() {
                p .body.soft { "Nothing has happened yet." }
            } @else {
                details .runs-fold {
                    summary { "The last " (words::count(count, "change", "changes")) }
                    ol .runs { @for change in changes { (line(change, who)) } }
                }
            }
        }
    }
}

fn line(change: &StatusChange, who: &SignedIn) -> Markup {
    html! {
        li .failed[change.state == ConnectionState::Attention] {
            time datetime=(change.at.to_string()) title=(words::full(change.at, who)) {
                (words::when(change.at, who))
            }
            span {
                b { (state(change.state)) }
                @if let Some(say) = &change.say { " · " (say) }
            }
            span .faint { (cause(change.cause)) }
        }
    }
}

fn state(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Processing => "Processing",
        ConnectionState::Synced => "Synced",
        ConnectionState::Delayed => "Delayed",
        ConnectionState::Attention => "Needs attention",
        ConnectionState::Paused => "Paused",
    }
}

fn cause(cause: StatusCause) -> &'static str {
    match cause {
        StatusCause::Connected => "connected",
        StatusCause::Pull => "seen by a look",
        StatusCause::Listing => "seen by a list of calendars",
        StatusCause::Repair => "repaired",
        StatusCause::Replaced => "another account put in its place",
        StatusCause::Person => "decided by a person",
        StatusCause::Time => "no success for a while",
    }
}
