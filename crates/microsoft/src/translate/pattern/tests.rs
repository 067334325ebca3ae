//! Both ways, and what goes neither way.

use jiff::civil::date;

use super::*;

fn read(rule: &str) -> Rule {
    let text = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20270115T090000Z\r\nRRULE:{rule}\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    let reading = calendar::read(&text).unwrap();
    reading.events[0].master.as_ref().unwrap().recurrence.rules[0].clone()
}

fn days(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn plain(kind: &str) -> Pattern {
    Pattern { kind: kind.into(), interval: 1, ..Pattern::default() }
}

/// What both sides say, both ways.
#[test]
fn patterns_and_rules_say_the_same() {
    let weekly = |list: &[&str], first: &str| Pattern {
        days_of_week: days(list),
        first_day_of_week: first.into(),
        ..plain("weekly")
    };
    let relative = |kind, index: &str, list: &[&str]| Pattern {
        index: index.into(),
        days_of_week: days(list),
        ..plain(kind)
    };
    let monthly = |day_of_month| Pattern { day_of_month, ..plain("absoluteMonthly") };
    let yearly = |month, day_of_month| Pattern { month, day_of_month, ..plain("absoluteYearly") };
    for (rule, pattern) in [
        ("FREQ=DAILY;INTERVAL=1", plain("daily")),
        ("FREQ=DAILY;INTERVAL=3", Pattern { interval: 3, ..plain("daily") }),
        ("FREQ=WEEKLY;INTERVAL=1;WKST=MO;BYDAY=FR", weekly(&["friday"], "monday")),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE",
            Pattern { interval: 2, ..weekly(&["monday", "wednesday"], "sunday") },
        ),
        ("FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=15", monthly(15)),
        ("FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=-1", monthly(31)),
        ("FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=28,29;BYSETPOS=-1", monthly(29)),
        ("FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=28,29,30;BYSETPOS=-1", monthly(30)),
        (
            "FREQ=MONTHLY;INTERVAL=1;BYDAY=TU;BYSETPOS=2",
            relative("relativeMonthly", "second", &["tuesday"]),
        ),
        (
            "FREQ=MONTHLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            relative(
                "relativeMonthly",
                "last",
                &["monday", "tuesday", "wednesday", "thursday", "friday"],
            ),
        ),
        ("FREQ=YEARLY;INTERVAL=1;BYMONTH=6;BYMONTHDAY=9", yearly(6, 9)),
        ("FREQ=YEARLY;INTERVAL=1;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1", yearly(2, 29)),
        (
            "FREQ=YEARLY;INTERVAL=1;BYMONTH=3;BYDAY=SU;BYSETPOS=-1",
            Pattern { month: 3, ..relative("relativeYearly", "last", &["sunday"]) },
        ),
    ] {
        assert_eq!(super::rule(&pattern).as_deref(), Some(rule));
        assert_eq!(super::pattern(&read(rule), date(2027, 1, 15)), Ok(pattern), "{rule}");
    }
}

/// Other ways to say what Graph says in one.
#[test]
fn rules_that_leave_out_what_the_start_says() {
    for (rule, said) in [
        ("FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=1;WKST=MO;BYDAY=FR"),
        ("FREQ=DAILY;BYDAY=MO,TU", "FREQ=WEEKLY;INTERVAL=1;WKST=MO;BYDAY=MO,TU"),
        ("FREQ=MONTHLY", "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=15"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;INTERVAL=1;BYDAY=FR;BYSETPOS=-1"),
        ("FREQ=YEARLY", "FREQ=YEARLY;INTERVAL=1;BYMONTH=1;BYMONTHDAY=15"),
        ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=31", "FREQ=YEARLY;INTERVAL=1;BYMONTH=1;BYMONTHDAY=-1"),
        ("FREQ=YEARLY;BYMONTH=5;BYDAY=2SU", "FREQ=YEARLY;INTERVAL=1;BYMONTH=5;BYDAY=SU;BYSETPOS=2"),
    ] {
        let pattern = pattern(&read(rule), date(2027, 1, 15)).unwrap();
        assert_eq!(super::rule(&pattern).as_deref(), Some(said), "{rule}");
    }
}

#[test]
fn what_outlook_would_understand_differently_is_refused() {
    for rule in [
        "FREQ=HOURLY",
        "FREQ=MINUTELY;INTERVAL=30",
        "FREQ=DAILY;BYHOUR=9,17",
        "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
        "FREQ=DAILY;BYMONTH=1",
        "FREQ=WEEKLY;BYMONTH=1",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "FREQ=MONTHLY;BYMONTHDAY=-2",
        "FREQ=MONTHLY;BYDAY=FR",
        "FREQ=MONTHLY;BYDAY=5FR",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1,-1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=YEARLY;BYMONTH=1,7",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYWEEKNO=20",
        "FREQ=YEARLY;BYYEARDAY=100",
    ] {
        assert!(pattern(&read(rule), date(2027, 1, 15)).is_err(), "{rule}");
    }
    let leap = pattern(&read("FREQ=YEARLY"), date(2028, 2, 29));
    assert!(leap.is_err(), "a rule skips the years without that day");
    let long = pattern(&read("FREQ=MONTHLY"), date(2027, 1, 31));
    assert!(long.is_err(), "a rule skips the months without that day");
}

#[test]
fn a_pattern_that_nobody_knows_is_no_rule() {
    for pattern in [
        plain("hourly"),
        plain("weekly"),
        plain("absoluteMonthly"),
        Pattern { day_of_month: 32, ..plain("absoluteMonthly") },
        Pattern { day_of_month: 1, month: 13, ..plain("absoluteYearly") },
        Pattern { days_of_week: days(&["funday"]), ..plain("weekly") },
        Pattern {
            index: "fifth".into(),
            days_of_week: days(&["monday"]),
            ..plain("relativeMonthly")
        },
    ] {
        assert_eq!(rule(&pattern), None, "{pattern:?}");
    }
}
