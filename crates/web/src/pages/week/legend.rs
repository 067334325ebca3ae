//! What the looks and the colours of the week mean.

use connection::{Calendar, Connection};
use maud::{Markup, html};

use super::Week;
use crate::pages::pieces::{icon, words};

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
                        li {
                            (icon::swatch(&calendar.color))
                            span {
                                (calendar.name)
                                @if self.is_ambiguous(&calendar.name)
                                    && let Some(held) = self.held(calendar)
                                    && held.principal.name != calendar.name {
                                    " of " (words::name(&held.principal.name))
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Do several calendars have this name?
    fn is_ambiguous(&self, name: &str) -> bool {
        self.calendars.iter().filter(|(calendar, _)| calendar.name == name).count() > 1
    }

    /// The connection of a calendar.
    pub(super) fn held(&self, calendar: &Calendar) -> Option<&Connection> {
        self.connections.iter().find(|held| held.id == calendar.connection)
    }
}
