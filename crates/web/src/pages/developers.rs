//! For administrators: the keys to the API, and the webhooks that are told what happens here.

mod deliveries_list;
mod keys_card;
mod webhook_acts;
mod webhook_page;
mod webhooks_card;

use axum::extract::State;
use maud::{Markup, html};
use store::webhooks::Webhook;
use store::{api_keys, webhooks};

use super::pieces::said::Said;
use super::set_up;
use crate::Web;
use crate::asked::Asked;
use crate::error::Fault;
use crate::form::Complaints;
use crate::page::{Page, Place};
use crate::session::SignedIn;

pub(crate) use keys_card::{end as end_key, make as make_key};
pub(crate) use webhook_acts::{add, delete, enable, replay, test, turn_secret};
pub(crate) use webhook_page::{show as show_webhook, view as webhook_view};

/// Where the page is.
pub(crate) const HREF: &str = "/settings/developers";

/// Others than administrators find no such page.
fn only_for_administrators(who: &SignedIn) -> Result<(), Fault> {
    if set_up::is_for(who) { Ok(()) } else { Err(Fault::NotFound) }
}

/// The address of the page of a webhook.
fn href(webhook: &Webhook) -> String {
    format!("{HREF}/webhooks/{}", webhook.id)
}

/// What the two forms of the page hold.
struct Typed {
    name: String,
    scopes: Vec<String>,
    url: String,
    events: Vec<String>,
}

impl Default for Typed {
    /// As they begin: a key that looks, a webhook that is told everything.
    fn default() -> Self {
        let events = sync::webhooks::EVENTS.map(|(kind, _)| kind.to_owned()).to_vec();
        let (name, url) = (String::new(), String::new());
        Self { name, scopes: vec!["read".to_owned()], url, events }
    }
}

/// What the page shows beside what is stored.
#[derive(Default)]
struct Shown {
    notice: Markup,
    /// A key that was made just now.
    key: Option<String>,
    typed: Typed,
    wrong: Complaints,
}

/// The page.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Asked(said): Asked<Said>,
) -> Result<Markup, Fault> {
    page(&web, &who, Shown { notice: said.notice(), ..Shown::default() }).await
}

async fn page(web: &Web, who: &SignedIn, shown: Shown) -> Result<Markup, Fault> {
    only_for_administrators(who)?;
    let mut tx = web.ctx.db.read().await?;
    let keys = api_keys::of_account(&mut tx, &who.account.id).await?;
    let webhooks = webhooks::of_account(&mut tx, &who.account.id).await?;
    drop(tx);
    let body = html! {
        div .page-head {
            div {
                p .crumbs { "Settings" }
                h1 { "Developers" }
                p .soft.small {
                    "For programs of your own: all of Daymark through "
                    a href="/api/v1/openapi.json" { "its HTTP API" }
                    ", and webhooks that tell them when something changes."
                }
            }
        }
        (shown.notice)
        (keys_card::card(&keys, &shown, who))
        (webhooks_card::card(&webhooks, &shown, who))
    };
    Ok(Page::new("Developers", Place::Developers).show(who, &body))
}

/// One box of a list to tick.
fn tick((name, value): (&str, &str), ticked: bool, say: &Markup) -> Markup {
    html! {
        label .option {
            input type="checkbox" name=(name) value=(value) checked[ticked];
            span { (say) }
        }
    }
}

/// A secret that is shown for the only time.
fn shown_once(what: &str, secret: &str) -> Markup {
    html! {
        div .notice.ok role="status" {
            p .strong { "Copy " (what) " now: it is shown only this once." }
            p { (super::pieces::copy::copyable(what, secret)) }
        }
    }
}
