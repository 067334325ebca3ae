//! Reads the dates and times of a component: zones, all-day, lengths, what repeats.

use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::RecurrenceId;
use crate::ical::value::{self, When};
use crate::ical::{Block, Line};
use crate::problem::ProblemCode;
use crate::recurrence::Rule;
use crate::timezone::Zones;
use crate::{Length, Moment, Recurrence};

/// Ten thousand years; what is said to last longer lasts this long.
const LENGTH_DAYS_MAX: i64 = 3_660_000;
const LENGTH_EXACT_MAX: SignedDuration = SignedDuration::from_hours(24 * LENGTH_DAYS_MAX);

/// Reads one component's times, and notes what it does not understand.
pub(super) struct Times<'t> {
    pub(super) zones: &'t Zones<'t>,
    pub(super) problems: Vec<ProblemCode>,
}

impl Times<'_> {
    fn note(&mut self, code: ProblemCode) {
        if !self.problems.contains(&code) {
            self.problems.push(code);
        }
    }

    /// The moment of one value of a line; an unknown zone makes it floating, and is noted.
    fn moment(&mut self, line: &Line<'_>, text: &str) -> Option<Moment> {
        Some(match value::when(text)? {
            When::Date(date) => Moment::Date(date),
            When::Utc(wall) => Moment::Zoned(wall, TimeZone::UTC),
            When::Local(wall) => match line.parameter("TZID").filter(|tzid| !tzid.is_empty()) {
                None => Moment::Floating(wall),
                Some(tzid) => {
                    if let Some(zone) = self.zones.get(&tzid) {
                        Moment::Zoned(wall, zone)
                    } else {
                        self.note(ProblemCode::UnknownZone);
                        Moment::Floating(wall)
                    }
                }
            },
        })
    }

    fn single(&mut self, line: &Line<'_>) -> Option<Moment> {
        let first = line.value().split(',').next().unwrap_or_default();
        if let Some(moment) = self.moment(line, first) {
            return Some(moment);
        }
        // An unquoted TZID with colons in it, such as (UTC+01:00) Berlin, hides the value.
        let moment = self.moment(line, line.last_value())?;
        let tzid = unquoted_zone(line)?;
        Some(match (moment, self.zones.get(&tzid)) {
            (Moment::Floating(wall) | Moment::Zoned(wall, _), Some(zone)) => {
                Moment::Zoned(wall, zone)
            }
            (moment, _) => moment,
        })
    }

    /// DTSTART.
    pub(super) fn start(&mut self, block: &Block<'_>) -> Option<Moment> {
        let start = block.line("DTSTART").and_then(|line| self.single(line));
        if start.is_none() {
            self.note(ProblemCode::NoStart);
        }
        start
    }

    /// DTEND or DURATION, whichever comes first; without both, a day or nothing.
    pub(super) fn length(&mut self, block: &Block<'_>, start: &Moment) -> Length {
        let nothing = Length { days: i64::from(start.is_date()), exact: SignedDuration::ZERO };
        let is_end = |line: &&Line<'_>| line.is("DTEND") || line.is("DURATION");
        let Some(line) = block.lines.iter().find(is_end) else { return nothing };
        let length = if line.is("DURATION") {
            value::length(line.value())
        } else {
            self.single(line).map(|end| between(start, &end))
        };
        let is_negative = |length: Length| length.days < 0 || length.exact.is_negative();
        match length {
            Some(length) if length == Length::default() => nothing,
            Some(length) if !is_negative(length) => self.within_reach(length),
            _ => {
                self.note(ProblemCode::BadEnd);
                nothing
            }
        }
    }

    /// Cuts off what no calendar can show.
    fn within_reach(&mut self, length: Length) -> Length {
        let days = length.days.min(LENGTH_DAYS_MAX);
        let cut = Length { days, exact: length.exact.min(LENGTH_EXACT_MAX) };
        if cut != length {
            self.note(ProblemCode::OutOfRange);
        }
        cut
    }

    /// RRULE, EXRULE, RDATE and EXDATE.
    pub(super) fn recurrence(&mut self, block: &Block<'_>, start: &Moment) -> Recurrence {
        let mut recurrence = Recurrence::default();
        for line in &block.lines {
            if line.is("RRULE") {
                recurrence.rules.extend(self.rule(line));
            } else if line.is("EXRULE") {
                recurrence.excluded_rules.extend(self.rule(line));
            } else if line.is("RDATE") {
                for text in texts(line) {
                    let extra = self.extra(line, text);
                    self.keep(extra, &mut recurrence.extra);
                }
            } else if line.is("EXDATE") {
                for text in texts(line) {
                    let excluded = self.moment(line, text);
                    self.keep(excluded, &mut recurrence.excluded);
                }
            }
        }
        if start.is_date() {
            for rule in recurrence.rules.iter_mut().chain(&mut recurrence.excluded_rules) {
                rule.forget_times();
            }
        }
        recurrence
    }

    fn keep<T>(&mut self, read: Option<T>, list: &mut Vec<T>) {
        match read {
            Some(read) => list.push(read),
            None => self.note(ProblemCode::BadDate),
        }
    }

    fn rule(&mut self, line: &Line<'_>) -> Option<Rule> {
        let rule = Rule::read(line.value()).ok();
        if rule.is_none() {
            self.note(ProblemCode::BadRule);
        }
        rule
    }

    /// One RDATE: a moment, or a period `start/end`, `start/length`.
    fn extra(&mut self, line: &Line<'_>, text: &str) -> Option<(Moment, Option<Length>)> {
        let Some((start, end)) = text.split_once('/') else {
            return Some((self.moment(line, text)?, None));
        };
        let start = self.moment(line, start)?;
        Some((start.clone(), Some(self.period_length(line, &start, end)?)))
    }

    fn period_length(&mut self, line: &Line<'_>, start: &Moment, end: &str) -> Option<Length> {
        let length = match value::length(end) {
            Some(length) => length,
            None => between(start, &self.moment(line, end)?),
        };
        (length.days >= 0 && !length.exact.is_negative()).then(|| self.within_reach(length))
    }

    /// The periods of a VFREEBUSY, each with its FBTYPE.
    pub(super) fn periods(&mut self, block: &Block<'_>) -> Vec<(Moment, Length, Option<String>)> {
        let mut periods = Vec::new();
        for line in block.all("FREEBUSY") {
            for text in texts(line) {
                let period = self
                    .extra(line, text)
                    .and_then(|(start, length)| Some((start, length?, line.parameter("FBTYPE"))));
                self.keep(period, &mut periods);
            }
        }
        periods
    }

    /// RECURRENCE-ID; `Err` where there is one that cannot be read.
    pub(super) fn recurrence_id(&mut self, block: &Block<'_>) -> Result<Option<RecurrenceId>, ()> {
        let Some(line) = block.line("RECURRENCE-ID") else { return Ok(None) };
        let Some(moment) = self.single(line) else {
            self.note(ProblemCode::BadDate);
            return Err(());
        };
        let range = line.parameter("RANGE");
        let this_and_future = range.is_some_and(|r| r.eq_ignore_ascii_case("THISANDFUTURE"));
        Ok(Some(RecurrenceId { moment, this_and_future }))
    }

    /// Dates, and the midnights that Exchange marks as all-day.
    pub(super) fn all_day(block: &Block<'_>, start: &Moment, length: Length) -> bool {
        let marked = block.line("X-MICROSOFT-CDO-ALLDAYEVENT");
        let marked = marked.is_some_and(|line| line.value().trim().eq_ignore_ascii_case("TRUE"));
        let is_midnight = start.wall().time() == Time::midnight();
        start.is_date() || (marked && is_midnight && length != Length::default())
    }
}

fn texts<'l>(line: &'l Line<'_>) -> impl Iterator<Item = &'l str> {
    line.value().split(',').map(str::trim).filter(|text| !text.is_empty())
}

/// What stands between `TZID=` and the value, where colons were not quoted.
fn unquoted_zone(line: &Line<'_>) -> Option<String> {
    let parameter = line.parameter("TZID")?;
    let (rest, _) = line.value().rsplit_once(':')?;
    Some(format!("{parameter}:{rest}"))
}

/// The length from a start to an end: days between dates, else exact time.
fn between(start: &Moment, end: &Moment) -> Length {
    if let (Moment::Date(from), Moment::Date(to)) = (start, end) {
        let days = to.duration_since(*from).as_hours() / 24;
        return Length { days, exact: SignedDuration::ZERO };
    }
    let both_zoned = matches!((start, end), (Moment::Zoned(..), Moment::Zoned(..)));
    let exact = if both_zoned {
        end.instant(&TimeZone::UTC).duration_since(start.instant(&TimeZone::UTC))
    } else {
        // Where one of them floats, what the wall clock shows is all that they share.
        end.wall().duration_since(start.wall())
    };
    Length { days: 0, exact }
}
