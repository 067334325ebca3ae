//! The pages of the consent: which account, which permissions, and why not. Plain HTML.

use maud::{Markup, html};

use super::consent::Wish;
use super::scope::label;
use super::world::Google;
use crate::oauth::form::Pairs;
use crate::oauth::page::page;

fn frame(title: &str, content: &Markup) -> String {
    page("Google", title, content)
}

/// An error that does not go back to the program.
pub(crate) fn refused(error: &str, says: &str) -> String {
    let content = html! {
        p { (says) }
        p class="quiet" { "Error: " code { (error) } }
    };
    frame("Access blocked", &content)
}

/// Which account?
pub(crate) fn accounts(google: &Google, wish: &Wish) -> String {
    let domain = wish.query.get("hd").filter(|hd| *hd != "*");
    let people = google
        .people
        .iter()
        .filter(|person| domain.is_none_or(|domain| person.domain.as_deref() == Some(domain)));
    let mut pairs = wish.query.clone();
    pairs.0.retain(|(name, value)| name != "prompt" || value != "select_account");
    for (name, value) in &mut pairs.0 {
        if name == "prompt" {
            *value = value.replace("select_account", "");
        }
    }
    let to = |email: &str| {
        let mut pairs = Pairs(pairs.0.clone());
        pairs.0.push(("account".into(), email.to_owned()));
        format!("/o/oauth2/v2/auth?{}", pairs.write())
    };
    let content = html! {
        ul { @for person in people {
            li { a href=(to(&person.email)) { (person.name) " " (person.email) } } } }
        (form(wish, "", &html! {
            button class="plain" type="submit" name="decision" value="cancel" { "Cancel" } },
            google.people.first().map_or("", |person| &person.email)))
    };
    frame("Choose an account", &content)
}

fn form(wish: &Wish, class: &str, fields: &Markup, account: &str) -> Markup {
    html! {
        form class=(class) method="post" action="/o/oauth2/v2/auth/decision" {
            input type="hidden" name="query" value=(wish.query.write());
            input type="hidden" name="account" value=(account);
            (fields)
        }
    }
}

/// Which permissions?
pub(crate) fn permissions(google: &Google, wish: &Wish, person: usize) -> String {
    let Some(person) = google.people.get(person) else { return accounts(google, wish) };
    let boxes = wish.scopes.iter().filter_map(|scope| Some((scope, label(scope)?)));
    let fields = html! {
        @for (scope, says) in boxes {
            label class="box" {
                input type="checkbox" name="scope" value=(scope) checked; (says) }
        }
        button type="submit" name="decision" value="allow" { "Continue" }
        button class="plain" type="submit" name="decision" value="cancel" { "Cancel" }
    };
    let content = html! {
        p { "A program wants access to the account of " (person.name) ", "
            b { (person.email) } ". Choose what it may do:" }
        (form(wish, "grid", &fields, &person.email))
    };
    frame("Choose what may be accessed", &content)
}
