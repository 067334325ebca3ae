//! A `?` button that explains a word. The explanation shows on hover and on focus, and goes with
//! Escape; a screen reader hears it as the description of the button.

use maud::{Markup, html};

/// Explains `word`; nothing where there is nothing to explain. `id` is unique on the page.
pub(crate) fn tip(id: &str, word: &str, explains: &str) -> Markup {
    if explains.is_empty() {
        return html! {};
    }
    html! {
        span .tip-text {
            button .tip type="button" aria-label={ "What is meant by " (word) "?" }
                aria-describedby={ "tip-" (id) } { "?" }
            span role="tooltip" id={ "tip-" (id) } { (explains) }
        }
    }
}
