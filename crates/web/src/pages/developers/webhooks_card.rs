//! The list of webhooks with how each stands, and the form for another.

use door::outgoing::{URL_LENGTH_MAX, say};
use maud::{Markup, html};
use store::webhooks::Webhook;
use sync::webhooks::EVENTS;

use super::{HREF, Shown, href, tick};
use crate::pages::pieces::field::{Input, Kind};
use crate::pages::pieces::words;
use crate::session::SignedIn;

/// All webhooks, and the form for another.
pub(super) fn card(webhooks: &[Webhook], shown: &Shown, who: &SignedIn) -> Markup {
    let wrong = &shown.wrong;
    html! {
        section .card aria-labelledby="webhooks" {
            header {
                div {
                    h2 #webhooks { "Webhooks" }
                    p {
                        "Addresses that are told when something changes, signed as the Standard \
                         Webhooks specification says, and tried for three days."
                    }
                }
            }
            @if webhooks.is_empty() {
                p .body.soft { "There is no webhook yet." }
            } @else {
                ul .rows { @for webhook in webhooks { (row(webhook, who)) } }
            }
            details .runs-fold open[wrong.about("url").or(wrong.about("event")).is_some()
                || webhooks.is_empty()] {
                summary { "Add a webhook" }
                (form(shown))
            }
        }
    }
}

fn row(webhook: &Webhook, who: &SignedIn) -> Markup {
    html! {
        li .row {
            div {
                h3 { a href=(href(webhook)) { (webhook.host()) } }
                p .small.soft { "Told of " (webhook.events.join(", ")) }
            }
            (health(webhook, who))
        }
    }
}

/// How it stands, in a few words.
pub(super) fn health(webhook: &Webhook, who: &SignedIn) -> Markup {
    html! {
        @if let Some((since, why)) = &webhook.disabled {
            span .tag.attention title=(say(why)) { "Off since " (words::when(*since, who)) }
        } @else if let Some(since) = webhook.failing_since {
            span .tag.delayed { "Failing since " (words::when(since, who)) }
        } @else if let Some(at) = webhook.last_success_at {
            span .tag.synced { "Well, last " (words::age(at, who)) }
        } @else {
            span .tag.paused { "Nothing sent yet" }
        }
    }
}

fn form(shown: &Shown) -> Markup {
    let (typed, wrong) = (&shown.typed, &shown.wrong);
    html! {
        form .stack method="post" action={ (HREF) "/webhooks" } data-checked {
            (Input {
                name: "url", label: "Address", kind: Kind::Address, value: &typed.url,
                example: "https://example.org/daymark", length_max: URL_LENGTH_MAX, fills: "off",
                hint: "Over https on port 443, or wherever whoever runs Daymark has opened, as \
                       the demo has this machine. Kept sealed: whoever has it can post to it.",
                error: wrong.about("url"), ..Input::default()
            }.show())
            fieldset .question aria-describedby="event-error" {
                legend { "What it is told" }
                @for (kind, meaning) in EVENTS {
                    @let ticked = typed.events.iter().any(|event| event == kind);
                    (tick(("event", kind), ticked, &html! {
                        code { (kind) } span .faint { " · " (meaning) }
                    }))
                }
                p .error #event-error { (wrong.about("event").unwrap_or_default()) }
            }
            div .actions { button .button.primary type="submit" { "Add the webhook" } }
        }
    }
}
