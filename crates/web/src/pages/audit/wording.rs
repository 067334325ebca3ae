//! The acts of the audit log in words. An act without a row here is spelled as its code.

use std::borrow::Cow;

/// Kinds of acts, as the filter names them.
pub(super) const KINDS: [(&str, &str); 9] = [
    ("user", "People and signing in"),
    ("invitation", "Invitations"),
    ("connection", "Connections"),
    ("calendar", "Calendars"),
    ("choices", "Choices"),
    ("api_key", "API keys"),
    ("webhook", "Webhooks"),
    ("account", "Account"),
    ("audit", "Audit log"),
];

/// Who acts besides people.
pub(super) const OTHERS: [(&str, &str); 3] =
    [("operator", "The operator"), ("daymark", "Daymark"), ("someone", "Someone unknown")];

const VERBS: [(&str, &str); 30] = [
    ("account.created", "created the account"),
    ("api_key.created", "made the API key"),
    ("api_key.ended", "ended the API key"),
    ("audit.exported", "took the audit log along"),
    ("calendar.believed", "said that it is true of the calendar"),
    ("calendar.changed", "changed the calendar"),
    ("calendar.removed", "removed the calendar"),
    ("choices.changed", "changed the choices"),
    ("connection.asked", "pressed Sync now on"),
    ("connection.busy_only", "had busy times alone kept of"),
    ("connection.connected", "connected"),
    ("connection.disconnected", "disconnected"),
    ("connection.paused", "paused"),
    ("connection.repaired", "repaired"),
    ("connection.resumed", "let go on"),
    ("connection.with_details", "had details kept again of"),
    ("invitation.made", "invited"),
    ("invitation.opened", "came in by the link that was made"),
    ("invitation.withdrawn", "withdrew the invitation of"),
    ("user.joined", "joined"),
    ("user.moved_in", "set up their account"),
    ("user.password_changed", "changed their password"),
    ("user.profile_changed", "changed their profile"),
    ("user.removed", "removed"),
    ("user.role_changed", "changed the role of"),
    ("user.sessions_ended", "signed out everywhere else"),
    ("user.sign_in_failed", "failed to sign in"),
    ("user.sign_in_link_made", "made a sign-in link"),
    ("user.signed_in", "signed in"),
    ("user.signed_out", "signed out"),
];

/// What was done, behind the name of who did it.
pub(super) fn verb(act: &str) -> Cow<'_, str> {
    let found = VERBS.iter().find(|(code, _)| *code == act);
    found.map_or_else(|| act.replace(['.', '_'], " ").into(), |(_, verb)| Cow::Borrowed(*verb))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_is_said_in_words_and_belongs_to_a_kind() {
        for (code, verb) in VERBS {
            assert!(!verb.is_empty() && !verb.contains('_'), "{code}");
            let kind = code.split('.').next().unwrap();
            assert!(KINDS.iter().any(|(known, _)| *known == kind), "{code}");
        }
        assert_eq!(verb("second_factor.added"), "second factor added");
    }
}
