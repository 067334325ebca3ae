//! The keys to the HTTP API: made with their scopes, shown once, ended at once.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use connection::ApiKeyId;
use door::keys::{self, Scope};
use http::StatusCode;
use maud::{Markup, html};
use store::api_keys::{self, ApiKey};

use super::{HREF, Shown, Typed, only_for_administrators, page, shown_once, tick};
use crate::Web;
use crate::acts::{self, Did};
use crate::asked::Named;
use crate::error::Fault;
use crate::form::{Form, NAME_MAX};
use crate::pages::pieces::field::Input;
use crate::pages::pieces::words;
use crate::session::SignedIn;

/// Keys of one account.
const KEYS_MAX: usize = 50;
/// What a key may be allowed.
const SCOPES: [(Scope, &str); 3] = [
    (Scope::Read, "read: look at connections, calendars, busy times, webhooks"),
    (Scope::Write, "write: connect, change and disconnect"),
    (
        Scope::Manage,
        "manage: turn off private mode, and have more of a booking written into calendars: others \
         see more by either",
    ),
];

/// All keys, and the form for another.
pub(super) fn card(keys: &[ApiKey], shown: &Shown, who: &SignedIn) -> Markup {
    html! {
        section .card aria-labelledby="keys" {
            header {
                div {
                    h2 #keys { "API keys" }
                    p { "Each program gets a key of its own, so that one can be ended alone." }
                }
            }
            @if let Some(key) = &shown.key {
                div .body { (shown_once("the key", key)) }
            }
            @if keys.is_empty() {
                p .body.soft { "There is no key yet." }
            } @else {
                ul .rows { @for key in keys { (row(key, who)) } }
            }
            details .runs-fold open[shown.wrong.about("name").or(shown.wrong.about("scope"))
                .is_some() || keys.is_empty()] {
                summary { "Make a key" }
                (form(shown))
            }
        }
    }
}

fn row(key: &ApiKey, who: &SignedIn) -> Markup {
    html! {
        li .row id=(key.id) {
            div {
                h3 { (key.name) }
                p .small.soft {
                    "May " (key.scopes.join(" and ")) " · made "
                    (words::when(key.created_at, who)) " · "
                    @match key.last_used_at {
                        Some(at) => { "last used " (words::age(at, who)) }
                        None => "never used"
                    }
                }
            }
            details {
                summary aria-label={ "End it: the key " (key.name) } { "End it" }
                form method="post" action={ (HREF) "/keys/" (key.id) "/end" } {
                    button .button.alarm.small type="submit"
                        aria-label={ "End it at once: " (key.name) } { "End it at once" }
                }
            }
        }
    }
}

fn form(shown: &Shown) -> Markup {
    let Shown { typed, wrong, .. } = shown;
    html! {
        form .stack method="post" action={ (HREF) "/keys" } data-checked {
            (Input {
                name: "name", label: "Name", value: &typed.name, length_max: NAME_MAX,
                hint: "Which program it is for.", fills: "off", error: wrong.about("name"),
                ..Input::default()
            }.show())
            fieldset .question aria-describedby="scope-error" {
                legend { "What it may do" }
                @for (scope, say) in SCOPES {
                    @let ticked = typed.scopes.iter().any(|word| word == scope.as_str());
                    (tick(("scope", scope.as_str()), ticked, &html! { (say) }))
                }
                p .error #scope-error { (wrong.about("scope").unwrap_or_default()) }
            }
            div .actions { button .button.primary type="submit" { "Make the key" } }
        }
    }
}

/// Makes a key, and shows it for the only time.
pub(crate) async fn make(
    State(web): State<Web>,
    who: SignedIn,
    mut sent: Form,
) -> Result<Response, Fault> {
    only_for_administrators(&who)?;
    let name = sent.needed("name", NAME_MAX);
    let ticked: Vec<String> = sent.all("scope").map(str::to_owned).collect();
    let scopes = SCOPES.map(|(scope, _)| scope);
    let scopes: Vec<Scope> =
        scopes.into_iter().filter(|s| ticked.iter().any(|t| t == s.as_str())).collect();
    if scopes.is_empty() {
        sent.refuse("scope", "Tick what it may do.");
    }
    let mut tx = web.ctx.db.read().await?;
    let there = api_keys::of_account(&mut tx, &who.account.id).await?.len();
    drop(tx);
    if there >= KEYS_MAX {
        sent.refuse("name", format!("There are {KEYS_MAX} keys: end one first."));
    }
    if !sent.is_fine() {
        let typed = Typed { name, scopes: ticked, ..Typed::default() };
        let shown = Shown { typed, wrong: sent.complaints().clone(), ..Shown::default() };
        let page = page(&web, &who, shown).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let key = keys::make(&web.ctx, who.acts(), &name, &scopes).await?;
    let shown = Shown { key: Some(key), ..Shown::default() };
    Ok(page(&web, &who, shown).await?.into_response())
}

/// Ends a key: whoever has it gets in no more, from this moment on.
pub(crate) async fn end(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Redirect, Fault> {
    only_for_administrators(&who)?;
    let id: ApiKeyId = id.parse().map_err(|_| Fault::NotFound)?;
    let mut tx = web.ctx.db.begin().await?;
    let keys = api_keys::of_account(&mut tx, &who.account.id).await?;
    let key = keys.into_iter().find(|key| key.id == id).ok_or(Fault::NotFound)?;
    api_keys::delete(&mut tx, &who.account.id, &id).await?;
    let subject = Some((key.id.as_str(), key.name.as_str()));
    let did = Did { act: "api_key.ended", subject, ..Did::default() };
    acts::record(&web.ctx, &mut tx, who.acts(), did).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{HREF}?note=ended")))
}
