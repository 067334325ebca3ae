//! Where people are caught by their choice, and what to press: nothing is checked, nothing is
//! written, one calendar counts twice, absences and whole calendars that are marked free.

use std::collections::HashMap;

use calendar::Blocking;
use connection::{Calendar, CalendarId, Times, Twice, is_absence, reached_twice};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use store::busy::{self, OccurrenceRow};
use store::{StoreError, Tx};
use sync::choices::Chosen;

use super::Answers;
use crate::form::Form;
use crate::pages::pieces::calendar_choice::{caught, unlinked};
use crate::pages::pieces::words;
use crate::pages::standing::Standing;
use crate::pages::week_happenings::whole_days;

/// How far absences are looked for, and times that are the same.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 30);
/// The fields of what is pressed.
const ALL_DAY_TOO: &str = "all_day_too";
const COUNT_ONCE: &str = "count_once";

/// An absence that is marked free, and how many more its calendar has.
struct Absence<'h> {
    calendar: &'h Calendar,
    /// For who may see it.
    title: Option<String>,
    days: (Date, Date),
    more: i64,
}

/// A calendar that counts, of which nothing blocks: all that comes is marked free.
struct Idle<'h> {
    calendar: &'h Calendar,
    has_all_day: bool,
}

/// What is to be said of a choice.
pub(super) struct Hints<'h> {
    is_nothing_checked: bool,
    unlinked: Markup,
    twice: Vec<Twice<'h>>,
    absences: Vec<Absence<'h>>,
    idle: Vec<Idle<'h>>,
}

/// What was pressed beside a hint, done to what is saved.
pub(super) fn pressed(sent: &Form, saved: Chosen) -> Option<Chosen> {
    let id = |name| sent.raw(name).parse::<CalendarId>().ok();
    let mut chosen = saved;
    match (id(ALL_DAY_TOO), id(COUNT_ONCE)) {
        (Some(id), _) => chosen.all_day.push(id),
        (None, Some(id)) => chosen.conflict.retain(|other| *other != id),
        (None, None) => return None,
    }
    Some(chosen)
}

impl<'h> Hints<'h> {
    /// Looks at what is chosen.
    pub(super) async fn load(tx: &mut Tx, of: Answers<'h>) -> Result<Self, StoreError> {
        let each = |one: &'h Standing| one.calendars.iter().map(|(c, _)| (&one.connection, c));
        let counts = |c: &Calendar| of.chosen.switches(c).counts_as_busy;
        let counted: Vec<_> = of.all.iter().flat_map(each).filter(|(_, c)| counts(c)).collect();
        let (absences, idle) = marked_free(tx, of).await?;
        let linked = of.chosen.settings.linked_calendar.as_ref();
        let ids: Vec<_> = counted.iter().map(|(_, calendar)| calendar.id.clone()).collect();
        let until = of.who.now.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
        let mut times = Times::new();
        for (id, _, row) in busy::overlapping(tx, &ids, of.who.now, until).await? {
            times.entry(id).or_default().insert((row.start_at, row.end_at));
        }
        Ok(Self {
            is_nothing_checked: counted.is_empty(),
            unlinked: unlinked(of.all, linked, "#linked"),
            twice: reached_twice(&counted, linked, &times),
            absences,
            idle,
        })
    }

    /// Is there one about all-day events?
    pub(super) fn is_about_all_day(&self) -> bool {
        !self.absences.is_empty() || self.idle.iter().any(|idle| idle.has_all_day)
    }

    /// Above the form; `action` is where what is pressed goes, `None` while answers are not saved.
    pub(super) fn show(&self, action: Option<&str>) -> Markup {
        html! {
            div #hints .notices {
                @if self.is_nothing_checked {
                    (caught(&html! {
                        b { "Nothing is checked: guests could book over everything." }
                        " Tick below " a href="#conflict" { "what is to block" } ", and save."
                    }))
                }
                (self.unlinked)
                @for twice in &self.twice { (caught(&reached(twice, action))) }
                @for absence in &self.absences { (caught(&absence.show(action))) }
                @for idle in &self.idle { (caught(&idle.show(action))) }
            }
        }
    }
}

/// One press that changes what is saved and nothing else.
fn press(action: Option<&str>, (name, id): (&str, &CalendarId), label: &str) -> Markup {
    html! {
        @if let Some(action) = action {
            form .hint method="post" action=(action) {
                button .button.small type="submit" name=(name) value=(id) { (label) }
            }
        }
    }
}

fn reached(twice: &Twice<'_>, action: Option<&str>) -> Markup {
    let ((kept_by, kept), (by, extra)) = (twice.kept, twice.extra);
    let label = format!("Count it once, with {}", kept_by.principal.name);
    let seems = twice.same_times.is_some();
    html! {
        b { "“" (extra.name) "” " @if seems { "seems to count" } @else { "counts" } " twice." }
        " It is reached by "
        (words::name(&kept_by.principal.name)) ", there as “" (kept.name) "”, and by "
        (words::name(&by.principal.name)) "."
        @if let Some(same) = twice.same_times {
            " Of the coming 30 days, " (same) " times are the same in both: if they are one "
            "calendar, untick one of them."
        } @else { " Untick one of them." }
        (press(action, (COUNT_ONCE, &extra.id), &label))
    }
}

impl Absence<'_> {
    fn show(&self, action: Option<&str>) -> Markup {
        let day = |date: Date| date.strftime("%A %-d %B").to_string();
        let (first, last) = self.days;
        let name = &self.calendar.name;
        html! {
            b {
                @if let Some(title) = &self.title { "“" (title) "”" } @else { "An absence" }
                " in " (name) " does not block."
            }
            " It fills " (day(first)) @if first < last { " to " (day(last)) }
            ", but is marked free"
            @match self.more {
                0 => ".",
                1 => ", and so is 1 more in the coming 30 days.",
                more => { ", and so are " (more) " more in the coming 30 days." }
            }
            (press(action, (ALL_DAY_TOO, &self.calendar.id), &let_block(name)))
        }
    }
}

impl Idle<'_> {
    fn show(&self, action: Option<&str>) -> Markup {
        let name = &self.calendar.name;
        html! {
            b { "“" (name) "” blocks nothing: all of its events are marked free." }
            " So it is with everything of the coming year. Untick it, if that is meant."
            @if self.has_all_day {
                (press(action, (ALL_DAY_TOO, &self.calendar.id), &let_block(name)))
            }
        }
    }
}

fn let_block(name: &str) -> String {
    format!("Let all-day events in {name} block")
}

/// Of each calendar that counts, the first absence that is marked free; and those of which nothing
/// blocks.
async fn marked_free<'h>(
    tx: &mut Tx,
    of: Answers<'h>,
) -> Result<(Vec<Absence<'h>>, Vec<Idle<'h>>), StoreError> {
    let after = |length| of.who.now.checked_add(length).unwrap_or(Timestamp::MAX);
    let until = after(AHEAD);
    let heeded = of.calendars().filter(|calendar| {
        let switches = of.chosen.switches(calendar);
        switches.counts_as_busy && !switches.all_day_is_busy
    });
    let ids: Vec<_> = heeded.map(|calendar| calendar.id.clone()).collect();
    let mut rows = busy::overlapping(tx, &ids, of.who.now, after(AHEAD * 12)).await?;
    // Those of which something comes, and whether it is for whole days; not those that block.
    let mut free: HashMap<CalendarId, bool> = HashMap::new();
    for (id, _, row) in &rows {
        *free.entry(id.clone()).or_default() |= row.all_day;
    }
    for (id, _, _) in rows.iter().filter(|(_, _, row)| row.blocking != Blocking::Free) {
        free.remove(id);
    }
    let is_near_and_free =
        |row: &OccurrenceRow| row.all_day && row.blocking == Blocking::Free && row.start_at < until;
    rows.retain(|(_, _, row)| is_near_and_free(row));
    let times: Vec<_> =
        rows.iter().map(|(_, e, row)| (e.clone(), row.start_at, row.end_at)).collect();
    let titles = of.titles(tx, &times, until).await?;
    let mut found: Vec<Absence<'h>> = Vec::new();
    for ((id, _, row), title) in rows.into_iter().zip(titles) {
        let Some(calendar) = of.calendar(&id) else { continue };
        let days = whole_days(row.start_at, row.end_at, &of.zone(calendar));
        if !is_absence(title.as_deref(), days.0 < days.1, calendar.access) {
            continue;
        }
        match found.iter_mut().find(|absence| absence.calendar.id == calendar.id) {
            Some(first) => first.more += 1,
            None => found.push(Absence { calendar, title, days, more: 0 }),
        }
    }
    let is_told = |id: &CalendarId| found.iter().any(|absence| absence.calendar.id == *id);
    let idle = of.calendars().filter(|calendar| !is_told(&calendar.id));
    let idle =
        idle.filter_map(|calendar| Some(Idle { calendar, has_all_day: *free.get(&calendar.id)? }));
    let idle = idle.collect();
    Ok((found, idle))
}
