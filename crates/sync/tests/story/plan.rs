//! What a person has planned, and when that keeps them busy: seconds and sums, without a line of
//! what is tested here. All of it lies in the winter half of the year, so that a zone is a number.

use std::collections::{BTreeMap, BTreeSet};

/// From a second to another, both since 1970.
pub(crate) type Stretch = (i64, i64);

pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 24 * HOUR;
/// So far ahead of UTC is Athens in winter.
pub(crate) const ATHENS: i64 = 2 * HOUR;

/// One event, as its owner thinks of it.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    /// Once.
    Once(Stretch),
    /// Once, and it takes no time.
    Free(Stretch),
    /// Whole days, from one to before another, both counted since 1970.
    Days(i64, i64),
    /// Again and again.
    Series(Series),
}

/// Something that comes again every so many days.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) first: Stretch,
    /// Every day, or every seventh.
    pub(crate) every_d: i64,
    pub(crate) count: i64,
    /// Is it told by the wall clock of Athens?
    pub(crate) in_athens: bool,
    /// By their number: where they are now.
    pub(crate) moved: BTreeMap<i64, Stretch>,
    pub(crate) cancelled: BTreeSet<i64>,
}

impl Series {
    /// Where one was to be in the beginning.
    pub(crate) fn original(&self, nth: i64) -> Stretch {
        let by = nth * self.every_d * DAY;
        (self.first.0 + by, self.first.1 + by)
    }
}

impl Plan {
    /// When it keeps its owner busy, whose midnight is so far ahead of that of UTC.
    pub(crate) fn busy(&self, ahead_s: i64) -> Vec<Stretch> {
        match self {
            Self::Once(when) => vec![*when],
            Self::Free(_) => Vec::new(),
            Self::Days(from, to) => vec![(from * DAY - ahead_s, to * DAY - ahead_s)],
            Self::Series(series) => {
                let happens = (0..series.count).filter(|nth| !series.cancelled.contains(nth));
                let moved = |nth| series.moved.get(&nth).copied();
                happens.map(|nth| moved(nth).unwrap_or_else(|| series.original(nth))).collect()
            }
        }
    }

    pub(crate) fn series(&mut self) -> Option<&mut Series> {
        match self {
            Self::Series(series) => Some(series),
            _ => None,
        }
    }
}

/// What has become of a plan: since when it keeps its owner busy at which times.
#[derive(Debug, Clone, Default)]
pub(crate) struct History(Vec<(i64, Vec<Stretch>)>);

impl History {
    pub(crate) fn becomes(&mut self, now: i64, busy: Vec<Stretch>) {
        self.0.push((now, busy));
    }

    /// What has to be known by whoever saw everything at `seen` and perhaps something since; and
    /// what may be known beside it.
    pub(crate) fn since(&self, seen: i64) -> (Vec<Stretch>, Vec<Stretch>) {
        let then = self.0.iter().rposition(|(since, _)| *since <= seen);
        let nothing = then.is_none().then(Vec::new);
        let known = self.0[then.unwrap_or(0)..].iter().map(|(_, busy)| busy);
        let versions: Vec<&Vec<Stretch>> = nothing.iter().chain(known).collect();
        let in_all = |it: &&Stretch| versions.iter().all(|busy| busy.contains(it));
        let must: Vec<Stretch> = versions[0].iter().filter(in_all).copied().collect();
        let all: BTreeSet<Stretch> =
            versions.iter().flat_map(|busy| busy.iter().copied()).collect();
        let may = all.into_iter().filter(|it| !must.contains(it)).collect();
        (must, may)
    }

    pub(crate) fn last_changed(&self) -> i64 {
        self.0.last().map_or(i64::MIN, |(since, _)| *since)
    }
}
