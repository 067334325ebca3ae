//! What is asked of a person at Google, what each of it is for, and what it costs not to have it.

use connection::Permission;

const PREFIX: &str = "https://www.googleapis.com/auth/";

/// Something that we need to be allowed.
struct Wanted {
    /// As it is asked for.
    scope: &'static str,
    /// What is as good: wider permissions, and other spellings.
    or: &'static [&'static str],
    say: &'static str,
    without: &'static str,
    /// Without it nothing can be connected.
    is_needed: bool,
}

const WANTED: [Wanted; 4] = [
    Wanted {
        scope: "calendar.calendarlist.readonly",
        or: &["calendar", "calendar.readonly", "calendar.calendarlist"],
        say: "See the list of your calendars",
        without: "Your calendars cannot be listed, so none can be read.",
        is_needed: true,
    },
    Wanted {
        scope: "calendar.events",
        or: &["calendar"],
        say: "See and change events on all your calendars",
        without: "No event can be read and no booking written.",
        is_needed: true,
    },
    Wanted {
        scope: "calendar.events.freebusy",
        or: &["calendar", "calendar.readonly", "calendar.freebusy"],
        say: "See the busy times of calendars shared with you without details",
        without: "Calendars that others share with you as “free/busy only” cannot be read.",
        is_needed: false,
    },
    Wanted {
        scope: "email",
        or: &["userinfo.email"],
        say: "See which Google account it is",
        without: "The account is shown by its number, and your answer to an invitation is known \
                  only where Google marks it as yours.",
        is_needed: false,
    },
];

/// All that is asked for, in one line (RFC 6749 §3.3).
pub(crate) fn asked() -> String {
    let calendars = WANTED.iter().filter(|wanted| wanted.scope.starts_with("calendar"));
    let full: Vec<String> = calendars.map(|wanted| format!("{PREFIX}{}", wanted.scope)).collect();
    format!("openid email profile {}", full.join(" "))
}

impl Wanted {
    fn is_granted(&self, scopes: &[String]) -> bool {
        let name = |scope: &String| scope.strip_prefix(PREFIX).unwrap_or(scope).to_owned();
        let is_it = |name: &str| name == self.scope || self.or.contains(&name);
        scopes.iter().map(name).any(|name| is_it(&name))
    }
}

/// Everything that is wanted, granted or not.
pub(crate) fn permissions(scopes: &[String]) -> Vec<Permission> {
    let one = |wanted: &Wanted| {
        let granted = wanted.is_granted(scopes);
        let without = if granted { "" } else { wanted.without };
        Permission { say: wanted.say, granted, without, needed: wanted.is_needed }
    };
    WANTED.iter().map(one).collect()
}

/// What of all that is missing: first what nothing works without, then the rest.
pub(crate) fn missing(scopes: &[String]) -> (Vec<Permission>, Vec<Permission>) {
    let missing = permissions(scopes).into_iter().filter(|permission| !permission.granted);
    missing.partition(|permission| permission.needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| format!("{PREFIX}{name}")).collect()
    }

    #[test]
    fn each_missing_permission_says_what_it_costs() {
        let all = scopes(&[
            "calendar.calendarlist.readonly",
            "calendar.events",
            "calendar.events.freebusy",
            "userinfo.email",
        ]);
        assert_eq!(missing(&all), (Vec::new(), Vec::new()));
        for at in 0..all.len() {
            let mut but_one = all.clone();
            but_one.remove(at);
            let (needed, others) = missing(&but_one);
            assert_eq!((needed.len(), others.len()), if at < 2 { (1, 0) } else { (0, 1) });
            assert!(needed.iter().chain(&others).all(|it| !it.without.is_empty()));
        }
    }

    #[test]
    fn a_wider_permission_holds_the_narrower_ones() {
        let (needed, others) = missing(&scopes(&["calendar", "userinfo.email"]));
        assert!(needed.is_empty() && others.is_empty());
        let (needed, _) = missing(&scopes(&["calendar.readonly"]));
        assert_eq!(needed.len(), 1, "reading alone is not enough");
        assert_eq!(missing(&["email".into()]).1.len(), 1, "Google writes email in two ways");
    }
}
