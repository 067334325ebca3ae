//! Where things stand in the week's grid: classes instead of inline styles, so that the page needs
//! no exception from its Content-Security-Policy.

use std::fmt::Write as _;

/// Minutes of one slot of the grid.
pub(crate) const SLOT_MIN: i64 = 5;
/// Slots of a day.
pub(crate) const SLOTS: i64 = 24 * 60 / SLOT_MIN;
/// Columns side by side, and rows of all-day events, at most.
pub(crate) const LANES_MAX: usize = 12;

/// One rule for each number: `s` slot of the start, `d` slots of length, `f` first hour, `u` hours
/// shown, `i` nth column of `n`, `w` columns wide, `r` row of an all-day event.
pub(crate) fn stylesheet() -> String {
    let lanes = i64::try_from(LANES_MAX).unwrap_or(12);
    let mut css = String::new();
    let ranges = [
        ('s', 0, SLOTS),
        ('d', 1, SLOTS),
        ('f', 0, 23),
        ('u', 1, 24),
        ('i', 0, lanes - 1),
        ('n', 1, lanes),
        ('w', 1, lanes),
    ];
    for (name, first, last) in ranges {
        for number in first..=last {
            let _ = write!(css, ".{name}{number}{{--{name}:{number}}}");
        }
    }
    for row in 1..=lanes {
        let _ = write!(css, ".r{row}{{grid-row:{row}}}");
    }
    css
}

/// Where a stretch stands among those that it overlaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    /// The first column that it has …
    pub(crate) column: usize,
    /// … of how many that are its own …
    pub(crate) wide: usize,
    /// … of how many there are.
    pub(crate) of: usize,
}

/// Puts stretches that overlap side by side, each as wide as there is room. They are sorted by
/// start.
fn columns(stretches: &[(i64, i64)]) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::with_capacity(stretches.len());
    let mut ends: Vec<i64> = Vec::new();
    let mut first = 0;
    for (at, (start, end)) in stretches.iter().enumerate() {
        if ends.iter().all(|end| end <= start) {
            widen(&stretches[first..at], &mut placed[first..], ends.len());
            first = at;
            ends.clear();
        }
        let free = ends.iter().position(|end| end <= start);
        let column = free.unwrap_or_else(|| {
            if ends.len() < LANES_MAX {
                ends.push(*end);
            }
            ends.len() - 1
        });
        ends[column] = ends[column].max(*end);
        placed.push(Placed { column, wide: 1, of: 1 });
    }
    widen(&stretches[first..], &mut placed[first..], ends.len());
    placed
}

/// Lets each stretch of a cluster reach to the next one that it overlaps.
fn widen(stretches: &[(i64, i64)], cluster: &mut [Placed], of: usize) {
    for at in 0..cluster.len() {
        let (own, (start, end)) = (cluster[at].column, stretches[at]);
        let next = cluster
            .iter()
            .zip(stretches)
            .filter(|(other, (from, to))| other.column > own && *from < end && *to > start)
            .map(|(other, _)| other.column)
            .min();
        cluster[at].wide = next.unwrap_or(of) - own;
        cluster[at].of = of;
    }
}

/// What of a day is shown, and what stands behind a sign that says how many there are.
pub(crate) struct Lanes {
    /// In the order of the stretches; `None` behind a sign.
    pub(crate) placed: Vec<Option<Placed>>,
    /// Each with start, end, and which stretches stand behind it.
    pub(crate) crowds: Vec<(i64, i64, Vec<usize>)>,
}

/// Two columns that can be read, and a narrow third for what overlaps both: one stretch as it is,
/// several as their number.
pub(crate) fn lanes(stretches: &[(i64, i64)]) -> Lanes {
    let columns = columns(stretches);
    let mut crowds: Vec<(i64, i64, Vec<usize>)> = Vec::new();
    for (at, (start, end)) in stretches.iter().enumerate() {
        if columns[at].column < 2 {
            continue;
        }
        match crowds.last_mut().filter(|(_, until, _)| start < until) {
            Some((_, until, behind)) => {
                *until = (*until).max(*end);
                behind.push(at);
            }
            None => crowds.push((*start, *end, vec![at])),
        }
    }
    crowds.retain(|(_, _, behind)| behind.len() > 1);
    let is_behind = |at: usize| crowds.iter().any(|(_, _, behind)| behind.contains(&at));
    let shown = |(at, placed): (usize, &Placed)| (!is_behind(at)).then(|| placed.narrowed());
    let placed = columns.iter().enumerate().map(shown).collect();
    Lanes { placed, crowds }
}

impl Placed {
    /// The narrow third column.
    pub(crate) const LAST: Self = Self { column: 4, wide: 1, of: 5 };

    /// In fifths, two for each of the first columns, where there are more than two.
    fn narrowed(self) -> Self {
        if self.of < 3 {
            return self;
        }
        let fifths = |column: usize| (column * 2).min(4);
        let end = self.column + self.wide;
        let end = if end >= self.of { 5 } else { fifths(end) };
        let column = fifths(self.column);
        Self { column, wide: end.max(column + 1) - column, of: 5 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overlaps_stands_side_by_side() {
        let columns = columns(&[(0, 10), (0, 5), (2, 4), (5, 8), (10, 12)]);
        let shown: Vec<_> = columns.iter().map(|p| (p.column, p.wide, p.of)).collect();
        assert_eq!(shown, [(0, 1, 3), (1, 1, 3), (2, 1, 3), (1, 2, 3), (0, 1, 1)]);
    }

    #[test]
    fn more_than_fits_shares_the_last_column() {
        let many = vec![(0, 10); LANES_MAX + 3];
        let columns = columns(&many);
        assert!(columns.iter().all(|p| p.of == LANES_MAX && p.column + p.wide <= p.of));
    }

    #[test]
    fn two_columns_can_be_read_and_the_rest_is_counted() {
        let lanes = lanes(&[(0, 20), (0, 9), (2, 4), (3, 8), (10, 12), (30, 31)]);
        let shown: Vec<_> =
            lanes.placed.iter().map(|p| p.map(|p| (p.column, p.wide, p.of))).collect();
        let (first, second) = (Some((0, 2, 5)), Some((2, 2, 5)));
        assert_eq!(shown, [first, second, None, None, Some((2, 3, 5)), Some((0, 1, 1))]);
        assert_eq!(lanes.crowds, [(2, 8, vec![2, 3])]);
    }

    #[test]
    fn a_third_alone_is_shown_as_it_is() {
        let lanes = lanes(&[(0, 20), (0, 9), (2, 4)]);
        assert_eq!(lanes.placed[2], Some(Placed::LAST));
        assert!(lanes.crowds.is_empty());
    }

    #[test]
    fn every_position_has_its_class() {
        let css = stylesheet();
        for class in
            [".s0{", ".s287{", ".d288{", ".f23{", ".u24{", ".i11{", ".n12{", ".w12{", ".r12{"]
        {
            assert!(css.contains(class), "{class}");
        }
    }
}
