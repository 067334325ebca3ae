//! A value to be copied: plain text, with a button where there is a script to do it.

use maud::{Markup, html};

/// Shows the value; `what` says what is copied.
pub(crate) fn copyable(what: &str, value: &str) -> Markup {
    html! {
        span .copy {
            code { (value) }
            button .button.small.quiet type="button" hidden data-copy=(value)
                aria-label={ "Copy " (what) } { "Copy" }
        }
    }
}
