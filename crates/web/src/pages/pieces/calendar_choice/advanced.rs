//! What is rarely chosen otherwise: what becomes of events made elsewhere, of bookings changed
//! elsewhere, what is written, and whether all-day events block that are marked free.

use maud::{Markup, html};
use store::people::{CalendarSettings, Import, OutsideChange, WriteDetail};

use super::{Chosen, Questions, icon, question, tip};
use crate::form::{Complaints, Form};

/// What all-day events do where they are marked free.
const ALL_DAY_TIP: &str = concat!(
    "All-day events then block even where they are marked free, as holidays and absences often ",
    "are.",
);

/// A question with one answer: its field, what is asked, the answers as field values and in words.
type OneOf = (&'static str, &'static str, [(&'static str, &'static str); 3]);

const IMPORT: OneOf = (
    "import",
    "Events made in your calendars",
    [
        (Import::Block.as_str(), "Only block the time that they take"),
        (Import::KnownGuests.as_str(), "Become bookings where a guest has booked here before"),
        (Import::AllGuests.as_str(), "Become bookings wherever they have guests"),
    ],
);
const OUTSIDE: OneOf = (
    "on_outside_change",
    "When a booking is moved or deleted in the linked calendar",
    [
        (OutsideChange::Apply.as_str(), "Move or cancel the booking, too"),
        (OutsideChange::Ask.as_str(), "Ask me, and keep the time blocked until I have decided"),
        (OutsideChange::Restore.as_str(), "Put it back as it was booked"),
    ],
);
const DETAIL: OneOf = (
    "write_detail",
    "What is written into the linked calendar",
    [
        (WriteDetail::Full.as_str(), "Everything: what is booked, by whom, and their notes"),
        (WriteDetail::Title.as_str(), "The title only"),
        (WriteDetail::Busy.as_str(), "“Busy”, and nothing more"),
    ],
);

impl Questions<'_> {
    /// What was sent of it. A form that does not ask leaves it as it is.
    pub(super) fn read_advanced(&self, sent: &mut Form, chosen: &mut Chosen) {
        let settings = &mut chosen.settings;
        settings.import = word(sent, &IMPORT, Import::parse, settings.import);
        let outside = settings.on_outside_change;
        settings.on_outside_change = word(sent, &OUTSIDE, OutsideChange::parse, outside);
        if self.is_own {
            let detail = settings.write_detail;
            settings.write_detail = word(sent, &DETAIL, WriteDetail::parse, detail);
        }
        if sent.is_ticked("all_day_asked") {
            chosen.all_day = self.ticked(sent, "all_day");
        }
    }

    /// Folded, unless something in it is not as at first, or wants to be seen.
    pub(super) fn advanced(&self, chosen: &Chosen, wrong: &Complaints, is_open: bool) -> Markup {
        let settings = &chosen.settings;
        let first = CalendarSettings {
            linked_calendar: settings.linked_calendar.clone(),
            private_mode: settings.private_mode,
            ..CalendarSettings::default()
        };
        let asked = [IMPORT.0, OUTSIDE.0, DETAIL.0, "all_day"];
        let is_open = is_open
            || *settings != first
            || !chosen.all_day.is_empty()
            || asked.iter().any(|name| wrong.about(name).is_some());
        html! {
            details #advanced open[is_open] {
                summary { "Advanced" }
                div .fold {
                    p .small.soft {
                        "What is chosen here about bookings holds from the first booking on."
                    }
                    (one_of(&IMPORT, settings.import.as_str(), wrong))
                    (one_of(&OUTSIDE, settings.on_outside_change.as_str(), wrong))
                    @if self.is_own { (one_of(&DETAIL, settings.write_detail.as_str(), wrong)) }
                    (self.all_day(chosen, wrong))
                }
            }
        }
    }

    fn all_day(&self, chosen: &Chosen, wrong: &Complaints) -> Markup {
        let tip = tip("all-day", "All-day events block", ALL_DAY_TIP);
        let answers = html! {
            input type="hidden" name="all_day_asked" value="true";
            (self.grouped(|_, (calendar, _)| html! {
                label .option {
                    input type="checkbox" name="all_day" value=(calendar.id)
                        checked[chosen.all_day.contains(&calendar.id)];
                    (icon::swatch(&calendar.color))
                    span { (calendar.name) }
                }
            }))
        };
        let legend = html! { "All-day events block, also those marked free" (tip) };
        question("all_day", &legend, &answers, wrong)
    }
}

fn word<T>(sent: &mut Form, of: &OneOf, parse: fn(&str) -> Option<T>, saved: T) -> T {
    let text = sent.raw(of.0).to_owned();
    if text.is_empty() {
        return saved;
    }
    parse(&text).unwrap_or_else(|| {
        sent.refuse(of.0, "Choose one of these.");
        saved
    })
}

fn one_of((name, asks, answers): &OneOf, chosen: &str, wrong: &Complaints) -> Markup {
    let answers = html! {
        @for (value, say) in answers {
            label .option {
                input type="radio" name=(name) value=(value) checked[*value == chosen];
                span { (say) }
            }
        }
    };
    question(name, &html! { (asks) }, &answers, wrong)
}
