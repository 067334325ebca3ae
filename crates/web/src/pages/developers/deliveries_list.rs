//! What a webhook was told lately: when, what, how often it was tried, and what came of it.

use door::outgoing::say;
use maud::{Markup, html};
use store::webhooks::{Delivery, Webhook};

use super::href;
use crate::pages::pieces::words;
use crate::session::SignedIn;

/// The list, the latest first.
pub(super) fn list((webhook, all): (&Webhook, &[Delivery]), who: &SignedIn) -> Markup {
    html! {
        div #deliveries-list {
            @if all.is_empty() {
                p .body.soft { "Nothing was sent yet. Press Send test to see that it arrives." }
            } @else {
                ul .rows { @for delivery in all { (row(webhook, delivery, who)) } }
            }
        }
    }
}

fn row(webhook: &Webhook, delivery: &Delivery, who: &SignedIn) -> Markup {
    let at = words::full(delivery.created_at, who);
    html! {
        li .row id=(delivery.id) {
            div {
                h3 { code { (delivery.kind) } " " (state(delivery)) }
                p .small.soft {
                    time datetime=(delivery.created_at.to_string()) title=(at) {
                        (words::when(delivery.created_at, who))
                    }
                    (outcome(delivery, who))
                }
                details {
                    summary aria-label={ "What is sent as " (delivery.id) } { "What is sent" }
                    pre .payload tabindex="0" aria-label="Payload" {
                        code {
                            "webhook-id: " (delivery.id) "\n\n" (pretty(&delivery.payload))
                        }
                    }
                }
            }
            @if webhook.disabled.is_none() {
                form method="post"
                    action={ (href(webhook)) "/deliveries/" (delivery.id) "/replay" } {
                    button .button.small type="submit"
                        aria-label={ "Replay " (delivery.kind) " of " (at) } { "Replay" }
                }
            }
        }
    }
}

fn state(delivery: &Delivery) -> Markup {
    html! {
        @match (delivery.next_at, delivery.delivered_at) {
            (Some(_), _) => span .tag.processing { "waiting" },
            (None, Some(_)) => span .tag.synced { "delivered" },
            (None, None) => span .tag.attention { "given up" },
        }
    }
}

fn outcome(delivery: &Delivery, who: &SignedIn) -> Markup {
    html! {
        " · " (words::count(delivery.tries, "try", "tries"))
        @if let Some(status) = delivery.status { " · answered " (status) }
        @if let Some(failure) = &delivery.failure { " · " (say(failure)) }
        @if let Some(at) = delivery.next_at.filter(|at| *at > who.now) {
            " · next try " (words::when(at, who))
        }
    }
}

/// With lines and indents, as people read it.
fn pretty(payload: &str) -> String {
    let value: Result<serde_json::Value, _> = serde_json::from_str(payload);
    let pretty = value.ok().and_then(|value| serde_json::to_string_pretty(&value).ok());
    pretty.unwrap_or_else(|| payload.to_owned())
}
