//! Who sees the lines of an examination, and the lines that every adapter tells alike.

use jiff::Timestamp;

use crate::{CalendarAccess, Check, CheckName, CheckResult, Refusal, RemoteCalendar};

/// A clock that is further off than this, in seconds, is told.
const SKEW_MAX_S: i64 = 90;

/// Sees each line of an examination as it happens.
pub trait Witness: Send + Sync {
    /// One more check is done.
    fn saw(&self, check: Check);

    /// It is as it should be.
    fn pass(&self, name: CheckName, say: String) {
        self.saw(Check { name, result: CheckResult::Pass, say });
    }

    /// It works, with a limit that `say` names.
    fn warn(&self, name: CheckName, say: String) {
        self.saw(Check { name, result: CheckResult::Warn, say });
    }

    /// It does not work; hands the refusal on.
    fn fail(&self, name: CheckName, refusal: Refusal) -> Refusal {
        self.saw(Check { name, result: CheckResult::Fail, say: refusal.say.clone() });
        refusal
    }

    /// Tells which calendars there are `at` that place, and whether they may be written to.
    fn tell_calendars(&self, at: &str, all: &[RemoteCalendar]) {
        let count = all.len();
        let calendars = if count == 1 { "calendar" } else { "calendars" };
        if count == 0 {
            return self
                .warn(CheckName::CalendarsListed, format!("No calendar for events at {at}."));
        }
        self.pass(CheckName::CalendarsListed, format!("{count} {calendars} at {at}."));
        match all.iter().filter(|one| one.access == CalendarAccess::Writer).count() {
            0 => self.warn(
                CheckName::CanWrite,
                "No calendar may be written to: they are only read.".into(),
            ),
            n if n == count => {
                self.pass(CheckName::CanWrite, "Every calendar may be written to.".into());
            }
            n => {
                let say = format!("{n} of {count} {calendars} may be written to.");
                self.pass(CheckName::CanWrite, say);
            }
        }
    }

    /// Holds the far side's clock against ours.
    fn tell_clock(&self, date: Option<Timestamp>, now: Timestamp) {
        match date.map(|date| date.duration_since(now).as_secs()) {
            None => self.warn(CheckName::Clock, "It does not tell the time.".into()),
            Some(ahead_s) if ahead_s.abs() <= SKEW_MAX_S => {
                self.pass(CheckName::Clock, "Its clock agrees with ours.".into());
            }
            Some(ahead_s) => {
                let way = if ahead_s > 0 { "ahead of" } else { "behind" };
                let minutes = ahead_s.abs() / 60;
                let say = format!(
                    "Its clock is {minutes} minutes {way} ours: check that this machine's clock is \
                     set by a time server."
                );
                self.warn(CheckName::Clock, say);
            }
        }
    }
}
