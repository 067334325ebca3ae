//! The page of one webhook: how it stands, what it was told lately, and what can be done with it.

use axum::extract::State;
use connection::{Secret, WebhookId};
use door::outgoing::say;
use maud::{Markup, html};
use store::webhooks::{self, Delivery, Webhook};

use super::webhooks_card::health;
use super::{HREF, Said, deliveries_list, href, only_for_administrators, shown_once};
use crate::Web;
use crate::asked::{Asked, Named};
use crate::error::Fault;
use crate::live::{Piece, Shape, View};
use crate::page::{Page, Place};
use crate::pages::pieces::words;
use crate::session::SignedIn;

/// Deliveries on the page.
const SHOWN: i64 = 50;

/// One of the account's webhooks, for its administrators.
pub(super) async fn own(web: &Web, who: &SignedIn, id: &str) -> Result<Webhook, Fault> {
    only_for_administrators(who)?;
    let id: WebhookId = id.parse().map_err(|_| Fault::NotFound)?;
    let mut tx = web.ctx.db.read().await?;
    webhooks::find(&mut tx, &who.account.id, &id).await?.ok_or(Fault::NotFound)
}

/// The page.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
    Asked(said): Asked<Said>,
) -> Result<Markup, Fault> {
    page(&web, &who, &id, (said.notice(), None)).await
}

/// The same, with a secret that is shown for the only time.
pub(super) async fn page(
    web: &Web,
    who: &SignedIn,
    id: &str,
    (notice, secret): (Markup, Option<&Secret>),
) -> Result<Markup, Fault> {
    let one = One::load(web, who, id).await?;
    let webhook = &one.webhook;
    let body = html! {
        div .page-head {
            div {
                p .crumbs { "Settings · " a href=(HREF) { "Developers" } }
                h1 { (webhook.host()) }
                (one.standing())
            }
            div .actions {
                @if webhook.disabled.is_some() {
                    (button((webhook, "/enable"), "Turn on again", ".primary"))
                } @else {
                    (button((webhook, "/test"), "Send test", ".primary"))
                }
            }
        }
        (notice)
        @if let Some(secret) = secret { (shown_once("the secret", secret.reveal())) }
        (one.troubles())
        (one.facts())
        (one.deliveries())
        (words::zone_note(who))
    };
    let stream = one.shape().stream(&format!("webhook&id={}", webhook.id));
    Ok(Page::new(webhook.host(), Place::Developers).live(stream).show(who, &body))
}

/// The parts that change while the page is open.
pub(crate) async fn view(web: &Web, who: &SignedIn, id: &str) -> Result<View, Fault> {
    let one = One::load(web, who, id).await?;
    let mut view = View::default();
    view.pieces = vec![
        Piece::new("standing", one.standing()),
        Piece::new("trouble", one.troubles()),
        Piece::new("deliveries-list", one.list()),
    ];
    view.shape = one.shape();
    Ok(view)
}

fn button((webhook, path): (&Webhook, &str), label: &str, look: &str) -> Markup {
    html! {
        form method="post" action={ (href(webhook)) (path) } {
            button class={ "button " (look.trim_start_matches('.')) } type="submit" { (label) }
        }
    }
}

struct One<'o> {
    webhook: Webhook,
    deliveries: Vec<Delivery>,
    who: &'o SignedIn,
}

impl<'o> One<'o> {
    async fn load(web: &Web, who: &'o SignedIn, id: &str) -> Result<Self, Fault> {
        let webhook = own(web, who, id).await?;
        let mut tx = web.ctx.db.read().await?;
        let deliveries = webhooks::last(&mut tx, &webhook.id, SHOWN).await?;
        Ok(Self { webhook, deliveries, who })
    }

    /// Where this differs, the page has other buttons.
    fn shape(&self) -> Shape {
        Shape::of(self.webhook.disabled.iter().map(|(_, why)| why.as_str()))
    }

    fn standing(&self) -> Markup {
        html! { div .standing #standing { (health(&self.webhook, self.who)) } }
    }

    fn troubles(&self) -> Markup {
        let webhook = &self.webhook;
        let failed = self.deliveries.iter().find_map(|delivery| delivery.failure.as_deref());
        html! {
            div #trouble {
                @if let Some((_, why)) = &webhook.disabled {
                    p .notice.alarm {
                        (say(why)) " Nothing is sent there until it is turned on again; what \
                         happens meanwhile is not told, so its program should look at everything \
                         once."
                    }
                } @else if webhook.failing_since.is_some() {
                    p .notice.warn {
                        "Nothing is taken there at the moment. "
                        @if let Some(why) = failed { (say(why)) " " }
                        "Daymark tries again by itself, for three days from the first try of each."
                    }
                }
            }
        }
    }

    fn facts(&self) -> Markup {
        let webhook = &self.webhook;
        html! {
            section .card aria-labelledby="about" {
                header { div { h2 #about { "This webhook" } } }
                div .body {
                    dl .facts {
                        div { dt { "Address" } dd { code { (webhook.url.reveal()) } } }
                        div { dt { "Told of" } dd { (webhook.events.join(", ")) } }
                        div {
                            dt { "Made" } dd { (words::when(webhook.created_at, self.who)) }
                        }
                        @if let Some(until) =
                            webhook.previous_until.filter(|until| *until > self.who.now)
                        {
                            div {
                                dt { "The secret of before" }
                                dd { "signs as well until " (words::when(until, self.who)) }
                            }
                        }
                    }
                    div .actions {
                        (button((webhook, "/turn-secret"), "Turn the secret", ""))
                        details {
                            summary { "Delete it" }
                            (button((webhook, "/delete"), "Delete this webhook", ".alarm"))
                        }
                    }
                    p .small.soft {
                        "Turning makes another secret and shows it once. For 24 hours both sign, \
                         so that nothing is missed while you change it over there."
                    }
                }
            }
        }
    }

    fn deliveries(&self) -> Markup {
        html! {
            section .card aria-labelledby="deliveries" {
                header {
                    div {
                        h2 #deliveries { "Last deliveries" }
                        p { "Kept for 30 days. What belongs to one connection goes in order." }
                    }
                }
                (self.list())
            }
        }
    }

    fn list(&self) -> Markup {
        deliveries_list::list((&self.webhook, &self.deliveries), self.who)
    }
}
