//! Lists: `{"items": […], "next": …}`, asked for with `limit` and `after`.

use serde::Serialize;
use utoipa::ToSchema;

use super::fields::Fields;

/// The most that one answer lists.
pub(super) const LIMIT_MAX: usize = 200;
/// How much an answer lists where nothing is said.
const LIMIT_USUAL: usize = 50;
/// Longest bookmark that is taken.
const AFTER_LENGTH_MAX: usize = 100;

/// A list, or a part of it.
#[derive(Serialize, ToSchema)]
pub(super) struct Listing<T> {
    /// What was asked for, in order.
    pub(super) items: Vec<T>,
    /// Where there is more: what to give as `after`.
    pub(super) next: Option<String>,
}

/// Which part of a list is wanted.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `Part` is what is read of it")]
pub(super) struct PartParams {
    /// At most this many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// Goes on after what an earlier answer gave as `next`.
    #[param(pattern = "^[0-9a-z_.-]{1,100}$")]
    after: Option<String>,
}

/// The names that [`Part::take`] takes.
pub(super) const PART: [&str; 2] = ["limit", "after"];

/// Which part of a list is wanted.
pub(super) struct Part {
    pub(super) limit: usize,
    pub(super) after: Option<String>,
}

impl Part {
    /// Takes `limit` and `after` out of a query.
    pub(super) fn take(query: &mut Fields) -> Self {
        let limit = query.number("limit", 1, LIMIT_MAX).unwrap_or(LIMIT_USUAL);
        let after = query.text("after", AFTER_LENGTH_MAX);
        let plain = |text: &String| {
            text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'z' | b'_' | b'.' | b'-'))
        };
        if after.as_ref().is_some_and(|after| !plain(after)) {
            query.refuse("after", "invalid", "Give as `after` what an answer gave as `next`.");
        }
        Self { limit, after }
    }

    /// The rows of this part out of rows in order, whose bookmarks ascend.
    pub(super) fn cut<T>(&self, rows: Vec<T>, bookmark: impl Fn(&T) -> String) -> Listing<T> {
        let after = |row: &T| self.after.as_ref().is_none_or(|after| bookmark(row) > *after);
        self.first(rows.into_iter().filter(after), &bookmark)
    }

    /// The same, for bookmarks that descend.
    pub(super) fn cut_descending<T>(
        &self,
        rows: Vec<T>,
        bookmark: impl Fn(&T) -> String,
    ) -> Listing<T> {
        let after = |row: &T| self.after.as_ref().is_none_or(|after| bookmark(row) < *after);
        self.first(rows.into_iter().filter(after), &bookmark)
    }

    fn first<T>(
        &self,
        rows: impl Iterator<Item = T>,
        bookmark: &impl Fn(&T) -> String,
    ) -> Listing<T> {
        let mut items: Vec<T> = rows.take(self.limit + 1).collect();
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let next = items.last().filter(|_| more).map(bookmark);
        Listing { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_comes_in_parts_that_meet() {
        let rows = || vec!["a".to_owned(), "b".into(), "c".into()];
        let part = |after: Option<&str>| Part { limit: 2, after: after.map(Into::into) };
        let first = part(None).cut(rows(), Clone::clone);
        assert_eq!((first.items.as_slice(), first.next.as_deref()), (&rows()[..2], Some("b")));
        let rest = part(Some("b")).cut(rows(), Clone::clone);
        assert_eq!((rest.items.as_slice(), rest.next), (&rows()[2..], None));
    }
}
