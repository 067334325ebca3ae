//! How this installation is made known to providers: for administrators, what to do there, what is
//! set here, and whether the provider agrees.

mod address;
mod provider;

use axum::extract::State;
use connection::{Refusal, SetUp};
use maud::{Markup, html};
use store::people::Role;

use super::oauth;
use super::pieces::copy::copyable;
use crate::Web;
use crate::asked::Named;
use crate::error::Fault;
use crate::page::{Page, Place};
use crate::session::SignedIn;

use address::Address;
use provider::Provider;

/// Where the page is.
pub(crate) const HREF: &str = "/settings/set-up";

/// May they see it?
pub(crate) fn is_for(who: &SignedIn) -> bool {
    who.user.role == Role::Admin && !who.connects_only
}

/// The way there from a fault that is to be mended there, for who may see it.
pub(crate) fn way(who: &SignedIn, kind: &str) -> Markup {
    html! {
        @if is_for(who) {
            a href={ (HREF) "#" (kind) } { "What is set, and how it is made: Set-up" } ". "
        }
    }
}

/// What a check found, and of which provider.
struct Checked<'c> {
    kind: &'c str,
    found: Result<(), Refusal>,
}

/// The page.
pub(crate) async fn show(State(web): State<Web>, who: SignedIn) -> Result<Markup, Fault> {
    page(&web, &who, None)
}

/// Asks a provider whether it knows what was entered.
pub(crate) async fn check(
    State(web): State<Web>,
    who: SignedIn,
    Named(kind): Named<String>,
) -> Result<Markup, Fault> {
    if !is_for(&who) {
        return Err(Fault::NotFound);
    }
    let set_up = web.ctx.catalogue.set_up(&kind).ok_or(Fault::NotFound)?;
    let client = set_up.client.as_ref().ok_or(Fault::NotFound)?;
    let found = client.check_client(&oauth::callback(&web.settings)).await;
    page(&web, &who, Some(&Checked { kind: &kind, found }))
}

fn page(web: &Web, who: &SignedIn, checked: Option<&Checked<'_>>) -> Result<Markup, Fault> {
    if !is_for(who) {
        return Err(Fault::NotFound);
    }
    let found = |set_up: &SetUp| {
        let checked = checked.filter(|checked| checked.kind == set_up.kind.as_str());
        checked.map(|checked| &checked.found)
    };
    let body = html! {
        div .page-head { div { p .crumbs { "Settings" } h1 { "Set-up" } } }
        (here(web))
        @for set_up in web.ctx.catalogue.set_ups() {
            (Provider { set_up, found: found(set_up), web }.card())
        }
    };
    Ok(Page::new("Set-up", Place::SetUp).show(who, &body))
}

/// This installation, as providers see it.
fn here(web: &Web) -> Markup {
    let address = Address::of(web);
    html! {
        section .card aria-labelledby="here" {
            header {
                div {
                    h2 #here { "This installation" }
                    p {
                        "Where people sign in at a provider's own page, the provider has to know \
                         this installation: by a client that you make there, once."
                    }
                }
            }
            div .body {
                @if let Some(note) = &web.settings.demo_note {
                    p .notice.demo {
                        "This is a demo: the providers are played by the "
                        a href={ (note.sandbox_url) "control" } { "sandbox" }
                        ", which takes and rings at any address. What stands here is for an \
                         installation of your own."
                    }
                } @else {
                    @for trouble in address.troubles() { p .notice.warn { (trouble) } }
                }
                dl .facts {
                    div {
                        dt { "Its address" }
                        dd { (copyable("the address", web.settings.address.as_str())) }
                    }
                    div {
                        dt { "The way back" }
                        dd { (copyable("the way back", &oauth::callback(&web.settings))) }
                    }
                    div {
                        dt { code { "DAYMARK_PUBLIC_URL" } }
                        dd {
                            (provider::set_or_not(address.is_given()))
                            " The address that people and providers call, with its scheme."
                        }
                    }
                }
                p .small.soft {
                    "Settings are read when Daymark starts: from the environment, or from \
                     daymark.toml in small letters and without DAYMARK_. A secret may stand in a \
                     file that the setting with _FILE at its end names. No value is ever shown \
                     here."
                }
            }
        }
    }
}
