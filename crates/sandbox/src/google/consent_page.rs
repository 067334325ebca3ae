//! The pages of the consent: which account, which permissions, and why not. Plain HTML.

use maud::{Markup, html};

use super::consent::Wish;
use super::scope::label;
use super::world::Google;
use crate::oauth::page;

const AUTHORIZE: &str = "/o/oauth2/v2/auth";
const DECIDE: &str = "/o/oauth2/v2/auth/decision";

fn frame(title: &str, content: &Markup) -> String {
    page::page("Google", title, content)
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
    let domain = wish.asked.query.get("hd").filter(|hd| *hd != "*");
    let people = google
        .people
        .iter()
        .filter(|person| domain.is_none_or(|domain| person.domain.as_deref() == Some(domain)));
    let first = google.people.first().map_or("", |person| &person.email);
    let people = people.map(|person| (person.name.as_str(), person.email.as_str()));
    let content = html! {
        (page::accounts(people, &wish.asked, AUTHORIZE))
        (page::decision(DECIDE, &wish.asked, first, &page::cancel()))
    };
    frame("Choose an account", &content)
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
        (page::allow("Continue")) (page::cancel())
    };
    let content = html! {
        p { "A program wants access to the account of " (person.name) ", "
            b { (person.email) } ". Choose what it may do:" }
        (page::decision(DECIDE, &wish.asked, &person.email, &fields))
    };
    frame("Choose what may be accessed", &content)
}
