//! The tag of a connection: how it stands, in two or three words, and the bar while it is read.

use connection::{ConnectionState, ConnectionStatus};
use maud::{Markup, html};

use super::words;
use crate::pages::standing::Standing;
use crate::session::SignedIn;

/// The tag. What could not be read at the last look is drawn as delayed before it counts so.
pub(crate) fn tag(standing: &Standing, who: &SignedIn) -> Markup {
    let status = &standing.status;
    let is_troubled = standing.troubles().next().is_some();
    let drawn = match status.state {
        ConnectionState::Synced if is_troubled => ConnectionState::Delayed,
        state => state,
    };
    html! {
        span class={ "tag " (drawn.as_str()) } data-state=(drawn.as_str()) {
            @match status.state {
                ConnectionState::Processing => (processing(status)),
                ConnectionState::Synced if is_troubled => {
                    "Trying again, last " (words::age(status.since, who))
                }
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
