//! Half-open stretches between instants, and sets of them: the arithmetic of free and busy.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

/// A half-open stretch `[start, end)` between instants; it always has a length.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    start: Timestamp,
    end: Timestamp,
}

impl Interval {
    /// `None` unless the start comes before the end.
    pub fn new(start: Timestamp, end: Timestamp) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// The first instant that belongs to it.
    pub fn start(self) -> Timestamp {
        self.start
    }

    /// The first instant after it.
    pub fn end(self) -> Timestamp {
        self.end
    }

    /// How long it is.
    pub fn length(self) -> SignedDuration {
        self.end.duration_since(self.start)
    }

    /// True where the two share an instant; neighbours that only touch do not.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// True where the instant belongs to it.
    pub fn contains(self, instant: Timestamp) -> bool {
        self.start <= instant && instant < self.end
    }

    /// What the two share.
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {})", self.start, self.end)
    }
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Intervals, sorted, disjoint and never touching.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct IntervalSet(Vec<Interval>);

impl IntervalSet {
    /// The set that holds no instant.
    pub fn empty() -> Self {
        Self::default()
    }

    /// True where no instant belongs to it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many separate intervals it has.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Its intervals in time order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Interval> + '_ {
        self.0.iter().copied()
    }

    /// Its intervals in time order.
    pub fn as_slice(&self) -> &[Interval] {
        &self.0
    }

    /// True where the instant belongs to it.
    pub fn contains(&self, instant: Timestamp) -> bool {
        let after = self.0.partition_point(|i| i.start <= instant);
        after > 0 && self.0[after - 1].contains(instant)
    }

    /// True where some of it lies within the interval.
    pub fn overlaps(&self, interval: Interval) -> bool {
        let first = self.0.partition_point(|i| i.end <= interval.start);
        self.0.get(first).is_some_and(|i| i.overlaps(interval))
    }

    /// All that belongs to either; one walk over both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let (mut mine, mut theirs) = (self.iter().peekable(), other.iter().peekable());
        let mut all = Self(Vec::with_capacity(self.len() + other.len()));
        loop {
            let next = match (mine.peek(), theirs.peek()) {
                (Some(a), Some(b)) if b < a => theirs.next(),
                (Some(_), _) => mine.next(),
                (None, _) => theirs.next(),
            };
            match next {
                Some(interval) => all.append(interval),
                None => return all,
            }
        }
    }

    /// What belongs to both; one walk over both.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let (mut mine, mut theirs) = (self.iter().peekable(), other.iter().peekable());
        let mut shared = Vec::new();
        while let (Some(&a), Some(&b)) = (mine.peek(), theirs.peek()) {
            shared.extend(a.intersection(b));
            if a.end < b.end {
                mine.next();
            } else {
                theirs.next();
            }
        }
        Self(shared)
    }

    /// What belongs to this one and not to the other; one walk over both.
    #[must_use]
    pub fn subtract(&self, other: &Self) -> Self {
        let mut holes = other.iter().peekable();
        let mut rest = Vec::with_capacity(self.len());
        for interval in self.iter() {
            let mut start = interval.start;
            while holes.next_if(|hole| hole.end <= start).is_some() {}
            while let Some(hole) = holes.peek().filter(|hole| hole.start < interval.end) {
                rest.extend(Interval::new(start, hole.start));
                start = start.max(hole.end);
                if hole.end > interval.end {
                    break; // It reaches into the next interval, too.
                }
                holes.next();
            }
            rest.extend(Interval::new(start, interval.end));
        }
        Self(rest)
    }

    /// Adds an interval that starts no earlier than the last one.
    fn append(&mut self, interval: Interval) {
        match self.0.last_mut() {
            Some(last) if interval.start <= last.end => last.end = last.end.max(interval.end),
            _ => self.0.push(interval),
        }
    }
}

impl FromIterator<Interval> for IntervalSet {
    fn from_iter<I: IntoIterator<Item = Interval>>(intervals: I) -> Self {
        let mut sorted: Vec<_> = intervals.into_iter().collect();
        sorted.sort_unstable();
        let mut set = Self(Vec::with_capacity(sorted.len()));
        for interval in sorted {
            set.append(interval);
        }
        set
    }
}

impl IntoIterator for IntervalSet {
    type Item = Interval;
    type IntoIter = std::vec::IntoIter<Interval>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a IntervalSet {
    type Item = &'a Interval;
    type IntoIter = std::slice::Iter<'a, Interval>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl From<Interval> for IntervalSet {
    fn from(interval: Interval) -> Self {
        Self(vec![interval])
    }
}

impl fmt::Debug for IntervalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

#[cfg(test)]
mod tests;
