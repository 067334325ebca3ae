//! How many tests passed and failed, read from what the test runners print.

use std::ops::Add;

/// Of one run, or of many together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: usize,
    pub(super) failed: usize,
}

impl Counts {
    pub(super) fn passed(passed: usize) -> Self {
        Self { passed, failed: 0 }
    }

    pub(super) fn failed(failed: usize) -> Self {
        Self { passed: 0, failed }
    }

    pub(super) fn all_passed(self) -> bool {
        self.failed == 0
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// What one printed line adds. A test that was left out is a failure: nothing is skipped here.
///
/// `cargo nextest` says `Summary [ 1.2s] 12 tests run: 10 passed, 2 failed, 1 skipped`,
/// `cargo test` says `test result: ok. 5 passed; 0 failed; 0 ignored; …`.
pub(super) fn of_line(line: &str) -> Counts {
    let line = line.trim_start();
    let nextest = line.starts_with("Summary [");
    if !nextest && !line.starts_with("test result:") {
        return Counts::default();
    }
    let words: Vec<&str> =
        line.split([' ', ',', ';', '(', ')']).filter(|word| !word.is_empty()).collect();
    let number_before = |names: &[&str]| -> usize {
        let pairs = words.windows(2).filter(|pair| names.contains(&pair[1]));
        pairs.filter_map(|pair| pair[0].parse::<usize>().ok()).sum()
    };
    Counts {
        passed: number_before(&["passed"]),
        failed: number_before(&["failed", "ignored", "skipped", "timed"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_runners_are_understood() {
        let line = "     Summary [   0.123s] 12 tests run: 10 passed (1 slow), 2 failed, 0 skipped";
        assert_eq!(of_line(line), Counts { passed: 10, failed: 2 });
        let line = "test result: FAILED. 5 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(of_line(line), Counts { passed: 5, failed: 3 });
    }

    #[test]
    fn a_skipped_test_counts_as_failed() {
        let line = "     Summary [   0.123s] 1 test run: 1 passed, 2 skipped";
        assert_eq!(of_line(line), Counts { passed: 1, failed: 2 });
        let line = "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out";
        assert_eq!(of_line(line), Counts { passed: 5, failed: 1 });
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(of_line("test 3 passed, 4 failed ... ok"), Counts::default());
    }
}
