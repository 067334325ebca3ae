//! The seeded world: who lives there, and what their weeks look like around a given day.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{Timestamp, ToSpan};

use crate::faults::Faults;
use crate::feeds::Feed;
use crate::ical::write::{self, Draft, When};
use crate::manners::{Manners, Preset};
use crate::world::World;
use crate::world::calendar::{Access, CalendarKind, Member};

mod jobs;
mod sketch;
mod tables;

use sketch::Sketch;

/// Everyone, with their calendars and the feeds.
pub(crate) fn people(world: &mut World, today: Date) {
    let week = Week::around(today, &world.time_zone);
    dana_and_sam(world, &week);
    kit(world, &week);
    noor(world, &week);
    feeds(world, &week);
}

/// Monday of the week of a day, and the moment at which all that was there before it was made.
pub(crate) fn week_of(today: Date) -> (Date, Timestamp) {
    let since_monday = i64::from(today.weekday().since(Weekday::Monday));
    let monday = today.saturating_sub(since_monday.days());
    let earlier = monday.saturating_sub(20.days()).to_zoned(jiff::tz::TimeZone::UTC);
    (monday, earlier.map_or(Timestamp::UNIX_EPOCH, |day| day.timestamp()))
}

/// A time on the wall, so many days after a Monday.
pub(crate) fn wall(monday: Date, day: i32, (hour, minute): (i8, i8)) -> DateTime {
    let time = Time::new(hour, minute, 0, 0).unwrap_or_else(|_| Time::midnight());
    monday.saturating_add(day.days()).to_datetime(time)
}

/// The week that everything is placed around.
pub(crate) struct Week {
    monday: Date,
    stamp: Timestamp,
    zone: String,
    /// The definition of the zone, written once: it takes longer than all the rest.
    definition: String,
}

impl Week {
    fn around(today: Date, zone: &str) -> Self {
        let (monday, stamp) = week_of(today);
        let definition = write::definition(zone, monday);
        Self { monday, stamp, zone: zone.to_owned(), definition }
    }

    /// A day counted from Monday of this week.
    fn day(&self, offset: i32) -> Date {
        self.monday.saturating_add(offset.days())
    }

    fn object(&self, draft: &Draft, others: &[Draft]) -> String {
        match &draft.when {
            When::Zoned { zone, .. } if *zone == self.zone => {
                draft.object_with(&self.definition, others)
            }
            _ => draft.object(others),
        }
    }
}

const EVENTS: CalendarKind = CalendarKind::Events;

fn dana_and_sam(world: &mut World, week: &Week) {
    let dana = world.add_person("dana.reyes@icloud.example", "Dana Reyes", "hazy-lime-bird-song");
    let sam = world.add_person("sam.okafor@icloud.example", "Sam Okafor", "calm-rock-fern-tide");
    if let Some(person) = world.people.get_mut(dana) {
        person.addresses = vec!["dana@northwind.example".into()];
    }
    let home = calendar(world, week, dana, "Home", "#1BADF8");
    let work = calendar(world, week, dana, "Work", "#CC73E1");
    let family = calendar(world, week, dana, "Family", "#63DA38");
    let school = world.add_calendar(dana, "School", EVENTS, Access::Read);
    if let Some(calendar) = world.calendars.get_mut(school) {
        "#F5A623".clone_into(&mut calendar.color);
    }
    fill(world, home, week, tables::HOME);
    fill(world, work, week, tables::WORK);
    sketch::stand_up(world, work, week);
    jobs::fill(world, work, week, jobs::Pace { weeks_back: 8, weeks_ahead: 10, a_day: 2 });
    fill(world, family, week, tables::FAMILY);
    fill(world, school, week, tables::SCHOOL);
    reminders(world, dana, week);
    let sams_home = calendar(world, week, sam, "Home", "#1BADF8");
    let sams_jobs = calendar(world, week, sam, "Jobs", "#FF9500");
    fill(world, sams_home, week, tables::SAMS_HOME);
    jobs::fill(world, sams_jobs, week, jobs::Pace { weeks_back: 12, weeks_ahead: 16, a_day: 3 });
    let guest = Member { person: sam, segment: "family".into(), access: Access::Write };
    if let Some(family) = world.calendars.get_mut(family) {
        family.members.push(guest);
    }
}

/// A fresh account: a calendar, and nothing in it.
fn kit(world: &mut World, week: &Week) {
    let kit = world.add_person("kit.newman@icloud.example", "Kit Newman", "pale-moon-jade-wind");
    calendar(world, week, kit, "Home", "#1BADF8");
    world.add_calendar(kit, "Reminders", CalendarKind::Reminders, Access::Owner);
}

/// Somebody whose server is a Nextcloud of their own.
fn noor(world: &mut World, week: &Week) {
    let noor = world.add_person("noor@cloud.example", "Noor Haddad", "mild-tree-sand-rope");
    if let Some(person) = world.people.get_mut(noor) {
        person.manners = Some(Manners::of(Preset::Nextcloud));
    }
    let personal = calendar(world, week, noor, "Personal", "#0082C9");
    let rota = calendar(world, week, noor, "Rota", "#E9322D");
    fill(world, personal, week, tables::NOORS_PERSONAL);
    fill(world, rota, week, tables::NOORS_ROTA);
}

fn calendar(world: &mut World, week: &Week, person: usize, name: &str, color: &str) -> usize {
    let at = world.add_calendar(person, name, EVENTS, Access::Owner);
    if let Some(calendar) = world.calendars.get_mut(at) {
        color.clone_into(&mut calendar.color);
        calendar.time_zone = Some(write::time_zone(&week.zone, week.monday));
    }
    at
}

fn fill(world: &mut World, calendar: usize, week: &Week, sketches: &[Sketch]) {
    for sketch in sketches {
        let uid = world.dice.uid();
        let text = week.object(&sketch.draft(&uid, week), &[]);
        store(world, calendar, text);
    }
}

/// Apple's devices name their resources by chance, not by UID.
fn store(world: &mut World, calendar: usize, text: String) {
    let name = format!("{}.ics", world.dice.uid());
    if let Some(calendar) = world.calendars.get_mut(calendar) {
        calendar.put(&name, text);
    }
}

fn reminders(world: &mut World, person: usize, week: &Week) {
    let list = world.add_calendar(person, "Reminders", CalendarKind::Reminders, Access::Owner);
    for (offset, title) in [(0, "Order copper pipe"), (2, "Tax papers"), (4, "Water the plants")] {
        let uid = world.dice.uid();
        let due = week.day(offset).strftime("%Y%m%d");
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Apple Inc.//Reminders//EN\r\n\
             BEGIN:VTODO\r\nUID:{uid}\r\nDTSTAMP:{}\r\nDUE;VALUE=DATE:{due}\r\n\
             SUMMARY:{title}\r\nSTATUS:NEEDS-ACTION\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
            write::utc(week.stamp)
        );
        store(world, list, text);
    }
}

fn feeds(world: &mut World, week: &Week) {
    let zone = week.zone.as_str();
    let mut feed = |name: &str, title: &str, sketches: &[Sketch]| {
        let mut text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Sandbox//Feeds//EN\r\n\
             METHOD:PUBLISH\r\nX-WR-CALNAME:{title}\r\nX-WR-TIMEZONE:{zone}\r\n\
             REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n"
        );
        text.push_str(&week.definition);
        for (at, sketch) in sketches.iter().enumerate() {
            let uid = format!("{at}@{name}.feeds.example");
            text.push_str(&sketch.draft(&uid, week).event());
        }
        text.push_str("END:VCALENDAR\r\n");
        let feed = Feed::new(title, text, week.stamp, Faults::default());
        world.feeds.insert(name.to_owned(), feed);
    };
    let holidays = tables::holidays(week.monday);
    feed("holidays", "Public holidays", &holidays);
    feed("team-roster", "Team roster", tables::ROSTER);
}
