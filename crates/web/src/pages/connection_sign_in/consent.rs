//! Where the provider has a sign-in page of its own: what will be asked there, and the way to it.

use connection::{IntegrationKind, OAuthSignIn};
use maud::{Markup, html};

use super::{SignInPage, played};
use crate::Web;
use crate::pages::pieces::admin_step::admin_step;
use crate::pages::set_up;
use crate::session::SignedIn;

/// The card in the place of a form.
pub(super) fn card(
    web: &Web,
    who: &SignedIn,
    page: &SignInPage<'_>,
    adapter: Option<&dyn OAuthSignIn>,
) -> Markup {
    let (name, kind) = (page.integration.name, &page.integration.kind);
    let Some(adapter) = adapter else { return not_set_up(who, (name, kind)) };
    let set_up = web.ctx.catalogue.set_ups().iter().find(|set_up| set_up.kind == *kind);
    let name = set_up.map_or(name, |set_up| set_up.name);
    let wanted = page.repairs.map(|standing| standing.connection.principal.name.as_str());
    let wanted = wanted.filter(|name| name.contains('@') && page.notice.is_some());
    let (go, back) = match page.repairs {
        Some(standing) => {
            (format!("/oauth/go/{kind}?repairs={}", standing.connection.id), standing.href())
        }
        None => (format!("/oauth/go/{kind}"), "/calendars/settings/connections/add".to_owned()),
    };
    let needs = page.repairs.and_then(|standing| standing.status.reason());
    html! {
        @if needs == Some("consent_by_admin") {
            (admin_step(web, Some(page.integration), None))
        }
        p {
            "You sign in at " (name) " itself, in this window, and come back here. Daymark never \
             sees your password. It asks to:"
        }
        ul .plain {
            @for permission in adapter.permissions(&[]) { li { (permission.say) } }
        }
        p .soft {
            "Allow all of it there, and tick every box where there are boxes: what is not allowed \
             does not work here."
        }
        div .actions {
            a .button.primary href=(go) rel="nofollow" {
                @if let Some(wanted) = wanted { "Sign in as " (wanted) }
                @else if page.notice.is_some() { "Try again at " (name) }
                @else if page.repairs.is_some() { "Sign in again at " (name) }
                @else { "Sign in at " (name) }
            }
            @if page.repairs.is_none() {
                a .button href={ (go) "?busy_only=true" } rel="nofollow" {
                    "Sign in, and keep busy times only"
                }
            }
            a .button.quiet href=(back) { "Back" }
        }
        @if page.repairs.is_none() {
            p .small.soft {
                "With busy times only, titles, places, notes and guests are never stored here. You \
                 can choose otherwise later."
            }
        }
        (played(web, name, "Choose any of its accounts there; no password is asked."))
    }
}

/// Staff are told that it is not theirs to mend; an administrator is shown the way.
fn not_set_up(who: &SignedIn, (name, kind): (&str, &IntegrationKind)) -> Markup {
    html! {
        div .notice {
            p .strong { (name) " is not set up here yet." }
            @if set_up::is_for(who) {
                p {
                    "It takes a client of this installation at the provider, made once. "
                    a href={ (set_up::HREF) "#" (kind) } { "How to set it up" }
                }
            } @else {
                p { "An administrator of this Daymark can do that. Ask them to." }
            }
        }
        div .actions {
            a .button.quiet href="/calendars/settings/connections/add" { "Back" }
        }
    }
}
