//! The pages of the consent: which account, which permissions, and why not. Plain HTML.

use maud::{Markup, html};

use super::aadsts;
use super::consent::Wish;
use super::scope::label;
use super::world::{AccountKind, Microsoft};
use crate::net::encode;
use crate::oauth::page;

fn frame(title: &str, content: &Markup) -> String {
    page::page("Microsoft", title, content)
}

/// An error that does not go back by itself. Who only lacks an administrator can go back.
pub(crate) fn refused(code: u32, way: Option<(&Wish, &Microsoft, usize)>) -> String {
    let content = html! {
        p { (aadsts::text(code)) }
        p class="quiet" { "Error: " code { (aadsts::error_name(code)) } }
        @if let Some((wish, microsoft, person)) = way {
            p { "An administrator can allow it: "
                a href=(admin_address(wish, microsoft, person)) {
                    "for the whole organization" } "." }
            (form(wish, "", &html! {
                button class="plain" type="submit" name="decision" value="needs_admin" {
                    "Return to the application without consent" } }))
        }
    };
    let title = if way.is_some() { "Need admin approval" } else { "Sign-in is not possible" };
    frame(title, &content)
}

fn admin_address(wish: &Wish, microsoft: &Microsoft, person: usize) -> String {
    let tenant = microsoft.tenant_of(person).map_or("", |tenant| &tenant.id);
    format!("/{tenant}/v2.0/adminconsent?{}", wish.asked.query.write())
}

fn form(wish: &Wish, account: &str, fields: &Markup) -> Markup {
    page::decision(&format!("{}/decision", authorize(wish)), &wish.asked, account, fields)
}

fn authorize(wish: &Wish) -> String {
    format!("/{}/oauth2/v2.0/authorize", encode(&wish.tenant, true))
}

/// Back to the program by a form, which the browser sends by itself.
pub(crate) fn posted(to: &str, pairs: &[(&str, &str)]) -> String {
    let content = html! {
        form class="grid" method="post" action=(to) {
            @for (name, value) in pairs { input type="hidden" name=(name) value=(value); }
            button type="submit" { "Continue" }
        }
        script { "document.forms[0].submit()" }
    };
    frame("Back to the application", &content)
}

/// Which account?
pub(crate) fn accounts(microsoft: &Microsoft, wish: &Wish) -> String {
    let people = microsoft.people.iter().enumerate();
    let people = people.filter(|(at, _)| microsoft.belongs(*at, &wish.authority));
    let people = people.map(|(_, person)| (person.name.as_str(), person.email.as_str()));
    let content = html! {
        (page::accounts(people, &wish.asked, &authorize(wish)))
        (form(wish, "", &page::cancel()))
    };
    frame("Pick an account", &content)
}

fn listed(wish: &Wish) -> Markup {
    html! { ul { @for scope in &wish.scopes { li { (label(scope)) " " code { (scope) } } } } }
}

/// All of it, or none.
pub(crate) fn permissions(microsoft: &Microsoft, wish: &Wish, person: usize) -> String {
    let Some(person) = microsoft.people.get(person) else { return accounts(microsoft, wish) };
    let fields = html! {
        (page::allow("Accept")) (page::cancel())
    };
    let content = html! {
        p { "A program wants access to the account of " (person.name) ", "
            b { (person.email) } ". It would like to:" }
        (listed(wish))
        (form(wish, &person.email, &fields))
    };
    frame("Permissions requested", &content)
}

/// An administrator allows it for everyone.
pub(crate) fn admin(microsoft: &Microsoft, wish: &Wish, tenant: Option<usize>) -> String {
    let organizations = microsoft.tenants.iter().enumerate().filter(|(at, it)| {
        it.kind != AccountKind::Personal && tenant.is_none_or(|tenant| tenant == *at)
    });
    let name = encode(&wish.tenant, true);
    let content = html! {
        p { "A program asks for these permissions in the whole organization:" }
        (listed(wish))
        form class="grid" method="post" action=(format!("/{name}/v2.0/adminconsent/decision")) {
            input type="hidden" name="query" value=(wish.asked.query.write());
            label { "Organization" select name="tenant" {
                @for (_, tenant) in organizations {
                    option value=(tenant.id) { (tenant.domain) } } } }
            (page::allow("Accept")) (page::cancel())
        }
    };
    frame("Permissions for your organization", &content)
}
