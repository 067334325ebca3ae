//! The seeded Microsoft accounts: what their weeks look like around a given day.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

use super::event_edit::address;
use super::expand::find;
use super::ids::Key;
use super::moment::written;
use super::world::{AccountKind, Sharing};
use super::zones;
use crate::seed::{wall, week_of};
use crate::world::World;

const LENA: &str = "lena.hoff@fabrikam.example";
const OMAR: &str = "omar.diaz@fabrikam.example";
const JUNE: &str = "june.park@school.example";
const TESS: &str = "tess.moran@outlook.example";
const ROLF: &str = "rolf.berg@strict.example";

/// Everything is placed in days from Monday of the week of today.
struct Plan<'a> {
    world: &'a mut World,
    monday: Date,
    stamp: Timestamp,
    zone: String,
}

/// Everyone with a Microsoft account.
pub(crate) fn people(world: &mut World, today: Date) {
    let (monday, stamp) = week_of(today);
    let zone = zones::windows(&world.time_zone).to_owned();
    let mut plan = Plan { world, monday, stamp, zone };
    plan.work();
    plan.school();
    plan.personal();
    plan.world.add_microsoft_person(ROLF, "Rolf Berg", AccountKind::Work);
    let strict = plan.world.microsoft.tenant("strict.example");
    if let Some(tenant) = strict.and_then(|at| plan.world.microsoft.tenants.get_mut(at)) {
        tenant.users_consent = false;
    }
}

fn weekly(days: &[&str]) -> Value {
    json!({ "type": "weekly", "interval": 1, "daysOfWeek": days, "firstDayOfWeek": "monday" })
}

impl Plan<'_> {
    fn point(&self, at: DateTime) -> Value {
        json!({ "dateTime": written(at), "timeZone": self.zone })
    }

    fn put(
        &mut self,
        calendar: usize,
        mut event: Value,
        (day, time, minutes): (i32, (i8, i8), i64),
    ) -> Key {
        let start = wall(self.monday, day, time);
        let end = start.saturating_add(SignedDuration::from_mins(minutes));
        if event.get("start").is_none() {
            (event["start"], event["end"]) = (self.point(start), self.point(end));
        }
        if let Some(recurrence) = event.get_mut("recurrence") {
            recurrence["range"]["startDate"] = json!(start.date().to_string());
            recurrence["range"]["recurrenceTimeZone"] = json!(self.zone);
        }
        let Value::Object(event) = event else { return Key::of(0) };
        self.world.microsoft.put_event(calendar, event, self.stamp)
    }

    fn series(
        &mut self,
        calendar: usize,
        (subject, pattern): (&str, Value),
        when: (i32, (i8, i8), i64),
    ) -> Key {
        let range = json!({ "type": "noEnd" });
        let recurrence = json!({ "pattern": pattern, "range": range });
        self.put(calendar, json!({ "subject": subject, "recurrence": recurrence }), when)
    }

    /// Whole days have midnights of one zone.
    fn days(&mut self, calendar: usize, mut event: Value, (day, days): (i32, i32)) {
        event["isAllDay"] = json!(true);
        let minutes = i64::from(days) * 24 * 60;
        self.put(calendar, event, (day, (0, 0), minutes));
    }

    fn default(&self, person: usize) -> usize {
        let entries = self.world.microsoft.people.get(person).map(|it| &it.entries);
        entries.into_iter().flatten().find(|it| it.default).map_or(0, |it| it.calendar)
    }

    /// Changes the instance of a series on a day, or cancels it.
    fn instance(&mut self, calendar: usize, (series, day): (Key, i32), change: Option<Value>) {
        let key = series.on(self.monday.saturating_add(day.days()));
        let known = self.world.microsoft.calendars.get(calendar);
        let Some(row) = known.and_then(|calendar| find(calendar, key)) else { return };
        let event = change.and_then(|change| {
            let mut event = row.event;
            event.extend(change.as_object()?.clone());
            Some(event)
        });
        self.world.microsoft.store(calendar, key, event, self.stamp);
    }

    fn work(&mut self) {
        let lena = self.world.add_microsoft_person(LENA, "Lena Hoff", AccountKind::Work);
        let omar = self.world.add_microsoft_person(OMAR, "Omar Diaz", AccountKind::Work);
        let (home, his) = (self.default(lena), self.default(omar));
        let projects = self.world.microsoft.add_calendar(lena, "Projects");
        self.kinds(home);
        self.standups(projects);
        for (day, hour) in [(0, 9), (1, 13), (3, 10), (8, 9), (10, 15)] {
            self.put(his, json!({ "subject": "Client visit" }), (day, (hour, 0), 90));
        }
        let private = json!({ "subject": "Lawyer", "sensitivity": "private" });
        self.put(his, private, (2, (11, 0), 60));
        let jobs = self.world.microsoft.add_calendar(omar, "Jobs");
        self.put(jobs, json!({ "subject": "Roof, Mill Lane" }), (1, (8, 0), 240));
        let holidays = self.world.microsoft.add_calendar(lena, "United Kingdom holidays");
        for (day, name) in [(10, "Founders' Day"), (38, "Midwinter")] {
            self.days(holidays, json!({ "subject": name, "showAs": "free" }), (day, 1));
        }
        if let Some(calendar) = self.world.microsoft.calendars.get_mut(holidays) {
            calendar.fixed = true;
        }
        self.world.microsoft.list(lena, (his, Sharing::Read));
        self.world.microsoft.list(lena, (jobs, Sharing::Write));
    }

    /// An event of every kind that blocks differently.
    fn kinds(&mut self, home: usize) {
        let declined = json!({
            "subject": "Vendor webinar", "isOrganizer": false, "showAs": "free",
            "organizer": address("Vendor", "events@vendor.example"),
            "responseStatus": { "response": "declined", "time": "2026-01-01T00:00:00Z" },
        });
        let invited = json!({
            "subject": "Budget round", "isOrganizer": false, "showAs": "tentative",
            "organizer": address("Omar Diaz", OMAR),
            "attendees": [address("Lena Hoff", LENA)],
            "responseStatus": { "response": "notResponded", "time": "0001-01-01T00:00:00Z" },
        });
        let met = json!({
            "subject": "Kick-off", "isOnlineMeeting": true,
            "attendees": [address("Bo", "bo@client.example")],
        });
        let legacy = json!({
            "subject": "Call from an old client",
            "originalStartTimeZone": "tzone://Microsoft/Custom",
            "originalEndTimeZone": "tzone://Microsoft/Custom",
        });
        let singles = [
            (json!({ "subject": "Dentist" }), (0, (8, 30), 45)),
            (json!({ "subject": "Interview", "showAs": "tentative" }), (1, (16, 0), 60)),
            (json!({ "subject": "Travel", "showAs": "oof" }), (3, (13, 0), 300)),
            (json!({ "subject": "Home office", "showAs": "workingElsewhere" }), (4, (8, 0), 540)),
            (json!({ "subject": "Lunch, flexible", "showAs": "free" }), (2, (12, 0), 60)),
            (json!({ "subject": "Doctor", "sensitivity": "private" }), (2, (15, 0), 60)),
            (json!({ "subject": null }), (4, (18, 0), 30)),
            (declined, (2, (10, 0), 60)),
            (invited, (8, (11, 0), 60)),
            (met, (8, (14, 0), 60)),
            (legacy, (9, (9, 0), 30)),
        ];
        for (event, when) in singles {
            self.put(home, event, when);
        }
        self.days(home, json!({ "subject": "Fair", "showAs": "busy" }), (15, 2));
        self.days(home, json!({ "subject": "Bo's birthday", "showAs": "free" }), (5, 1));
    }

    /// Series of each kind; one instance moved this week, one left out next week, one renamed.
    fn standups(&mut self, projects: usize) {
        let days = weekly(&["monday", "wednesday", "friday"]);
        let weekly = self.series(projects, ("Stand-up", days), (-364, (9, 30), 15));
        let moved = self.point(wall(self.monday, 2, (10, 30)));
        let until = self.point(wall(self.monday, 2, (10, 45)));
        self.instance(projects, (weekly, 2), Some(json!({ "start": moved, "end": until })));
        self.instance(projects, (weekly, 9), None);
        self.instance(projects, (weekly, 4), Some(json!({ "subject": "Stand-up with Omar" })));
        let daily = json!({ "type": "daily", "interval": 3 });
        self.series(projects, ("Backup check", daily), (-30, (17, 0), 15));
        let monthly = json!({ "type": "relativeMonthly", "interval": 1, "index": "last",
            "daysOfWeek": ["thursday"] });
        let first = wall(self.monday, -60, (0, 0)).date().last_of_month();
        let back = i64::from(first.weekday().since(Weekday::Thursday));
        let last_thursday = first.saturating_sub(back.days());
        let day = last_thursday.since(self.monday).map_or(0, |span| span.get_days());
        self.series(projects, ("Review", monthly), (day, (14, 0), 120));
    }

    fn school(&mut self) {
        let june = self.world.add_microsoft_person(JUNE, "June Park", AccountKind::School);
        let home = self.default(june);
        let tutoring = self.world.microsoft.add_calendar(june, "Tutoring");
        self.series(home, ("Lecture", weekly(&["tuesday"])), (-27, (10, 15), 90));
        let subject = json!({ "subject": "Consultation" });
        self.put(tutoring, subject, (3, (16, 0), 45));
    }

    fn personal(&mut self) {
        let tess = self.world.add_microsoft_person(TESS, "Tess Moran", AccountKind::Personal);
        let home = self.default(tess);
        let singles = [("Gym", (0, (7, 0), 60)), ("Parents' evening", (3, (18, 30), 90))];
        for (subject, when) in singles {
            self.put(home, json!({ "subject": subject }), when);
        }
        let birthdays = self.world.microsoft.add_calendar(tess, "Birthdays");
        let yearly =
            json!({ "type": "absoluteYearly", "interval": 1, "dayOfMonth": 1, "month": 1 });
        let day = self.monday.saturating_add(6.days());
        let mut pattern = yearly;
        (pattern["month"], pattern["dayOfMonth"]) = (json!(day.month()), json!(day.day()));
        let recurrence = json!({ "pattern": pattern, "range": { "type": "noEnd" } });
        let event = json!({ "subject": "Kai's birthday", "showAs": "free",
            "recurrence": recurrence });
        self.days(birthdays, event, (6, 1));
        if let Some(calendar) = self.world.microsoft.calendars.get_mut(birthdays) {
            calendar.fixed = true;
        }
    }
}
