//! The frame of the pages on which people sign in, and what stands on each. Plain HTML.

use maud::{DOCTYPE, Markup, html};

use super::wish::Wish;
use crate::control::head;

pub(crate) fn page(provider: &str, title: &str, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(title))
            body {
                header { p { (provider) ", in the sandbox " span class="quiet" {
                    "nothing here is real" } } }
                main { h1 { (title) } (content) }
            }
        }
    };
    page.into_string()
}

/// Which account? Each by its name and address, as a link to where its choice leads.
pub(crate) fn accounts<'a>(
    people: impl Iterator<Item = (&'a str, &'a str)>,
    wish: &Wish,
    to: &str,
) -> Markup {
    html! {
        ul { @for (name, email) in people {
            li { a href={ (to) "?" (wish.with_account(email)) } { (name) " " (email) } } } }
    }
}

/// A form that takes the wish of the program along with a decision.
pub(crate) fn decision(to: &str, wish: &Wish, account: &str, fields: &Markup) -> Markup {
    html! {
        form class="grid" method="post" action=(to) {
            input type="hidden" name="query" value=(wish.query.write());
            input type="hidden" name="account" value=(account);
            (fields)
        }
    }
}

pub(crate) fn allow(says: &str) -> Markup {
    html! { button type="submit" name="decision" value="allow" { (says) } }
}

pub(crate) fn cancel() -> Markup {
    html! { button class="plain" type="submit" name="decision" value="cancel" { "Cancel" } }
}
