//! What we ask to be allowed, and what works without it.

use connection::Permission;

/// Short names are Graph's; Graph's own answers may spell them in full.
const GRAPH: &str = "https://graph.microsoft.com/";
/// Asked with every sign-in: who it is, and a token that lasts. Never named among those granted.
const SIGN_IN: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// A permission.
struct Scope {
    name: &'static str,
    say: &'static str,
    without: &'static str,
    needed: bool,
}

const SCOPES: [Scope; 4] = [
    Scope {
        name: "Calendars.ReadWrite",
        say: "See and change the events of your calendars",
        without: "Nothing can be read: without it there is no connection.",
        needed: true,
    },
    // Quirk graph-12: personal accounts never grant it, and sign in all the same.
    Scope {
        name: "Calendars.ReadWrite.Shared",
        say: "See and change the events of calendars that others share with you",
        without: "Calendars that others share with this account may not be readable.",
        needed: false,
    },
    Scope {
        name: "MailboxSettings.Read",
        say: "See the time zone of your mailbox",
        without: "The time zone of the mailbox is not known, so all-day events are counted in \
                  the zone that is set in Daymark.",
        needed: false,
    },
    Scope {
        name: "User.Read",
        say: "See your name and e-mail address",
        without: "The account is shown under the name that it signed in with.",
        needed: false,
    },
];

/// All that is asked, as one text.
pub(super) fn asked() -> String {
    let ours = SCOPES.iter().map(|scope| scope.name);
    SIGN_IN.into_iter().chain(ours).collect::<Vec<_>>().join(" ")
}

/// What was granted, asked for once more: what was not would fail the whole refresh.
pub(super) fn again(granted: &[String]) -> String {
    let lasting = ["openid", "offline_access"];
    let granted = granted.iter().map(String::as_str);
    let granted: Vec<&str> = granted.filter(|name| !lasting.contains(name)).collect();
    if granted.is_empty() { asked() } else { [&lasting[..], &granted].concat().join(" ") }
}

/// What an administrator is asked, in full, as their page wants it.
pub(super) fn for_admin() -> String {
    SCOPES.iter().map(|scope| format!("{GRAPH}{}", scope.name)).collect::<Vec<_>>().join(" ")
}

/// What stands in for an answer without scopes: all that was asked (RFC 6749 §5.1).
pub(super) fn all() -> Vec<String> {
    SCOPES.iter().map(|scope| scope.name.to_owned()).collect()
}

/// A needed permission that was not granted.
pub(super) fn missing(granted: &[String]) -> Option<Permission> {
    permissions(granted).into_iter().find(|permission| permission.needed && !permission.granted)
}

/// What does not work without those that were not granted and are not needed.
pub(super) fn costs(granted: &[String]) -> Vec<&'static str> {
    let lacks = |scope: &&Scope| !scope.needed && !has(granted, scope.name);
    SCOPES.iter().filter(lacks).map(|scope| scope.without).collect()
}

/// All of them, in plain words.
pub(super) fn permissions(granted: &[String]) -> Vec<Permission> {
    let told = |scope: &Scope| {
        let granted = has(granted, scope.name);
        let without = if granted { "" } else { scope.without };
        Permission { say: scope.say, granted, without, needed: scope.needed }
    };
    SCOPES.iter().map(told).collect()
}

fn has(granted: &[String], name: &str) -> bool {
    granted.iter().any(|given| {
        let given = given.strip_prefix(GRAPH).unwrap_or(given);
        given.eq_ignore_ascii_case(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_known_in_any_spelling() {
        let granted = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let full = granted("https://graph.microsoft.com/Calendars.ReadWrite user.read");
        assert_eq!(missing(&full), None);
        assert_eq!(costs(&full).len(), 2, "shared calendars and the mailbox's zone");
        assert!(missing(&granted("Calendars.Read User.Read")).is_some());
        assert!(missing(&granted("Calendars.ReadWrite.Shared")).is_some());
        assert_eq!(again(&full).matches("Calendars").count(), 1);
        let all = permissions(&all());
        assert!(all.iter().all(|permission| permission.granted && permission.without.is_empty()));
    }
}
