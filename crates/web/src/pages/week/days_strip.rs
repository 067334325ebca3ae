//! On a narrow screen: the seven days as links that stay in view, and the way to what is in doubt.

use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};

use super::Week;
use crate::pages::pieces::icon;

/// What a day's heading is called in addresses.
pub(super) fn anchor(week: &Week<'_>, day: Date) -> String {
    if day == week.today { "today".to_owned() } else { format!("day-{day}") }
}

impl Week<'_> {
    /// The strip.
    pub(super) fn days_strip(&self) -> Markup {
        html! {
            nav #days .days aria-label="Days" {
                @for nth in 0..7_i64 {
                    @let day = self.first.saturating_add(nth.days());
                    a .unknown[!self.known.is_known(day)]
                        href={ "#" (anchor(self, day)) }
                        aria-current=[(day == self.today).then_some("date")] {
                        span { (day.strftime("%a").to_string()) } " " b { (day.day()) }
                    }
                }
                @if self.known.has_notices() {
                    a .doubt href="#known" aria-label="What is in doubt" { (icon::alert()) }
                }
            }
        }
    }
}
