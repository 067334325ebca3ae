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
/// shown, `i` nth column of `n`, `r` row of an all-day event, `w` days that it spans.
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

/// Puts stretches that overlap side by side: for each, its column and how many there are.
/// The stretches are sorted by start.
pub(crate) fn columns(stretches: &[(i64, i64)]) -> Vec<(usize, usize)> {
    let mut placed: Vec<(usize, usize)> = Vec::with_capacity(stretches.len());
    let mut ends: Vec<i64> = Vec::new();
    let mut cluster_begin = 0;
    for (at, (start, end)) in stretches.iter().enumerate() {
        if ends.iter().all(|end| end <= start) {
            close(&mut placed[cluster_begin..], ends.len());
            cluster_begin = at;
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
        placed.push((column, 1));
    }
    close(&mut placed[cluster_begin..], ends.len());
    placed
}

fn close(cluster: &mut [(usize, usize)], columns: usize) {
    for (_, of) in cluster {
        *of = columns.max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overlaps_stands_side_by_side() {
        let columns = columns(&[(0, 10), (0, 5), (5, 8), (10, 12)]);
        assert_eq!(columns, [(0, 2), (1, 2), (1, 2), (0, 1)]);
    }

    #[test]
    fn more_than_fits_shares_the_last_column() {
        let many = vec![(0, 10); LANES_MAX + 3];
        let columns = columns(&many);
        assert!(columns.iter().all(|(at, of)| *of == LANES_MAX && at < of));
    }

    #[test]
    fn every_position_has_its_class() {
        let css = stylesheet();
        for class in [".s0{", ".s287{", ".d288{", ".f23{", ".u24{", ".i11{", ".n12{", ".r12{"] {
            assert!(css.contains(class), "{class}");
        }
    }
}
