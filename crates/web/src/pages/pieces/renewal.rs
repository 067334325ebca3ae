//! What will end soon: until when it is to be renewed, why, and the button that renews it.

use maud::{Markup, html};

use super::words;
use crate::pages::standing::Standing;
use crate::session::SignedIn;

/// On the page of one connection.
pub(crate) fn notice(standing: &Standing, who: &SignedIn) -> Markup {
    let Some(at) = standing.renewal(who.now) else { return html! {} };
    html! {
        div .notice.warn {
            p {
                b { "Renew before " (words::when(at, who)) ". " }
                "What you allowed there ends then. Sign in there once more before, and nothing \
                 stops."
            }
            p { a .button.small href={ (standing.href()) "/repair" } { "Renew" } }
        }
    }
}

/// In a list of connections.
pub(crate) fn line(standing: &Standing, who: &SignedIn) -> Markup {
    let Some(at) = standing.renewal(who.now) else { return html! {} };
    html! {
        p .small {
            a href={ (standing.href()) "/repair" } { "Renew before " (words::when(at, who)) }
            ": what you allowed there ends then."
        }
    }
}
