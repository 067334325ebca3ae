//! The tag of a connection: how it stands, in two or three words, and the bar while it is read.

use connection::{ConnectionState, ConnectionStatus};
use maud::{Markup, html};

use super::words;
use crate::session::SignedIn;

/// The tag.
pub(crate) fn tag(status: &ConnectionStatus, who: &SignedIn) -> Markup {
    html! {
        span class={ "tag " (status.state.as_str()) } data-state=(status.state.as_str()) {
            @match status.state {
                ConnectionState::Processing => (processing(status)),
                ConnectionState::Synced => {
                    "Synced " (words::age(status.since, who))
                }
                ConnectionState::Delayed => {
                    "Delayed, last " (words::age(status.since, who))
                }
                ConnectionState::Attention => "Needs attention",
                ConnectionState::Paused => "Paused",
            }
        }
    }
}

fn processing(status: &ConnectionStatus) -> String {
    match status.progress {
        Some(progress) if progress.total > 0 => format!(
            "Processing {} of {}",
            words::number(progress.done),
            words::number(progress.total)
        ),
        Some(_) | None => "Processing".to_owned(),
    }
}

/// The bar below a connection that is read for the first time.
pub(crate) fn bar(status: &ConnectionStatus) -> Markup {
    let Some(progress) = status.progress else { return html! {} };
    html! {
        @if progress.total > 0 {
            progress max=(progress.total) value=(progress.done) aria-label="Events read" {}
        } @else {
            progress aria-label="Looking for events" {}
        }
    }
}
