//! What can be done with a webhook on its page.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use connection::DeliveryId;
use door::outgoing::{self, NotDone, URL_LENGTH_MAX, WEBHOOKS_MAX};
use http::StatusCode;
use maud::{Markup, html};
use sync::webhooks::{EVENTS, check_address};

use super::webhook_page::{own, page};
use super::{HREF, Shown, Typed, href, only_for_administrators};
use crate::Web;
use crate::asked::Named;
use crate::error::Fault;
use crate::form::Form;
use crate::session::SignedIn;

/// Adds a webhook, and shows its page with the secret.
pub(crate) async fn add(
    State(web): State<Web>,
    who: SignedIn,
    mut sent: Form,
) -> Result<Response, Fault> {
    only_for_administrators(&who)?;
    let typed = sent.needed("url", URL_LENGTH_MAX);
    let ticked: Vec<String> = sent.all("event").map(str::to_owned).collect();
    let events = EVENTS.map(|(kind, _)| kind).into_iter();
    let events: Vec<String> =
        events.filter(|kind| ticked.iter().any(|t| t == kind)).map(str::to_owned).collect();
    if events.is_empty() {
        sent.refuse("event", "Tick what it is told.");
    }
    let url = check_address(&web.ctx, &typed);
    match url {
        Ok(url) if sent.is_fine() => {
            match outgoing::add(&web.ctx, who.acts(), &url, events).await {
                Ok((webhook, secret)) => {
                    let said = html! { p .notice.ok role="status" { "The webhook is added." } };
                    let page = page(&web, &who, webhook.id.as_str(), (said, Some(&secret))).await?;
                    return Ok(page.into_response());
                }
                Err(NotDone::LimitReached) => {
                    let say = format!("There are {WEBHOOKS_MAX} webhooks: delete one first.");
                    sent.refuse("url", say);
                }
                Err(why) => return Err(why.into()),
            }
        }
        Ok(_) => {}
        Err(fault) => sent.refuse("url", fault.say),
    }
    let typed = Typed { url: typed, events: ticked, ..Typed::default() };
    let shown = Shown { typed, wrong: sent.complaints().clone(), ..Shown::default() };
    let page = super::page(&web, &who, shown).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Makes another secret, and shows it.
pub(crate) async fn turn_secret(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Markup, Fault> {
    let webhook = own(&web, &who, &id).await?;
    let secret = outgoing::turn_secret(&web.ctx, who.acts(), &webhook.id).await?;
    page(&web, &who, &id, (html! {}, Some(&secret))).await
}

/// Sends a test.
pub(crate) async fn test(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Redirect, Fault> {
    let webhook = own(&web, &who, &id).await?;
    let sent = outgoing::test(&web.ctx, who.acts(), &webhook.id).await;
    Ok(Redirect::to(&format!("{}?note={}", href(&webhook), note(sent, "test")?)))
}

/// Sends a delivery once more.
pub(crate) async fn replay(
    State(web): State<Web>,
    who: SignedIn,
    Named((id, delivery)): Named<(String, String)>,
) -> Result<Redirect, Fault> {
    let webhook = own(&web, &who, &id).await?;
    let delivery: DeliveryId = delivery.parse().map_err(|_| Fault::NotFound)?;
    let sent = outgoing::replay(&web.ctx, who.acts(), (&webhook.id, &delivery)).await;
    Ok(Redirect::to(&format!("{}?note={}", href(&webhook), note(sent, "replay")?)))
}

/// Sends there again, after it was disabled.
pub(crate) async fn enable(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Redirect, Fault> {
    let webhook = own(&web, &who, &id).await?;
    outgoing::enable(&web.ctx, who.acts(), &webhook.id).await?;
    Ok(Redirect::to(&format!("{}?note=enabled", href(&webhook))))
}

/// Forgets it.
pub(crate) async fn delete(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Redirect, Fault> {
    let webhook = own(&web, &who, &id).await?;
    outgoing::delete(&web.ctx, who.acts(), &webhook.id).await?;
    Ok(Redirect::to(&format!("{HREF}?note=deleted")))
}

/// What the next page says of it.
fn note<T>(sent: Result<T, NotDone>, done: &'static str) -> Result<&'static str, Fault> {
    match sent {
        Ok(_) => Ok(done),
        Err(NotDone::Disabled) => Ok("disabled"),
        Err(why) => Err(why.into()),
    }
}
