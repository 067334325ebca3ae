//! What stands where there is nothing yet: why, and what to do.

use maud::{Markup, html};

use super::icon;

/// Says why it is empty, and offers the one thing to do.
pub(crate) fn empty(title: &str, say: &str, (label, href): (&str, &str)) -> Markup {
    html! {
        div .empty {
            (icon::week())
            h2 { (title) }
            p .soft { (say) }
            a .button.primary href=(href) { (label) }
        }
    }
}
