//! How people of an account must sign in: for its administrators.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use store::audit::{self, Act, Actor};
use store::people::Role;
use store::{StoreError, Tx, factors as kept, identities};

use super::pieces::said::Said;
use super::second_step;
use crate::Web;
use crate::asked::Asked;
use crate::error::Fault;
use crate::form::Form;
use crate::open_id::OpenIdProvider;
use crate::page::{Page, Place};
use crate::session::SignedIn;

/// Where the page is.
pub(crate) const HREF: &str = "/settings/security";
/// Where a provider is made the only way in.
pub(crate) const PROVIDER: &str = "/settings/security/provider";

/// One thing that everyone may be asked for.
struct Duty<'d> {
    title: String,
    action: &'static str,
    is_required: bool,
    /// What it means for everyone.
    means: Markup,
    /// Who could not do it yet.
    without: &'d [String],
    /// What to do before it can be required.
    first: Option<Markup>,
}

/// The page.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Asked(said): Asked<Said>,
) -> Result<Markup, Fault> {
    let provider = web.settings.open_id.as_deref();
    let mut tx = web.ctx.db.read().await?;
    let own = standing(&mut tx, &who).await?;
    let without = kept::names_without(&mut tx, &who.account.id).await?;
    let beside = match provider {
        Some(provider) => Some((provider, Beside::load(&mut tx, &who, provider).await?)),
        None => None,
    };
    drop(tx);
    let body = html! {
        div .page-head { div { p .crumbs { "Settings" } h1 { "Security" } } }
        (said.notice())
        (second_step(provider, own, &without).card(&who))
        @if let Some((provider, beside)) = &beside { (beside.duty(provider.name()).card(&who)) }
    };
    Ok(Page::new("Security", Place::Profile).show(&who, &body))
}

/// The administrator's own second steps; nobody else has this page.
async fn standing(tx: &mut Tx, who: &SignedIn) -> Result<kept::Standing, Fault> {
    if who.user.role != Role::Admin {
        return Err(Fault::NotFound);
    }
    Ok(kept::standing(tx, &who.user.id).await?)
}

impl Duty<'_> {
    fn card(&self, who: &SignedIn) -> Markup {
        let (wanted, label, rule) = if self.is_required {
            ("no", "No longer require it", "Required in")
        } else {
            ("yes", "Require it", "Left to each person in")
        };
        html! {
            section .card.narrow {
                header { div { h2 { (self.title) } p { (rule) " " (who.account.name) "." } } }
                div .body {
                    p { (self.means) }
                    p .soft {
                        @if self.without.is_empty() { "Everyone has one." }
                        @else { "Without one so far: " (self.without.join(", ")) "." }
                    }
                    @if let Some(first) = self.first.as_ref().filter(|_| !self.is_required) {
                        p .notice.warn { (first) }
                    } @else {
                        form method="post" action=(self.action) {
                            input type="hidden" name="required" value=(wanted);
                            button .button.primary[!self.is_required] type="submit" { (label) }
                        }
                    }
                }
            }
        }
    }
}

fn second_step<'d>(
    provider: Option<&dyn OpenIdProvider>,
    own: kept::Standing,
    without: &'d [String],
) -> Duty<'d> {
    let means = html! {
        "Whoever has no second step sets one up at their next sign-in, before anything else. \
         Sessions that are open go on."
        @if let Some(provider) = provider {
            " Who signs in with " (provider.name()) " is not asked: its own second step counts."
        }
    };
    let first = html! {
        a href=(second_step::HREF) { "Set up your own second step" }
        " first: then you know what everyone will be asked for."
    };
    Duty {
        title: "Second step for everyone".to_owned(),
        action: HREF,
        is_required: own.is_required,
        means,
        without,
        first: (!own.has_any()).then_some(first),
    }
}

/// How an account stands to its provider.
struct Beside {
    is_required: bool,
    /// Has the administrator signed in there?
    is_known: bool,
    without: Vec<String>,
}

impl Beside {
    async fn load(
        tx: &mut Tx,
        who: &SignedIn,
        provider: &dyn OpenIdProvider,
    ) -> Result<Self, StoreError> {
        let (own, issuer) = (identities::of_user(tx, &who.user.id).await?, provider.issuer());
        let bare = |issuer: &str| issuer.trim_end_matches('/').to_owned();
        Ok(Self {
            is_required: identities::is_required(tx, &who.account.id).await?,
            is_known: own.iter().any(|(at, _)| bare(at) == bare(issuer)),
            without: identities::names_without(tx, &who.account.id, issuer).await?,
        })
    }

    fn duty(&self, provider: &str) -> Duty<'_> {
        let means = html! {
            "A password alone then lets nobody in, but a sign-in at " (provider) ". A sign-in link \
             still does, should " (provider) " fail. Sessions that are open go on."
        };
        let first = html! {
            "Sign in with " (provider) " yourself first: then you know that it works."
        };
        Duty {
            title: format!("Sign-in at {provider} for everyone"),
            action: PROVIDER,
            is_required: self.is_required,
            means,
            without: &self.without,
            first: (!self.is_known).then_some(first),
        }
    }
}

/// Requires a second step of everyone, or no longer.
pub(crate) async fn change(
    State(web): State<Web>,
    who: SignedIn,
    sent: Form,
) -> Result<Response, Fault> {
    let is_required = sent.raw("required") == "yes";
    let mut tx = web.ctx.db.begin().await?;
    let own = standing(&mut tx, &who).await?;
    if is_required && !own.has_any() {
        return Ok(Redirect::to(HREF).into_response());
    }
    if kept::require(&mut tx, &who.account.id, is_required).await? {
        let act = if is_required { "second_step.required" } else { "second_step.optional" };
        record(&web, &mut tx, &who, act).await?;
    }
    tx.commit().await?;
    Ok(changed(if is_required { "required" } else { "not_required" }))
}

/// Makes the provider the only way in, or one beside passwords again.
pub(crate) async fn change_provider(
    State(web): State<Web>,
    who: SignedIn,
    sent: Form,
) -> Result<Response, Fault> {
    let is_required = sent.raw("required") == "yes";
    let mut tx = web.ctx.db.begin().await?;
    standing(&mut tx, &who).await?;
    let provider = web.settings.open_id.as_deref().ok_or(Fault::NotFound)?;
    if is_required && !Beside::load(&mut tx, &who, provider).await?.is_known {
        return Ok(Redirect::to(HREF).into_response());
    }
    if identities::require(&mut tx, &who.account.id, is_required).await? {
        let act = if is_required { "account.provider_only" } else { "account.provider_beside" };
        record(&web, &mut tx, &who, act).await?;
    }
    tx.commit().await?;
    Ok(changed("saved"))
}

async fn record(
    web: &Web,
    tx: &mut Tx,
    who: &SignedIn,
    act: &'static str,
) -> Result<(), StoreError> {
    let act = Act {
        account: &who.account.id,
        by: Actor::User(&who.user.id),
        act,
        for_user: None,
        subject: None,
        say: None,
    };
    audit::record(tx, &act, who.now, web.ctx.dice.as_ref()).await
}

fn changed(note: &str) -> Response {
    Redirect::to(&format!("{HREF}?note={note}")).into_response()
}
