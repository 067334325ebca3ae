//! What the seeded people have in their calendars, one line an event; days count from Monday of
//! this week.

use std::borrow::Cow;

use jiff::civil::{Date, Weekday, date};

use super::sketch::{Length, Sketch, at, days};

const FREE: &[&str] = &["TRANSP:TRANSPARENT"];

pub(super) const HOME: &[Sketch] = &[
    at(-1092, (18, 30), 75, "Climbing").with(&["RRULE:FREQ=WEEKLY;BYDAY=MO,TH"]),
    at(0, (7, 30), 45, "Run by the river"),
    at(1, (17, 0), 30, "Dentist").with(&["CLASS:PRIVATE", "LOCATION:Market Street 22"]),
    at(2, (8, 0), 240, "Parcel between 8 and 12").with(FREE),
    at(3, (20, 0), 120, "Book club").with(&["RRULE:FREQ=WEEKLY;INTERVAL=4"]),
    at(4, (19, 0), 150, "Dinner with Priya"),
    at(5, (10, 0), 90, "Flea market").with(&["STATUS:TENTATIVE"]),
    at(6, (15, 0), 60, "Call with Mum").lasting(Length::Abroad(60, "America/New_York")),
    at(-60, (8, 0), 10, "Take tablets")
        .lasting(Length::Floating(10))
        .with(&["RRULE:FREQ=DAILY", "TRANSP:TRANSPARENT"]),
    days(3, 1, "Priya's birthday").with(&["RRULE:FREQ=YEARLY", "TRANSP:TRANSPARENT"]),
    days(19, 9, "Holiday in the mountains"),
    at(12, (6, 40), 130, "Flight to Lisbon").with(&["LOCATION:Airport, gate B"]),
    at(14, (21, 15), 165, "Flight home"),
    at(9, (18, 0), 60, "Physiotherapy").with(&["RRULE:FREQ=WEEKLY;COUNT=6", "CLASS:PRIVATE"]),
];

pub(super) const WORK: &[Sketch] = &[
    at(1, (11, 0), 60, "Supplier call").with(&["DESCRIPTION:Prices for copper and valves"]),
    at(2, (13, 0), 60, "Lunch with the team"),
    at(3, (14, 0), 90, "Quarter review").with(&["TRANSP:OPAQUE", "PRIORITY:5"]),
    at(-350, (16, 0), 45, "One to one with Sam").with(&["RRULE:FREQ=WEEKLY;INTERVAL=2"]),
    at(4, (11, 30), 60, "Sales webinar").with(&[
        "ORGANIZER;CN=Events:mailto:events@vendor.example",
        "ATTENDEE;CN=Dana Reyes;PARTSTAT=DECLINED:mailto:dana.reyes@icloud.example",
    ]),
    at(4, (15, 0), 60, "Site visit").with(&["STATUS:CANCELLED"]),
    at(8, (9, 0), 480, "Safety training").with(&[
        "STATUS:TENTATIVE",
        "ORGANIZER;CN=Sam Okafor:mailto:sam.okafor@icloud.example",
        "ATTENDEE;CN=Dana Reyes;PARTSTAT=TENTATIVE:mailto:dana@northwind.example",
    ]),
    days(10, 2, "Trade fair").with(&["TRANSP:OPAQUE", "LOCATION:Exhibition centre"]),
    days(16, 1, "Stocktaking").with(FREE),
    at(4, (17, 0), 30, "Invoices").with(&["RRULE:FREQ=MONTHLY"]),
];

pub(super) const FAMILY: &[Sketch] = &[
    at(-202, (16, 30), 60, "Swimming lesson").with(&["RRULE:FREQ=WEEKLY;BYDAY=TU"]),
    at(4, (18, 0), 120, "School play").with(&["LOCATION:Assembly hall"]),
    at(5, (12, 30), 150, "Grandma's birthday lunch"),
    at(6, (10, 0), 120, "Football match"),
    at(11, (17, 30), 45, "Piano recital"),
    days(26, 3, "Weekend at the lake"),
    at(3, (15, 30), 30, "Pick up from school"),
];

pub(super) const SCHOOL: &[Sketch] = &[
    at(2, (19, 0), 90, "Parents' evening"),
    days(14, 5, "Half-term break").with(FREE),
    days(4, 1, "Teacher training day, no lessons").with(FREE),
    at(23, (9, 0), 240, "Sports day"),
];

pub(super) const SAMS_HOME: &[Sketch] = &[
    at(-399, (6, 30), 45, "Gym").with(&["RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR"]),
    at(2, (18, 30), 90, "Choir").with(&["RRULE:FREQ=WEEKLY;COUNT=20"]),
    at(4, (16, 30), 60, "Car inspection"),
    days(20, 5, "Visit to Lagos"),
];

pub(super) const NOORS_PERSONAL: &[Sketch] = &[
    at(1, (19, 0), 90, "Pottery class").with(&["RRULE:FREQ=WEEKLY;BYDAY=TU"]),
    at(3, (12, 0), 60, "Lunch with Ines"),
    at(5, (20, 0), 180, "Concert"),
    days(8, 4, "Conference in Ghent"),
];

pub(super) const NOORS_ROTA: &[Sketch] = &[
    at(-28, (6, 0), 480, "Early shift").with(&["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE"]),
    at(-18, (22, 0), 480, "Night shift").with(&["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH,FR"]),
    at(13, (14, 0), 480, "Late shift"),
];

pub(super) const ROSTER: &[Sketch] = &[
    at(-70, (7, 0), 480, "Early: Dana").with(&["RRULE:FREQ=WEEKLY;BYDAY=MO,WE"]),
    at(-69, (9, 0), 480, "Office: Sam").with(&["RRULE:FREQ=WEEKLY;BYDAY=TU,TH"]),
    at(4, (7, 0), 480, "Early: Sam"),
    at(5, (8, 0), 360, "On call: Dana"),
    at(12, (8, 0), 360, "On call: Sam"),
    days(21, 5, "Sam away"),
    at(18, (7, 0), 300, "Early: Dana (short)"),
];

/// Holidays with a fixed date, this year and next, as days from this week's Monday.
pub(super) fn holidays(monday: Date) -> Vec<Sketch> {
    const FIXED: [(i8, i8, &str); 6] = [
        (1, 1, "New Year's Day"),
        (5, 1, "Labour Day"),
        (10, 3, "National Day"),
        (12, 24, "Christmas Eve"),
        (12, 25, "Christmas Day"),
        (12, 26, "Second Day of Christmas"),
    ];
    let day_of = |on: Date| monday.until(on).ok().map(|span| span.get_days()).unwrap_or_default();
    let mut found = Vec::new();
    for year in monday.year()..=monday.year().saturating_add(1) {
        for (month, day, name) in FIXED {
            let holiday = days(day_of(date(year, month, day)), 1, name).with(FREE);
            found.push(holiday);
        }
        let november = date(year, 11, 1);
        if let Ok(fourth) = november.nth_weekday_of_month(4, Weekday::Thursday) {
            let mut thanks = days(day_of(fourth), 1, "").with(FREE);
            thanks.summary = Cow::Borrowed("Thanksgiving");
            found.push(thanks);
        }
    }
    found
}
