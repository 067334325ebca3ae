//! The choice of calendars, wherever it is made: where bookings are written, what blocks, who sees
//! titles, and the rest folded away.

mod advanced;

use connection::{Calendar, CalendarAccess, CalendarId, Counts, Unwritable};
use maud::{Markup, html};
use store::audit::Actor;
use store::people::User;
use store::{StoreError, Tx};
use sync::Context;
use sync::choices::{self, Chosen};

use super::tip::tip;
use super::{icon, words};
use crate::form::{Complaints, Form};
use crate::pages::calendar_settings::{CONFLICT_TIP, LINKED_TIP, PRIVATE_TIP};
use crate::pages::standing::Standing;

/// As the form spells "written nowhere".
const NOWHERE: &str = "none";

/// What is asked: of whose calendars, by whom.
pub(crate) struct Questions<'q> {
    /// As they are saved.
    pub(crate) user: &'q User,
    /// Are they who answers? Who sees details, and what is written, nobody else decides.
    pub(crate) is_own: bool,
    pub(crate) all: &'q [Standing],
    /// The linked calendar, where it is one of another connection: it may stay.
    pub(crate) kept: Option<&'q Calendar>,
}

impl Questions<'_> {
    fn each(&self) -> impl Iterator<Item = (&Standing, &Calendar)> {
        self.all.iter().flat_map(|one| one.calendars.iter().map(move |(c, _)| (one, c)))
    }

    fn calendars(&self) -> impl Iterator<Item = &Calendar> {
        self.each().map(|(_, calendar)| calendar)
    }

    /// What is chosen at present.
    pub(crate) fn saved(&self) -> Chosen {
        Chosen::saved(self.user, &self.calendars().collect::<Vec<_>>())
    }

    /// What was sent; what was not asked stays as it is.
    pub(crate) fn read(&self, sent: &mut Form) -> Chosen {
        let mut chosen = self.saved();
        chosen.settings.linked_calendar = self.read_linked(sent);
        chosen.conflict = self.ticked(sent, "conflict");
        if self.is_own {
            chosen.settings.private_mode = sent.is_ticked("private_mode");
        }
        self.read_advanced(sent, &mut chosen);
        chosen
    }

    fn read_linked(&self, sent: &mut Form) -> Option<CalendarId> {
        let saved = self.user.settings.linked_calendar.clone();
        let sent_id = match sent.raw("linked") {
            NOWHERE => return None,
            id => id.to_owned(),
        };
        let is_kept = self.kept.is_some_and(|kept| kept.id.as_str() == sent_id);
        let again = "Choose one of these calendars, or none.";
        let say = match self.each().find(|(_, calendar)| calendar.id.as_str() == sent_id) {
            None if is_kept => return saved,
            None => again.to_owned(),
            Some((standing, calendar)) => match self.off(standing, calendar) {
                None => return Some(calendar.id.clone()),
                Some(why) => format!("“{}” is {}. {again}", calendar.name, why.say()),
            },
        };
        sent.refuse("linked", say);
        saved
    }

    /// Why it cannot be chosen to be written to. What is linked already may stay so.
    fn off(&self, standing: &Standing, calendar: &Calendar) -> Option<Unwritable> {
        let is_saved = self.user.settings.linked_calendar.as_ref() == Some(&calendar.id);
        Unwritable::of(calendar, &standing.connection).filter(|_| !is_saved)
    }

    fn ticked(&self, sent: &mut Form, name: &str) -> Vec<CalendarId> {
        let those = self.calendars().filter(|c| sent.all(name).any(|id| id == c.id.as_str()));
        let those = those.map(|calendar| calendar.id.clone()).collect();
        if !sent.all(name).all(|id| self.calendars().any(|c| c.id.as_str() == id)) {
            sent.refuse(name, "One of these calendars is not there any more. Choose again.");
        }
        those
    }

    /// Makes it so, for exactly these calendars.
    pub(crate) async fn save(
        &self,
        (ctx, tx): (&Context, &mut Tx),
        who: Actor<'_>,
        chosen: &Chosen,
    ) -> Result<(), StoreError> {
        let of: Vec<_> = self.calendars().collect();
        choices::save(ctx, tx, who, (self.user, &of), chosen).await
    }

    /// The questions of the form; `is_open` unfolds those that are rarely asked.
    pub(crate) fn show(&self, chosen: &Chosen, wrong: &Complaints, is_open: bool) -> Markup {
        let tip_of_conflict = tip("conflict_calendars", "Conflict calendars", CONFLICT_TIP);
        let conflict = self.grouped(|_, calendar| conflict_option(calendar, chosen));
        html! {
            (self.linked(chosen, wrong))
            (question("conflict", &html! { "Check for conflicts" (tip_of_conflict) },
                &conflict, wrong))
            @if self.is_own {
                fieldset .question #private {
                    legend { "Private mode" (tip("private_mode", "Private mode", PRIVATE_TIP)) }
                    label .option {
                        input .switch type="checkbox" role="switch" name="private_mode"
                            checked[chosen.settings.private_mode];
                        span { "Others see “Busy”, never the details" }
                    }
                }
            }
            (self.advanced(chosen, wrong, is_open))
        }
    }

    /// All calendars, under the names of their accounts where there are several.
    fn grouped(&self, option: impl Fn(&Standing, &(Calendar, Counts)) -> Markup) -> Markup {
        html! {
            @for standing in self.all {
                @if self.all.len() > 1 { p .group { (standing.connection.principal.name) } }
                @for calendar in &standing.calendars { (option(standing, calendar)) }
            }
        }
    }

    fn linked(&self, chosen: &Chosen, wrong: &Complaints) -> Markup {
        let tip = tip("linked_calendar", "Linked calendar", LINKED_TIP);
        let answers = html! {
            @if let Some(kept) = self.kept {
                label .option {
                    input type="radio" name="linked" value=(kept.id)
                        checked[chosen.is_linked(kept)];
                    (icon::swatch(&kept.color))
                    span { "Keep " b { (kept.name) } }
                }
            }
            (self.grouped(|standing, (calendar, _)| self.linked_option(standing, calendar, chosen)))
            label .option {
                input type="radio" name="linked" value=(NOWHERE)
                    checked[chosen.settings.linked_calendar.is_none()];
                span { "Nowhere: bookings are kept in Daymark alone" }
            }
        };
        question("linked", &html! { "Write new bookings to" (tip) }, &answers, wrong)
    }

    fn linked_option(&self, standing: &Standing, calendar: &Calendar, chosen: &Chosen) -> Markup {
        let is_off = self.off(standing, calendar).is_some();
        let why = Unwritable::of(calendar, &standing.connection).map(Unwritable::say);
        let why = why.map(|why| (format!("linked-why-{}", calendar.id), why));
        html! {
            label .option.off[is_off] {
                input type="radio" name="linked" value=(calendar.id)
                    checked[chosen.is_linked(calendar)] disabled[is_off]
                    aria-describedby=[why.as_ref().map(|(id, _)| id)];
                (icon::swatch(&calendar.color))
                span {
                    (calendar.name)
                    @if let Some((id, why)) = &why { span .faint id=(id) { " · " (why) } }
                }
            }
        }
    }
}

/// Somewhere bookings could be written, and nowhere they are; `way` is where one chooses.
pub(crate) fn unlinked(all: &[Standing], linked: Option<&CalendarId>, way: &str) -> Markup {
    let writable = |one: &Standing| {
        one.calendars.iter().any(|(c, _)| Unwritable::of(c, &one.connection).is_none())
    };
    html! {
        @if linked.is_none() && all.iter().any(writable) {
            (caught(&html! {
                b { "No linked calendar is chosen: " }
                "bookings are kept here and written nowhere else. " a href=(way) { "Choose one" }
                "."
            }))
        }
    }
}

/// A hint at what people are caught by.
pub(crate) fn caught(says: &Markup) -> Markup {
    html! { div .notice.warn.with-icon { (icon::alert()) div { (says) } } }
}

/// One question with its answers, and what is wrong with what was answered.
fn question(name: &str, legend: &Markup, answers: &Markup, wrong: &Complaints) -> Markup {
    let error = format!("{name}-error");
    html! {
        fieldset .question id=(name) aria-describedby=(error) {
            legend { (legend) }
            (answers)
            p .error id=(error) { (wrong.about(name).unwrap_or_default()) }
        }
    }
}

/// The linked calendar is ticked for good; the field beside its box keeps it ticked when another
/// one is linked.
fn conflict_option((calendar, counts): &(Calendar, Counts), chosen: &Chosen) -> Markup {
    let is_linked = chosen.is_linked(calendar);
    let why = is_linked.then(|| format!("conflict-why-{}", calendar.id));
    let access = match calendar.access {
        CalendarAccess::Writer => None,
        CalendarAccess::Reader => Some("read only"),
        CalendarAccess::FreeBusy => Some("busy times only"),
    };
    html! {
        label .option.off[is_linked] {
            @if is_linked { input type="hidden" name="conflict" value=(calendar.id); }
            input type="checkbox" name="conflict" value=(calendar.id)
                checked[chosen.switches(calendar).counts_as_busy] disabled[is_linked]
                aria-describedby=[why.as_ref()];
            (icon::swatch(&calendar.color))
            span {
                (calendar.name)
                @if let Some(access) = access { span .faint { " · " (access) } }
                @if calendar.gone_at.is_some() { span .faint { " · gone at the provider" } }
                @if calendar.known_at.is_some() {
                    span .faint { " · " (words::count(counts.events, "event", "events")) }
                }
                @if let Some(why) = &why {
                    span .faint id=(why) { " · always checked: it is the linked calendar" }
                }
            }
        }
    }
}
