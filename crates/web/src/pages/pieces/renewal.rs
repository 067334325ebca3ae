//! What will end soon: until when it is to be renewed, why, and by whom.

use connection::Ending;
use maud::{Markup, html};

use super::words;
use crate::pages::people::link_href;
use crate::pages::standing::Standing;
use crate::session::SignedIn;

/// What comes when, and what is to be said after that.
pub(crate) fn said(ending: &Ending, who: &SignedIn) -> (String, &'static str) {
    match ending {
        Ending::Grant { at } => (
            format!("Renew before {}", words::when(*at, who)),
            ": what you allowed there ends then. Sign in there once more, and nothing stops.",
        ),
        Ending::Certificate(certificate) => {
            let day = certificate.ends_at.to_zoned(who.zone.clone()).strftime("%A %-d %B");
            (
                format!("The certificate of {} ends on {day}", certificate.host),
                "; ask whoever runs that server to renew it.",
            )
        }
    }
}

/// On the page of one connection.
pub(crate) fn notice(standing: &Standing, who: &SignedIn) -> Markup {
    html! {
        @for ending in standing.endings(who.now) {
            @let (first, then) = said(ending, who);
            div .notice.warn {
                p { b { (first) } (then) }
                @if let Ending::Grant { .. } = ending {
                    @let user = &standing.holder;
                    @if standing.is_of(who) {
                        p { a .button.small href={ (standing.href()) "/repair" } { "Renew" } }
                    } @else {
                        p {
                            "Only " (user.name) " can sign in there. "
                            a href=(link_href(&user.id)) { "Make a link for them" }
                        }
                    }
                }
            }
        }
    }
}

/// In a list of connections.
pub(crate) fn line(standing: &Standing, who: &SignedIn) -> Markup {
    html! {
        @for ending in standing.endings(who.now) {
            @let (first, then) = said(ending, who);
            @let page = standing.href();
            @let renews = standing.is_of(who) && matches!(ending, Ending::Grant { .. });
            p .small { a href={ (page) @if renews { "/repair" } } { (first) } (then) }
        }
    }
}
