//! The choice of calendars, wherever it is made: where bookings are written, what blocks, and who
//! sees titles.

use connection::{Calendar, CalendarAccess, CalendarId, Counts};
use maud::{Markup, html};
use store::people::{self, CalendarSettings, User};
use store::{Change, StoreError, Tx, calendars};
use sync::{Context, connect};

use super::tip::tip;
use super::{icon, words};
use crate::acts::{Choice, Who};
use crate::form::{Complaints, Form};
use crate::pages::calendar_settings::{CONFLICT_TIP, LINKED_TIP, PRIVATE_TIP};

/// As the form spells "written nowhere".
const NOWHERE: &str = "none";

/// Calendars of one connection.
pub(crate) struct Group<'g> {
    pub(crate) name: &'g str,
    pub(crate) calendars: &'g [(Calendar, Counts)],
}

/// What is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) linked: Option<CalendarId>,
    pub(crate) conflict: Vec<CalendarId>,
    pub(crate) private_mode: bool,
}

impl Chosen {
    /// What is chosen at present among these calendars.
    pub(crate) fn of(user: &User, groups: &[Group<'_>]) -> Self {
        let counted = each(groups).filter(|calendar| calendar.counts_as_busy);
        Self {
            linked: user.settings.linked_calendar.clone(),
            conflict: counted.map(|calendar| calendar.id.clone()).collect(),
            private_mode: user.settings.private_mode,
        }
    }

    /// What was sent. `kept` is the linked calendar of another connection, which may stay.
    pub(crate) fn read(sent: &mut Form, groups: &[Group<'_>], kept: Option<&Calendar>) -> Self {
        let find = |id: &str| each(groups).chain(kept).find(|c| c.id.as_str() == id);
        let linked = sent.raw("linked").to_owned();
        let linked = match linked.as_str() {
            NOWHERE => None,
            id => {
                let found = find(id).filter(|calendar| calendar.access == CalendarAccess::Writer);
                if found.is_none() {
                    sent.refuse("linked", "Choose one of these calendars, or none.");
                }
                found.map(|calendar| calendar.id.clone())
            }
        };
        let ticked = each(groups).filter(|c| sent.all("conflict").any(|id| id == c.id.as_str()));
        let conflict = ticked.map(|calendar| calendar.id.clone()).collect();
        let known = sent.all("conflict").all(|id| each(groups).any(|c| c.id.as_str() == id));
        if !known {
            sent.refuse("conflict", "One of these calendars is not there any more. Choose again.");
        }
        Self { linked, conflict, private_mode: sent.is_ticked("private_mode") }
    }

    /// Makes it so, for exactly these calendars.
    pub(crate) async fn save(
        &self,
        (ctx, tx): (&Context, &mut Tx),
        who: Who<'_>,
        user: &User,
        groups: &[Group<'_>],
    ) -> Result<(), StoreError> {
        for calendar in each(groups) {
            let counts = self.conflict.contains(&calendar.id);
            if counts != calendar.counts_as_busy {
                let all_day = calendar.all_day_is_busy;
                calendars::set_switches(tx, &calendar.id, counts, all_day).await?;
            }
            tx.announce(Change::Connection(calendar.connection.clone()));
        }
        let settings = CalendarSettings {
            linked_calendar: self.linked.clone(),
            private_mode: self.private_mode,
            ..user.settings.clone()
        };
        people::set_settings(tx, &user.id, &settings).await?;
        connect::settle(ctx, tx, &user.id).await?;
        let calendars = each(groups).collect();
        let choice = Choice { user, settings: &settings, calendars, conflict: &self.conflict };
        choice.record(ctx, tx, who).await
    }
}

fn each<'g>(groups: &'g [Group<'_>]) -> impl Iterator<Item = &'g Calendar> {
    groups.iter().flat_map(|group| group.calendars.iter().map(|(calendar, _)| calendar))
}

/// The questions that an administrator can answer for a colleague: who sees details, nobody else
/// decides.
pub(crate) fn questions_of_colleague(
    groups: &[Group<'_>],
    chosen: &Chosen,
    wrong: &Complaints,
) -> Markup {
    html! {
        (linked(groups, None, chosen, wrong.about("linked")))
        (conflict(groups, chosen, wrong.about("conflict")))
    }
}

/// The three questions of the form.
pub(crate) fn questions(
    groups: &[Group<'_>],
    kept: Option<&Calendar>,
    chosen: &Chosen,
    wrong: &Complaints,
) -> Markup {
    html! {
        (linked(groups, kept, chosen, wrong.about("linked")))
        (conflict(groups, chosen, wrong.about("conflict")))
        fieldset .question #private {
            legend { "Private mode" (tip("private_mode", "Private mode", PRIVATE_TIP)) }
            label .option {
                input .switch type="checkbox" role="switch" name="private_mode"
                    checked[chosen.private_mode];
                span { "Others see “Busy”, never the details" }
            }
        }
    }
}

/// Why no booking can be written there; `None` where one can.
fn unwritable(access: CalendarAccess) -> Option<&'static str> {
    match access {
        CalendarAccess::Writer => None,
        CalendarAccess::Reader => Some("read only"),
        CalendarAccess::FreeBusy => Some("busy times only"),
    }
}

fn linked(
    groups: &[Group<'_>],
    kept: Option<&Calendar>,
    chosen: &Chosen,
    error: Option<&str>,
) -> Markup {
    let is_chosen = |calendar: &Calendar| chosen.linked.as_ref() == Some(&calendar.id);
    html! {
        fieldset .question #linked aria-describedby="linked-error" {
            legend {
                "Write new bookings to" (tip("linked_calendar", "Linked calendar", LINKED_TIP))
            }
            @if let Some(kept) = kept {
                label .option {
                    input type="radio" name="linked" value=(kept.id) checked[is_chosen(kept)];
                    (icon::swatch(&kept.color))
                    span { "Keep " b { (kept.name) } }
                }
            }
            @for group in groups {
                @if groups.len() > 1 { p .group { (group.name) } }
                @for (calendar, _) in group.calendars {
                    @let writable = calendar.access == CalendarAccess::Writer;
                    label .option.off[!writable] {
                        input type="radio" name="linked" value=(calendar.id)
                            checked[is_chosen(calendar)] disabled[!writable];
                        (icon::swatch(&calendar.color))
                        span {
                            (calendar.name)
                            @if let Some(why) = unwritable(calendar.access) {
                                span .faint { " · " (why) ", cannot be written to" }
                            }
                        }
                    }
                }
            }
            label .option {
                input type="radio" name="linked" value=(NOWHERE) checked[chosen.linked.is_none()];
                span { "Nowhere: bookings are kept in Daymark alone" }
            }
            p .error #linked-error { (error.unwrap_or_default()) }
        }
    }
}

fn conflict(groups: &[Group<'_>], chosen: &Chosen, error: Option<&str>) -> Markup {
    html! {
        fieldset .question #conflict aria-describedby="conflict-error" {
            legend {
                "Check for conflicts"
                (tip("conflict_calendars", "Conflict calendars", CONFLICT_TIP))
            }
            @for group in groups {
                @if groups.len() > 1 { p .group { (group.name) } }
                @for (calendar, counts) in group.calendars {
                    label .option {
                        input type="checkbox" name="conflict" value=(calendar.id)
                            checked[chosen.conflict.contains(&calendar.id)];
                        (icon::swatch(&calendar.color))
                        span {
                            (calendar.name)
                            @if let Some(why) = unwritable(calendar.access) {
                                span .faint { " · " (why) }
                            }
                            @if calendar.known_at.is_some() {
                                span .faint {
                                    " · " (words::count(counts.events, "event", "events"))
                                }
                            }
                        }
                    }
                }
            }
            p .error #conflict-error { (error.unwrap_or_default()) }
        }
    }
}
