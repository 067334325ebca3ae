//! What the looks and the colours of the week mean.

use maud::{Markup, html};

use super::Week;
use crate::pages::pieces::icon;

impl Week<'_> {
    /// The looks, and the calendars with their colours for whoever owns them.
    pub(super) fn legend(&self) -> Markup {
        html! {
            ul .legend.small.soft aria-label="What the looks mean" {
                @for (look, say) in [
                    ("busy", "Busy"),
                    ("tentative", "Tentative"),
                    ("free", "Free"),
                    ("unchecked", "Does not block"),
                    ("hidden", "Private"),
                    ("unknown", "Not known"),
                ] {
                    li { span .look.(look) aria-hidden="true" {} (say) }
                }
                li { span .guess aria-hidden="true" { "?" } "Time or content in doubt" }
            }
            @if self.is_own {
                ul .legend.small.soft aria-label="Calendars" {
                    @for (calendar, _) in &self.calendars {
                        li { (icon::swatch(&calendar.color)) (calendar.name) }
                    }
                }
            }
        }
    }
}
