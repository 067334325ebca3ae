//! The frame of the pages on which people sign in. Plain HTML.

use maud::{DOCTYPE, Markup, html};

pub(crate) fn page(provider: &str, title: &str, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="stylesheet" href="/control/style.css";
                link rel="icon" href="data:,";
            }
            body {
                header { p { (provider) ", in the sandbox " span class="quiet" {
                    "nothing here is real" } } }
                main { h1 { (title) } (content) }
            }
        }
    };
    page.into_string()
}
