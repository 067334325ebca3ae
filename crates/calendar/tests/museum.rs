//! Bugs of other calendar programs that this one must not have, as people saw them.
#![cfg(test)]

use std::collections::BTreeMap;
use std::process::Command;

use calendar::{
    Horizon, Interval, IntervalSet, Owner, ProblemCode, Reading, Switches, busy_kind, expand, read,
    timezone,
};
use jiff::civil::{Date, Time, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

const GOLDEN: &str = include_str!("fixtures/golden.ics");

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn horizon(from: &str, until: &str) -> Horizon {
    Horizon::new(at(from), at(until)).unwrap()
}

fn interval(start: &str, end: &str) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

fn zone(name: &str) -> TimeZone {
    timezone::named(name).unwrap()
}

fn event(lines: &str) -> Reading {
    read(&format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n"))
        .unwrap()
}

/// What blocks in a calendar of this zone.
fn busy(reading: &Reading, horizon: Horizon, local: &TimeZone) -> IntervalSet {
    let switches = Switches { counts_as_busy: true, all_day_is_busy: false };
    let mut busy = Vec::new();
    for event in &reading.events {
        let expansion = expand(event, horizon, local);
        busy.extend(expansion.occurrences.iter().filter_map(|occurrence| {
            let blocking = occurrence.blocking(&Owner::nobody());
            busy_kind(blocking, occurrence.all_day, switches).and(occurrence.interval())
        }));
    }
    busy.into_iter().collect()
}

#[test]
fn museum_05_a_weekly_meeting_created_years_ago_blocks_today() {
    let today = horizon("2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z");
    for years in 1..=15_i16 {
        let start = date(2026 - years, 3, 2);
        let start =
            (0..7).map(|day| start + day.days()).find(|day| day.weekday() == Weekday::Monday);
        let start = start.unwrap().strftime("%Y%m%d");
        for end in ["", ";UNTIL=20301231T000000Z", ";COUNT=2000", ";UNTIL=20301231"] {
            let reading = event(&format!(
                "DTSTART;TZID=Europe/Berlin:{start}T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY{end}"
            ));
            let expected = interval("2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z");
            assert_eq!(busy(&reading, today, &TimeZone::UTC), expected.into(), "{start}{end}");
        }
    }
}

#[test]
fn museum_09_a_vacation_that_began_yesterday_still_blocks() {
    let berlin = zone("Europe/Berlin");
    let today = horizon("2026-11-22T12:00:00Z", "2026-11-23T12:00:00Z");
    let timed = event("DTSTART:20261115T080000Z\nDTEND:20261129T080000Z");
    let whole_days = event("DTSTART;VALUE=DATE:20261115\nDTEND;VALUE=DATE:20261129");
    let yearly = event("DTSTART;VALUE=DATE:20191115\nDURATION:P14D\nRRULE:FREQ=YEARLY");
    for vacation in [timed, whole_days, yearly] {
        let busy = busy(&vacation, today, &berlin);
        assert!(busy.as_slice()[0].start() < today.from && today.until < busy.as_slice()[0].end());
    }
    let moved_away = event("DTSTART:20281115T080000Z\nDTEND:20281129T080000Z");
    assert!(busy(&moved_away, today, &berlin).is_empty());
}

#[test]
fn museum_10_an_event_beyond_the_horizon_appears_when_the_horizon_slides() {
    let start = at("2027-12-28T09:00:00Z");
    for lines in [
        "DTSTART:20271228T090000Z\nDURATION:PT1H",
        "DTSTART:20201228T090000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY",
    ] {
        let reading = event(lines);
        let blocks = |until: Timestamp| {
            let horizon = Horizon::new(at("2027-06-01T00:00:00Z"), until).unwrap();
            busy(&reading, horizon, &TimeZone::UTC).contains(start)
        };
        assert!(!blocks(start - SignedDuration::from_hours(24)));
        assert!(!blocks(start));
        assert!(blocks(start + SignedDuration::from_hours(24)));
    }
}

/// Thirty zones with offsets from -11 to +14, halves and quarters among them.
const ZONES: [&str; 30] = [
    "Pacific/Kiritimati",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Auckland",
    "Pacific/Fiji",
    "Pacific/Norfolk",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Australia/Darwin",
    "Asia/Tokyo",
    "Australia/Eucla",
    "Asia/Shanghai",
    "Asia/Bangkok",
    "Asia/Yangon",
    "Asia/Dhaka",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Kabul",
    "Asia/Tehran",
    "Europe/Moscow",
    "Asia/Beirut",
    "Africa/Cairo",
    "Europe/Berlin",
    "Europe/London",
    "Atlantic/Azores",
    "America/St_Johns",
    "America/New_York",
    "America/Santiago",
    "Pacific/Marquesas",
    "Pacific/Pago_Pago",
];

fn midnight(day: Date, zone: &TimeZone) -> Timestamp {
    zone.to_ambiguous_zoned(day.to_datetime(Time::midnight())).compatible().unwrap().timestamp()
}

#[test]
fn museum_11_an_all_day_event_blocks_its_local_days_exactly() {
    let mut lengths: BTreeMap<i64, usize> = BTreeMap::new();
    for name in ZONES {
        let zone = zone(name);
        let first = date(2026, 1, 1);
        for n in 0..365 {
            let (day, next) = (first + n.days(), first + (n + 1).days());
            let (start, end) = (midnight(day, &zone), midnight(next, &zone));
            let reading = event(&format!("DTSTART;VALUE=DATE:{}", day.strftime("%Y%m%d")));
            let around = Horizon::new(
                start - SignedDuration::from_hours(99),
                end + SignedDuration::from_hours(99),
            );
            let busy = busy(&reading, around.unwrap(), &zone);
            assert_eq!(busy, Interval::new(start, end).unwrap().into(), "{name} {day}");
            *lengths.entry(end.duration_since(start).as_mins()).or_default() += 1;
        }
    }
    let of = |minutes| lengths.get(&minutes).copied().unwrap_or(0);
    assert!(of(23 * 60) >= 10 && of(25 * 60) >= 10, "days of 23 and 25 hours: {lengths:?}");
    assert_eq!((of(1410), of(1470)), (1, 1), "Lord Howe moves its clocks by half an hour");
}

#[test]
fn museum_11_midnight_to_midnight_and_several_days_end_where_they_say() {
    let kathmandu = zone("Asia/Kathmandu");
    let year = horizon("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let expected: IntervalSet = interval("2026-05-01T18:15:00Z", "2026-05-04T18:15:00Z").into();
    for lines in [
        "DTSTART;VALUE=DATE:20260502\nDTEND;VALUE=DATE:20260505",
        "DTSTART:20260502\nDURATION:P3D",
        "DTSTART;TZID=Asia/Kathmandu:20260502T000000\nDTEND;TZID=Asia/Kathmandu:20260505T000000",
        "DTSTART;TZID=Asia/Kathmandu:20260502T000000\nDURATION:P3D\n\
         X-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
    ] {
        assert_eq!(busy(&event(lines), year, &kathmandu), expected, "{lines}");
    }
}

/// The golden calendar in Berlin, one line for each occurrence.
fn golden_lines(text: &str) -> BTreeMap<String, Vec<String>> {
    let horizon = horizon("2026-11-22T00:00:00Z", "2027-01-03T00:00:00Z");
    let berlin = zone("Europe/Berlin");
    let owner = Owner::new(["dana@golden.example"]);
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in read(text).unwrap().events {
        let expansion = expand(&event, horizon, &berlin);
        let uid = if event.uid.is_empty() { "none".to_owned() } else { event.uid.clone() };
        lines.entry(uid).or_default().extend(expansion.occurrences.iter().map(|occurrence| {
            let title = occurrence.component.title.as_deref().unwrap_or("-");
            let blocking = occurrence.blocking(&owner).as_str();
            format!("{} {} {title} {blocking}", occurrence.start, occurrence.end)
        }));
    }
    lines
}

#[test]
fn the_golden_calendar_expands_as_it_is_written() {
    let lines = golden_lines(GOLDEN);
    let few: Vec<_> = lines
        .iter()
        .flat_map(|(uid, lines)| lines.iter().take(5).map(move |line| format!("{uid}: {line}")))
        .collect();
    insta::assert_snapshot!(few.join("\n"), @r"
    floating: 2026-12-03T17:00:00Z 2026-12-03T18:00:00Z Dinner free
    free-busy: 2026-12-10T08:00:00Z 2026-12-10T12:00:00Z - unavailable
    free-busy: 2026-12-11T08:00:00Z 2026-12-11T09:30:00Z - unavailable
    holiday: 2026-12-23T23:00:00Z 2026-12-26T23:00:00Z Closed busy
    instant: 2026-11-30T22:00:00Z 2026-12-01T02:00:00Z Release night declined
    instant: 2026-12-15T22:00:00Z 2026-12-16T02:00:00Z Release night declined
    outlook: 2026-12-08T09:00:00Z 2026-12-08T10:30:00Z Board unavailable
    standup: 2026-11-23T08:15:00Z 2026-11-23T08:30:00Z Stand-up, short busy
    standup: 2026-11-25T08:15:00Z 2026-11-25T08:30:00Z Stand-up, short busy
    standup: 2026-11-27T08:15:00Z 2026-11-27T08:30:00Z Stand-up, short busy
    standup: 2026-11-30T08:15:00Z 2026-11-30T08:30:00Z Stand-up, short busy
    standup: 2026-12-08T13:00:00Z 2026-12-08T13:30:00Z Stand-up, moved busy
    ");
}

#[test]
fn museum_12_times_do_not_depend_on_the_zone_of_the_server() {
    let this_test = std::env::current_exe().unwrap();
    for server_zone in
        ["UTC", "Asia/Tokyo", "America/St_Johns", "Asia/Kathmandu", "EST5EDT", "/nowhere"]
    {
        let run = Command::new(&this_test)
            .args(["--exact", "the_golden_calendar_expands_as_it_is_written"])
            .env("TZ", server_zone)
            .env("INSTA_UPDATE", "no")
            .output()
            .unwrap();
        assert!(run.status.success(), "with TZ={server_zone}");
        assert!(String::from_utf8_lossy(&run.stdout).contains("1 passed"), "the test has run");
    }
}

#[test]
fn museum_14_a_zone_is_the_right_one_or_the_event_is_flagged() {
    let day = horizon("2027-07-01T00:00:00Z", "2027-07-02T00:00:00Z");
    let start = |tzid: &str, definition: &str| {
        let text = format!(
            "BEGIN:VCALENDAR\n{definition}BEGIN:VEVENT\nUID:u\n\
             DTSTART;TZID={tzid}:20270701T090000\n\
             DURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        let reading = read(&text).unwrap();
        let codes: Vec<_> = reading.problems.iter().map(|problem| problem.code).collect();
        let busy = busy(&reading, day, &zone("America/Denver"));
        (busy.as_slice()[0].start().to_string(), codes)
    };
    let definition = |tzid: &str, offset: &str| {
        format!(
            "BEGIN:VTIMEZONE\nTZID:{tzid}\nBEGIN:STANDARD\nDTSTART:19700101T000000\n\
             TZOFFSETFROM:{offset}\nTZOFFSETTO:{offset}\nEND:STANDARD\nEND:VTIMEZONE\n"
        )
    };
    let fine = |hour: &str| (format!("2027-07-01T{hour}:00:00Z"), vec![]);
    let missing = start("W. Europe Standard Time", "");
    assert_eq!(missing, fine("07"));
    let contradictory = definition("Europe/Berlin", "-0800");
    assert_eq!(start("Europe/Berlin", &contradictory), fine("07"));
    let custom = definition("Customized Time Zone", "+0300");
    assert_eq!(start("Customized Time Zone", &custom), fine("06"));
    let twice = definition("Mine", "nonsense") + &definition("Mine", "+0200");
    assert_eq!(start("Mine", &twice), fine("07"));
    for (tzid, definition) in [
        ("Customized Time Zone", String::new()),
        ("Mine", definition("Mine", "nonsense")),
        ("Mine", "BEGIN:VTIMEZONE\nTZID:Mine\nEND:VTIMEZONE\n".to_owned()),
    ] {
        // In the calendar's own zone (Denver, -06:00 in July), and said so.
        let flagged = ("2027-07-01T15:00:00Z".to_owned(), vec![ProblemCode::UnknownZone]);
        assert_eq!(start(tzid, &definition), flagged);
    }
}

/// For each line of the golden calendar, the UID of the component that it belongs to.
fn owners_of_lines() -> Vec<Option<String>> {
    let lines: Vec<_> = GOLDEN.lines().collect();
    let mut owners = vec![None; lines.len()];
    let mut begin = 0;
    for (n, line) in lines.iter().enumerate() {
        if line.starts_with("BEGIN:VEVENT") || line.starts_with("BEGIN:VFREEBUSY") {
            begin = n;
        }
        if line.starts_with("END:VEVENT") || line.starts_with("END:VFREEBUSY") {
            let uid = lines[begin..n].iter().find_map(|line| line.strip_prefix("UID:"));
            owners[begin..=n].fill(uid.map(str::to_owned));
        }
        if line.starts_with("END:VTIMEZONE") {
            // Only this one lives by the definition.
            owners[begin.max(8)..=n].fill(Some("outlook".to_owned()));
        }
    }
    owners
}

#[test]
fn museum_15_one_odd_line_costs_no_other_event() {
    let golden = golden_lines(GOLDEN);
    let owners = owners_of_lines();
    let lines: Vec<_> = GOLDEN.lines().collect();
    let mutations: [fn(&str) -> String; 8] = [
        |_| String::new(),
        |line| format!("X{line}"),
        |line| format!("{line}\0\u{fffd}"),
        |line| line.split(':').next().unwrap_or_default().to_owned(),
        |line| line.chars().take(line.chars().count() / 2).collect(),
        |line| line.replace(':', ""),
        |line| line.replace(|c: char| c.is_ascii_digit(), "9"),
        |line| format!("{line}\r\n{line}"),
    ];
    for (n, owner) in owners.iter().enumerate() {
        for (m, mutate) in mutations.iter().enumerate() {
            let mut mutated: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
            mutated[n] = mutate(lines[n]);
            let found = golden_lines(&mutated.join("\r\n"));
            for (uid, expected) in golden.iter().filter(|(uid, _)| Some(*uid) != owner.as_ref()) {
                let kept =
                    found.get(uid).is_some_and(|lines| expected.iter().all(|l| lines.contains(l)));
                assert!(kept, "{uid} is hurt by line {n} {:?}, mutation {m}", mutated[n]);
            }
        }
    }
}

#[test]
fn museum_15_what_is_odd_is_listed_and_still_blocks_where_it_can() {
    for (line, broken, code, still_blocks) in [
        ("DTSTART;TZID=Europe/Berlin:20260907T091500", "DTSTART:soon", ProblemCode::NoStart, false),
        ("DTEND;TZID=Europe/Berlin:20260907T093000", "DTEND:late", ProblemCode::BadEnd, true),
        (
            "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR",
            "RRULE:FREQ=WEEKLY;BYDAY=MOON",
            ProblemCode::BadRule,
            true,
        ),
        (
            "EXDATE;TZID=Europe/Berlin:20261202T091500",
            "EXDATE:20269999T091500Z",
            ProblemCode::BadDate,
            true,
        ),
        (
            "DTSTART;TZID=Customized Time Zone:",
            "DTSTART;TZID=Nowhere:",
            ProblemCode::UnknownZone,
            true,
        ),
        ("BEGIN:VEVENT\r\nUID:holiday", "UID:holiday", ProblemCode::Damaged, true),
        (
            "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:holiday",
            "BEGIN:VEVENT\r\nUID:holiday",
            ProblemCode::Damaged,
            true,
        ),
    ] {
        assert!(GOLDEN.contains(line), "{line}");
        let reading = read(&GOLDEN.replacen(line, broken, 1)).unwrap();
        assert_eq!(reading.problems.len(), 1, "{broken}: {:?}", reading.problems);
        assert_eq!(reading.problems[0].code, code, "{broken}");
        let uid = reading.problems[0].uid.as_deref().unwrap();
        let event = reading.events.iter().find(|event| event.uid == uid).unwrap();
        assert_eq!(event.master.is_some(), still_blocks, "{broken}");
    }
}

#[test]
fn museum_16_recurring_events_land_on_their_own_days_far_from_greenwich() {
    let horizon = horizon("2026-01-01T00:00:00Z", "2027-01-03T00:00:00Z");
    for (name, hour) in
        [("America/Los_Angeles", 20), ("Pacific/Auckland", 6), ("Pacific/Kiritimati", 1)]
    {
        let zone = zone(name);
        let days = |rule: &str| -> Vec<Date> {
            let reading = event(&format!(
                "DTSTART;TZID={name}:20260102T{hour:02}0000\nDURATION:PT1H\nRRULE:{rule}"
            ));
            let expansion = expand(&reading.events[0], horizon, &TimeZone::UTC);
            let local = expansion.occurrences.iter().map(|found| zone.to_datetime(found.start));
            local
                .inspect(|local| assert_eq!(local.hour(), hour, "{name} {rule}"))
                .map(jiff::civil::DateTime::date)
                .filter(|day| day.year() == 2026)
                .collect()
        };
        let all = || (0..365).map(|n| date(2026, 1, 1) + n.days());
        let is_last_friday = |day: &Date| {
            day.weekday() == Weekday::Friday && day.month() != (*day + 7.days()).month()
        };
        // DTSTART, 2 January, is a Friday and always the first.
        let with_start = |days: Vec<Date>| {
            let start = date(2026, 1, 2);
            let after = days.into_iter().filter(move |day| *day > start);
            std::iter::once(start).chain(after).collect::<Vec<_>>()
        };
        assert_eq!(
            days("FREQ=MONTHLY;BYDAY=-1FR"),
            with_start(all().filter(is_last_friday).collect())
        );
        assert_eq!(
            days("FREQ=MONTHLY;BYMONTHDAY=-1"),
            with_start(all().filter(|d| d.tomorrow().unwrap().day() == 1).collect())
        );
        let weekdays = [Weekday::Monday, Weekday::Sunday];
        assert_eq!(
            days("FREQ=WEEKLY;BYDAY=MO,SU"),
            with_start(all().filter(|d| weekdays.contains(&d.weekday())).collect())
        );
    }
}
