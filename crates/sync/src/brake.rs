//! The brake: a calendar that suddenly comes back empty or much smaller is not believed until
//! a person says so. Pure.

/// Below this many known events, losing them all is ordinary.
const KNOWN_MIN: i64 = 3;
/// Below this many known events, only losing all of them is suspicious.
const MANY_MIN: i64 = 10;
/// Losing more than this share of many events at once is suspicious.
const SHARE_MAX_PERCENT: i64 = 80;

/// Why a listing is not believed, in a sentence for a person; `None` where it is.
/// `known` counts what we hold before, `gone` how many of these the listing would remove.
/// `mend` says what else a person can do.
pub(crate) fn brake(known: i64, gone: i64, mend: &str) -> Option<String> {
    let suspicious = known >= KNOWN_MIN && gone >= known
        || known >= MANY_MIN && gone * 100 > known * SHARE_MAX_PERCENT;
    suspicious.then(|| {
        let left = (known - gone).max(0);
        let how = if left == 0 { "empty".to_owned() } else { format!("with {left} events") };
        format!(
            "it came back {how}, where {known} were known. The last good content stands and \
             still blocks. If the calendar really was emptied, say so; otherwise {mend}."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEND: &str = "mend it at the provider";

    #[test]
    fn sudden_emptiness_is_not_believed() {
        assert!(brake(3, 3, MEND).is_some_and(|say| say.contains("empty, where 3")));
        assert!(brake(100, 100, MEND).is_some());
    }

    #[test]
    fn a_sudden_drop_by_more_than_four_fifths_is_not_believed() {
        assert!(brake(100, 81, MEND).is_some_and(|say| say.contains("with 19 events")));
        assert_eq!(brake(100, 80, MEND), None);
    }

    #[test]
    fn ordinary_tidying_up_is_believed() {
        assert_eq!(brake(2, 2, MEND), None);
        assert_eq!(brake(9, 8, MEND), None);
        assert_eq!(brake(100, 0, MEND), None);
        assert_eq!(brake(0, 0, MEND), None);
    }
}
