//! Rules, followed from the start and from near the window. What they give is held against other
//! engines in `tests/majority.rs`; here it is held against itself.

use jiff::civil::{Weekday, date, datetime};
use proptest::prelude::*;

use super::*;
use crate::recurrence::WeekdayNumber;

const STEPS_MAX: usize = 200_000;

fn walls(rule: &str, start: DateTime, from: DateTime, until: DateTime) -> Vec<DateTime> {
    Walk::new(&Rule::read(rule).unwrap(), start, from, until, STEPS_MAX).collect()
}

fn frequencies() -> impl Strategy<Value = Frequency> {
    use Frequency::{Daily, Hourly, Minutely, Monthly, Secondly, Weekly, Yearly};
    prop::sample::select(vec![Secondly, Minutely, Hourly, Daily, Weekly, Monthly, Yearly])
}

fn numbers(choices: &'static [i16]) -> impl Strategy<Value = Vec<i16>> {
    let some = prop::sample::subsequence(choices, 1..3);
    prop_oneof![4 => Just(Vec::new()), 1 => some]
}

fn rules() -> impl Strategy<Value = Rule> {
    let by_date = (
        numbers(&[1, 2, 6, 11]),
        numbers(&[-20, 1, 9, 53]),
        numbers(&[-1, 1, 60, 200]),
        numbers(&[-2, 1, 15, 31]),
    );
    let by_time =
        (numbers(&[0, 9, 23]), numbers(&[0, 30]), numbers(&[0, 59]), numbers(&[-2, -1, 1, 3]));
    let weekday =
        (prop::option::of(-2..=4_i16), 0..7_i8).prop_map(|(number, weekday)| WeekdayNumber {
            number: number.filter(|number| *number != 0),
            weekday: Weekday::from_monday_zero_offset(weekday).unwrap(),
        });
    let weekdays = prop::collection::vec(weekday, 0..3);
    (frequencies(), 1..5_i64, 0..7_i8, by_date, by_time, weekdays).prop_map(
        |(frequency, interval, week_start, by_date, by_time, weekdays)| Rule {
            interval,
            week_start: Weekday::from_monday_zero_offset(week_start).unwrap(),
            months: by_date.0,
            weeks: by_date.1,
            year_days: by_date.2,
            month_days: by_date.3,
            hours: by_time.0,
            minutes: by_time.1,
            seconds: by_time.2,
            positions: by_time.3,
            weekdays,
            ..Rule::read(&format!("FREQ={}", format!("{frequency:?}").to_uppercase())).unwrap()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_walk_from_near_the_window_finds_what_a_walk_from_the_start_finds(
        rule in rules(), day in 1..28_i8, months_later in 0..30_i32, length in 1..60_i32,
    ) {
        let start = datetime(2021, 3, day, 9, 30, 0, 0);
        let from = start.saturating_add(jiff::Span::new().months(months_later));
        let until = from.saturating_add(jiff::Span::new().days(length));
        let mut near = Walk::new(&rule, start, from, until, 20_000);
        let mut all = Walk::new(&rule, start, start, until, 60_000);
        let (found, expected): (Vec<_>, Vec<_>) =
            (near.by_ref().collect(), all.by_ref().filter(|wall| *wall >= from).collect());
        prop_assert!(found.is_sorted());
        prop_assert!(found.iter().all(|wall| (from..=until).contains(wall)));
        if !near.was_cut_short() && !all.was_cut_short() {
            prop_assert_eq!(found, expected);
        } else {
            let both = found.len().min(expected.len());
            prop_assert_eq!(&found[..both], &expected[..both]);
        }
    }
}

#[test]
fn a_rule_from_1970_costs_what_one_from_last_week_costs() {
    let window = (datetime(2026, 11, 1, 0, 0, 0, 0), datetime(2027, 12, 6, 0, 0, 0, 0));
    for rule in [
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=HOURLY;INTERVAL=5",
    ] {
        let rule = Rule::read(rule).unwrap();
        let steps = |start: DateTime| {
            let mut walk = Walk::new(&rule, start, window.0, window.1, STEPS_MAX);
            assert!(walk.by_ref().count() > 10);
            STEPS_MAX - walk.steps_left
        };
        let (old, new) =
            (steps(datetime(1970, 1, 5, 9, 0, 0, 0)), steps(datetime(2026, 10, 26, 9, 0, 0, 0)));
        assert!(old.abs_diff(new) < 10, "{rule:?}: {old} steps, {new} steps");
    }
}

#[test]
fn a_filter_far_below_the_day_is_jumped_to() {
    let start = datetime(2026, 1, 1, 9, 0, 0, 0);
    let until = datetime(2036, 1, 1, 0, 0, 0, 0);
    let found = walls(
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=9;BYMINUTE=0;BYSECOND=0",
        start,
        start,
        until,
    );
    assert_eq!(found, [datetime(2028, 2, 29, 9, 0, 0, 0), datetime(2032, 2, 29, 9, 0, 0, 0)]);
}

#[test]
fn bombs_stop_at_the_limit_and_say_so() {
    let start = datetime(1970, 1, 1, 0, 0, 0, 0);
    let everything = "FREQ=YEARLY;BYMONTH=1,2,3;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=0,1,2,3,4,\
        5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23;\
        BYMINUTE=0,1,2,3,4,5;BYSECOND=0,1,2,3,4,5,6,7,8,9";
    for rule in [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=999999999",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;COUNT=4294967295;BYMONTHDAY=31;BYMONTH=2",
        everything,
    ] {
        let rule = Rule::read(rule).unwrap();
        let mut walk = Walk::new(&rule, start, start, DateTime::MAX, 50_000);
        assert!(walk.by_ref().count() <= 50_000);
        assert!(walk.was_cut_short(), "{rule:?}");
    }
}

#[test]
fn the_ends_of_the_calendar_end_a_walk() {
    let start = datetime(9999, 12, 1, 9, 0, 0, 0);
    for (rule, count) in [
        // Instants end on 30 December 9999, and walks with them.
        ("FREQ=DAILY", 30),
        ("FREQ=WEEKLY", 5),
        ("FREQ=WEEKLY;BYDAY=SU,MO", 8),
        ("FREQ=MONTHLY", 1),
        ("FREQ=YEARLY;BYWEEKNO=1", 0),
        ("FREQ=YEARLY;INTERVAL=4294967295", 1),
        ("FREQ=DAILY;INTERVAL=4294967295", 1),
        ("FREQ=HOURLY;INTERVAL=4294967295", 1),
    ] {
        assert_eq!(walls(rule, start, start, DateTime::MAX).len(), count, "{rule}");
    }
    let first = date(-9999, 1, 1).at(0, 0, 0, 0);
    assert_eq!(walls("FREQ=WEEKLY;COUNT=3;WKST=SU", first, first, DateTime::MAX).len(), 3);
}

#[test]
fn half_understood_rules_are_not_understood() {
    for rule in [
        "",
        "FREQ",
        "FREQ=",
        "FREQ=OFTEN",
        "COUNT=3",
        "FREQ=DAILY;COUNT=many",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;UNTIL=tomorrow",
        "FREQ=DAILY;UNTL=20270101",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=0MO",
        "FREQ=WEEKLY;BYDAY=99MO",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=YEARLY;BYMONTH=5L",
        "FREQ=DAILY;BYHOUR=24",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=-32",
        "FREQ=YEARLY;BYMONTHDAY=",
        "FREQ=DAILY;SKIP=FORWARD",
        "RSCALE=CHINESE;FREQ=YEARLY",
        "FREQ=MONTHLY;BYSETPOS=0",
        "FREQ=WEEKLY;BYDAY=-é",
        "FREQ=WEEKLY;WKST=8",
    ] {
        assert!(Rule::read(rule).is_err(), "{rule}");
    }
}

#[test]
fn sloppy_rules_are_understood() {
    let strict = Rule::read("FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,-1TU").unwrap();
    for sloppy in [
        "freq=weekly;byday=mo,-1tu",
        " BYDAY= MO, -1TU ;FREQ=WEEKLY; ;INTERVAL=0",
        "FREQ=WEEKLY;COUNT=-1;BYDAY=MO,-1TU;",
        "FREQ=WEEKLY;X-NOTE=1;RSCALE=gregorian;SKIP=OMIT;BYDAY=MO,-1TU",
    ] {
        assert_eq!(Rule::read(sloppy), Ok(strict.clone()), "{sloppy}");
    }
}
