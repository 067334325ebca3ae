//! The banner above a page: what stopped, why, what that means, and the button that mends it.

use connection::Catalogue;
use maud::{Markup, html};

use super::linked::linked_to_copy;
use super::{icon, words};
use crate::pages::standing::Standing;
use crate::session::SignedIn;

/// One banner for each connection that needs its owner.
pub(crate) fn banners(all: &[Standing], catalogue: &Catalogue, who: &SignedIn) -> Markup {
    html! {
        @for standing in all {
            @if standing.status.attention.is_some() { (banner(standing, catalogue, who)) }
        }
    }
}

/// What one connection needs.
pub(crate) fn banner(standing: &Standing, catalogue: &Catalogue, who: &SignedIn) -> Markup {
    let Some(attention) = &standing.status.attention else { return html! {} };
    let name = &standing.connection.principal.name;
    html! {
        section .banner aria-label={ (name) " needs attention" } {
            (icon::alert())
            div {
                p .strong {
                    (standing.kind(catalogue)) " · " (name) " needs you since "
                    (words::when(attention.since, who))
                }
                p { (linked_to_copy(&attention.say)) " " (meanwhile(standing, who)) }
            }
            a .button.alarm href=(standing.mend_href())
                aria-label={ "Fix this: " (standing.kind(catalogue)) ", " (name) } { "Fix this" }
        }
    }
}

fn meanwhile(standing: &Standing, who: &SignedIn) -> Markup {
    html! {
        @if let Some(at) = standing.known_at() {
            "Until then, its busy times are as of " (words::when(at, who)) "."
        } @else {
            "Until then, nothing is known of its busy times."
        }
    }
}
