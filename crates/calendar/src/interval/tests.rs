//! The algebra of intervals, held against a bitmap of seconds.

use proptest::prelude::*;

use super::*;

const SECONDS: usize = 96;

fn at(second: usize) -> Timestamp {
    Timestamp::from_second(i64::try_from(second).unwrap()).unwrap()
}

fn interval(start: usize, end: usize) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

fn bitmap(set: &IntervalSet) -> Vec<bool> {
    (0..SECONDS).map(|second| set.contains(at(second))).collect()
}

fn is_well_formed(set: &IntervalSet) -> bool {
    set.as_slice().windows(2).all(|pair| pair[0].end() < pair[1].start())
}

fn sets() -> impl Strategy<Value = IntervalSet> {
    let pairs = prop::collection::vec((0..SECONDS, 1..12_usize), 0..12);
    pairs.prop_map(|pairs| {
        let ends = pairs.into_iter().map(|(start, length)| (start, (start + length).min(SECONDS)));
        ends.map(|(start, end)| interval(start, end)).collect()
    })
}

fn each(a: &[bool], b: &[bool], rule: impl Fn(bool, bool) -> bool) -> Vec<bool> {
    a.iter().zip(b).map(|(&a, &b)| rule(a, b)).collect()
}

proptest! {
    #[test]
    fn the_algebra_agrees_with_a_bitmap(a in sets(), b in sets()) {
        let (in_a, in_b) = (bitmap(&a), bitmap(&b));
        for (set, expected) in [
            (a.union(&b), each(&in_a, &in_b, |a, b| a || b)),
            (a.intersect(&b), each(&in_a, &in_b, |a, b| a && b)),
            (a.subtract(&b), each(&in_a, &in_b, |a, b| a && !b)),
        ] {
            prop_assert!(is_well_formed(&set), "{set:?}");
            prop_assert_eq!(bitmap(&set), expected);
        }
    }

    #[test]
    fn what_is_subtracted_and_what_is_left_restore_the_whole(a in sets(), b in sets()) {
        prop_assert_eq!(a.subtract(&b).union(&a.intersect(&b)), a);
    }

    #[test]
    fn a_set_does_not_depend_on_the_order_of_its_intervals(a in sets(), b in sets()) {
        let forth: IntervalSet = a.iter().chain(b.iter()).collect();
        let back: IntervalSet = b.iter().chain(a.iter()).collect();
        prop_assert_eq!(&forth, &back);
        prop_assert_eq!(forth, a.union(&b));
    }

    #[test]
    fn overlap_means_a_shared_instant(a in sets(), start in 0..SECONDS - 1, length in 1..9_usize) {
        let probe = interval(start, start + length);
        let shared = !a.intersect(&probe.into()).is_empty();
        prop_assert_eq!(a.overlaps(probe), shared);
    }
}

#[test]
fn an_interval_without_length_does_not_exist() {
    assert_eq!(Interval::new(at(5), at(5)), None);
    assert_eq!(Interval::new(at(6), at(5)), None);
}

#[test]
fn neighbours_that_touch_become_one() {
    let set: IntervalSet = [interval(0, 5), interval(5, 9)].into_iter().collect();
    assert_eq!(set.as_slice(), [interval(0, 9)]);
    assert!(!interval(0, 5).overlaps(interval(5, 9)));
}
