//! Addresses of ours that one door gives away and the other answers at.

use url::Url;

/// Where providers send browsers back to.
pub const CALLBACK: &str = "/oauth/callback";
/// Where a sign-in that a program began goes on.
pub const BEGIN: &str = "/oauth/begin";

/// One of our addresses, by its path.
pub fn at(address: &Url, path: &str) -> String {
    format!("{}{path}", address.as_str().trim_end_matches('/'))
}

/// Where a program wants a person back, with how it went in its query.
pub fn returning(path: &str, (key, value): (&str, &str)) -> String {
    let (path, part) = path.split_at(path.find('#').unwrap_or(path.len()));
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}{key}={value}{part}")
}

/// The cookie that holds the page on which one has begun to connect or to mend.
pub const BEGUN_ON: &str = "daymark-begun-on";
/// The connections of a person.
pub const LIST: &str = "/calendars/settings/connections";
/// Both addresses of that page.
const LISTS: [&str; 2] = [LIST, "/settings/profile/calendar"];
/// What of them needs somebody.
const FIX: &str = "/calendars/settings/connections/fix";

/// Is it a page on which one begins to connect something or to mend it, and which one comes back
/// to?
pub fn begins_on(path: &str) -> bool {
    let one = path.strip_prefix("/calendars/settings/connections/con_");
    LISTS.contains(&path) || path == FIX || one.is_some_and(|id| !id.contains('/'))
}

/// Where one goes who has begun on that page, once a connection is mended: back, where that page
/// shows it or what else `waits` for them; else to the connection's own. It is never an address
/// that was given.
pub fn after_mending(begun_on: &str, connection: &str, (note, waits): (&str, bool)) -> String {
    match list_of(begun_on) {
        Some(list) => format!("{list}?note={note}#{connection}"),
        None if begun_on == FIX && waits => format!("{FIX}?note={note}"),
        None => format!("{LIST}/{connection}?note={note}"),
    }
}

/// Where one goes who has begun on that page, once the calendars of a new connection are chosen.
pub fn after_choosing(begun_on: &str) -> &'static str {
    list_of(begun_on).unwrap_or(LIST)
}

fn list_of(path: &str) -> Option<&'static str> {
    LISTS.into_iter().find(|list| *list == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_comes_back_to_where_one_has_begun() {
        let mended = |begun_on: &str, waits| after_mending(begun_on, "con_1", ("repaired", waits));
        assert_eq!(mended(LIST, true), format!("{LIST}?note=repaired#con_1"));
        let profile = "/settings/profile/calendar";
        assert_eq!(mended(profile, true), format!("{profile}?note=repaired#con_1"));
        assert_eq!(mended(FIX, true), format!("{FIX}?note=repaired"));
        assert_eq!(mended(FIX, false), format!("{LIST}/con_1?note=repaired"));
        assert_eq!(mended("", false), format!("{LIST}/con_1?note=repaired"));
        assert_eq!((after_choosing(profile), after_choosing(FIX)), (profile, LIST));
    }

    #[test]
    fn what_is_given_as_the_beginning_leads_nowhere_else() {
        for given in [
            "//evil.example",
            "https://evil.example/calendars/settings/connections",
            "/\\evil.example",
            "/calendars/settings/connections/../../../sign-out",
            "/calendars/settings/connections?user=usr_1",
        ] {
            assert!(!begins_on(given), "{given}");
            assert_eq!(
                after_mending(given, "con_1", ("known", true)),
                format!("{LIST}/con_1?note=known")
            );
            assert_eq!(after_choosing(given), LIST);
        }
    }

    #[test]
    fn one_begins_on_the_list_on_what_is_broken_and_on_a_connection() {
        for path in [LIST, "/settings/profile/calendar", FIX, &format!("{LIST}/con_1")] {
            assert!(begins_on(path), "{path}");
        }
        for path in ["/week", &format!("{LIST}/con_1/repair"), &format!("{LIST}/attempts/att_1")] {
            assert!(!begins_on(path), "{path}");
        }
    }
}
