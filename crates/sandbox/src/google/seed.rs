//! The seeded Google accounts: what their weeks look like around a given day.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

use super::levers_calendars::color;
use super::world::Role;
use crate::provider::Provider;
use crate::seed::{wall, week_of};
use crate::world::World;

const MARA: &str = "mara.lind@gmail.example";
const THEO: &str = "theo.brandt@northwind.example";
const HOLIDAYS: &str = "en.german#holiday@group.v.calendar.google.com";

/// Everything is placed in days from Monday of the week of today.
struct Plan<'a> {
    world: &'a mut World,
    monday: Date,
    stamp: Timestamp,
}

/// Everyone with a Google account.
pub(crate) fn people(world: &mut World, today: Date) {
    let (monday, stamp) = week_of(today);
    let mut plan = Plan { world, monday, stamp };
    plan.mara();
    plan.theo();
    plan.world.add_google_person("ines.vale@gmail.example", "Ines Vale", stamp);
}

impl Plan<'_> {
    fn at(&self, day: i32, time: (i8, i8), minutes: i64) -> (Value, Value) {
        let start = wall(self.monday, day, time);
        let end = start.saturating_add(SignedDuration::from_mins(minutes));
        let zone = self.world.time_zone.as_str();
        let write = |at: DateTime| json!({ "dateTime": at.to_string(), "timeZone": zone });
        (write(start), write(end))
    }

    fn put(&mut self, calendar: usize, mut event: Value, (start, end): (Value, Value)) -> String {
        event["start"] = start;
        event["end"] = end;
        let Value::Object(event) = event else { return String::new() };
        self.world.put_google_event(calendar, event, self.stamp)
    }

    fn days(&mut self, calendar: usize, event: Value, (day, days): (i32, i32)) {
        let date =
            |offset: i32| json!({ "date": self.monday.saturating_add(offset.days()).to_string() });
        let when = (date(day), date(day + days));
        self.put(calendar, event, when);
    }

    fn own_calendar(&mut self, person: usize, summary: &str) -> usize {
        self.world.add_google_calendar(person, summary, self.stamp)
    }

    fn primary(&self, person: usize) -> usize {
        let entry = self.world.google.entry(person, "primary");
        entry.map_or(0, |entry| entry.calendar)
    }

    fn mara(&mut self) {
        let mara = self.world.add_google_person(MARA, "Mara Lind", self.stamp);
        let (home, studio) = (self.primary(mara), self.own_calendar(mara, "Studio"));
        let singles = [
            (0, (8, 0), 45, "Swim"),
            (1, (17, 30), 30, "Physiotherapy"),
            (3, (19, 0), 120, "Dinner with Bo"),
            (8, (9, 0), 60, "Eye test"),
        ];
        for (day, time, minutes, summary) in singles {
            let when = self.at(day, time, minutes);
            self.put(home, json!({ "summary": summary }), when);
        }
        let when = self.at(2, (12, 0), 60);
        self.put(home, json!({ "summary": "Bank", "visibility": "private" }), when);
        let when = self.at(4, (11, 0), 60);
        let declined = json!({
            "summary": "Sales webinar",
            "organizer": { "email": "events@vendor.example" },
            "attendees": [
                { "email": "events@vendor.example", "responseStatus": "accepted" },
                { "email": MARA, "responseStatus": "declined" },
            ],
        });
        self.put(home, declined, when);
        let birthday = json!({
            "summary": "Bo's birthday", "eventType": "birthday", "transparency": "transparent",
            "visibility": "private", "recurrence": ["RRULE:FREQ=YEARLY"],
        });
        self.days(home, birthday, (5, 1));
        let when = self.at(12, (6, 40), 130);
        let flight = json!({ "summary": "Flight to Lisbon", "eventType": "fromGmail" });
        self.put(home, flight, when);
        self.days(home, json!({ "summary": "Cottage" }), (19, 5));
        self.yoga(studio);
        self.holidays(mara);
    }

    /// A series with one instance moved this week and one left out next week.
    fn yoga(&mut self, studio: usize) {
        let when = self.at(-364, (18, 0), 60);
        let series = json!({ "summary": "Yoga", "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE"] });
        let id = self.put(studio, series, when);
        let (original, _) = self.at(2, (18, 0), 60);
        let moved = self.exception(studio, (&id, &original));
        let when = self.at(2, (19, 30), 60);
        self.put(
            studio,
            json!({ "summary": "Yoga (later today)", "id": moved.0,
            "recurringEventId": id, "originalStartTime": moved.1 }),
            when,
        );
        let (original, end) = self.at(9, (18, 0), 60);
        let gone = self.exception(studio, (&id, &original));
        self.put(
            studio,
            json!({ "summary": "Yoga", "id": gone.0, "status": "cancelled",
            "recurringEventId": id, "originalStartTime": gone.1 }),
            (original, end),
        );
        let when = self.at(3, (10, 0), 90);
        let lesson = json!({
            "summary": "Private lesson",
            "conferenceData": { "createRequest": { "requestId": "seed-1",
                "conferenceSolutionKey": { "type": "hangoutsMeet" } } },
            "extendedProperties": { "private": { "bookedWith": "a program" } },
        });
        self.put(studio, lesson, when);
    }

    /// The id and the original start of an instance.
    fn exception(&self, calendar: usize, (id, original): (&str, &Value)) -> (String, Value) {
        let zone = self.world.google.calendars.get(calendar).map_or("UTC", |it| &it.time_zone);
        match super::moment::Point::read(Some(original), zone) {
            Ok(point) => (format!("{id}_{}", point.suffix()), point.write()),
            Err(_) => (id.to_owned(), original.clone()),
        }
    }

    fn holidays(&mut self, person: usize) {
        let zone = self.world.time_zone.clone();
        let summary = (HOLIDAYS.to_owned(), "Public holidays");
        let at = self.world.google.add_calendar(person, summary, &zone);
        if let Some(calendar) = self.world.google.calendars.get_mut(at) {
            calendar.watchable = false;
        }
        self.world.google.list(person, (at, Role::Reader), color("16"), self.stamp);
        for (day, name) in [(10, "Founders' Day"), (38, "Midwinter")] {
            self.days(at, json!({ "summary": name, "transparency": "transparent" }), (day, 1));
        }
    }

    fn theo(&mut self) {
        let theo = self.world.add_google_person(THEO, "Theo Brandt", self.stamp);
        if let Some(person) = self.world.google.people.get_mut(theo) {
            person.domain = Some("northwind.example".into());
        }
        let (home, jobs) = (self.primary(theo), self.own_calendar(theo, "Jobs"));
        let when = self.at(1, (9, 0), 120);
        self.put(home, json!({ "summary": "Deep work", "eventType": "focusTime" }), when);
        let when = self.at(4, (13, 0), 240);
        self.put(home, json!({ "summary": "Out of office", "eventType": "outOfOffice" }), when);
        let place = json!({
            "summary": "Home", "eventType": "workingLocation", "transparency": "transparent",
            "visibility": "public",
            "workingLocationProperties": { "type": "homeOffice", "homeOffice": {} },
        });
        self.days(home, place, (0, 1));
        let when = self.at(8, (14, 0), 60);
        let tentative = json!({ "summary": "Supplier, perhaps", "status": "tentative" });
        self.put(home, tentative, when);
        for week in 0..6 {
            for (day, hour) in [(0, 8), (1, 13), (2, 8), (3, 10), (4, 8)] {
                let when = self.at(7 * (week - 2) + day, (hour, 0), 90);
                let summary = format!("Job {}-{}", week + 1, day + 1);
                self.put(jobs, json!({ "summary": summary, "location": "Mill Lane 12" }), when);
            }
        }
        if let Some(mara) = self.world.google.person(MARA) {
            let stamp = self.stamp;
            let google = &mut self.world.google;
            google.list(mara, (jobs, Role::Writer), color("9"), stamp);
            google.list(mara, (home, Role::FreeBusyReader), color("2"), stamp);
        }
    }
}
