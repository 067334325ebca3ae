//! The acts of the audit log in words. An act without a row here, of another
//! version, is spelled as its code.

use std::borrow::Cow;

/// Kinds of acts, as the filter names them.
pub(super) const KINDS: &[(&str, &str)] = &[
    ("user", "People and signing in"),
    ("second_step", "Second step of signing in"),
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

const VERBS: &[(&str, &str)] = &[
    ("account.created", "created the account"),
    ("account.provider_beside", "let passwords sign in again"),
    ("account.provider_only", "let passwords alone sign in no more"),
    ("api_key.ended", "ended the API key"),
    ("api_key.made", "made the API key"),
    ("audit.exported", "took the audit log along"),
    ("calendar.believed", "said that it is true of the calendar"),
    ("calendar.changed", "changed the calendar"),
    ("calendar.removed", "removed the calendar"),
    ("choices.changed", "changed the choices"),
    ("connection.asked", "pressed Sync now on"),
    ("connection.busy_only", "had busy times alone kept of"),
    ("connection.connected", "connected"),
    ("connection.disconnected", "disconnected"),
    ("connection.muted", "muted the mails about"),
    ("connection.paused", "paused"),
    ("connection.repaired", "repaired"),
    ("connection.replaced", "put another account in the place of"),
    ("connection.resumed", "let go on"),
    ("connection.unmuted", "let mails come again about"),
    ("connection.with_details", "had details kept again of"),
    ("invitation.made", "invited"),
    ("invitation.opened", "was opened"),
    ("invitation.withdrawn", "withdrew the invitation of"),
    ("second_step.code_used", "used a recovery code"),
    ("second_step.codes_made", "made new recovery codes"),
    ("second_step.enrolled", "added a second step"),
    ("second_step.optional", "made the second step a choice"),
    ("second_step.removed", "removed a second step"),
    ("second_step.required", "made the second step a duty"),
    ("user.all_sessions_ended", "ended all sessions"),
    ("user.email_confirmed", "confirmed the e-mail address"),
    ("user.identity_linked", "linked their sign-in at"),
    ("user.identity_removed", "removed their sign-in at a provider:"),
    ("user.joined", "joined"),
    ("user.moved_in", "set up their account"),
    ("user.password_changed", "changed their password"),
    ("user.profile_changed", "changed their profile"),
    ("user.removed", "removed"),
    ("user.role_changed", "changed the role"),
    ("user.sessions_ended", "signed out everywhere else"),
    ("user.sign_in_failed", "failed to sign in"),
    ("user.sign_in_link_made", "made a sign-in link"),
    ("user.signed_in", "signed in"),
    ("user.signed_out", "signed out"),
    ("user.signed_out_everywhere", "signed out everywhere"),
    ("webhook.added", "added the webhook"),
    ("webhook.deleted", "deleted the webhook"),
    ("webhook.disabled", "gave up the webhook"),
    ("webhook.enabled", "let go on the webhook"),
    ("webhook.replayed", "sent again to the webhook"),
    ("webhook.secret_turned", "turned the secret of the webhook"),
    ("webhook.tested", "sent a test to the webhook"),
];

/// What was done, behind the name of who did it.
pub(super) fn verb(act: &str) -> Cow<'_, str> {
    let found = VERBS.iter().find(|(code, _)| *code == act);
    found.map_or_else(|| act.replace(['.', '_'], " ").into(), |(_, verb)| Cow::Borrowed(*verb))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    /// Told to webhooks, and no act of anybody.
    const EVENTS: [&str; 2] = ["connection.changed", "webhook.test"];

    /// All sources of the house under a folder.
    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }

    /// What is spelled as an act in what is built.
    fn spelled() -> BTreeSet<String> {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut files = Vec::new();
        for room in ["store", "sync", "door", "api", "web", "daymark"] {
            sources(&crates.join(room).join("src"), &mut files);
        }
        files.retain(|file| !file.ends_with("wording.rs") && !file.ends_with("tests.rs"));
        let texts = files.iter().map(|file| fs::read_to_string(file).unwrap());
        let built = texts.map(|text| text.split("#[cfg(test)]").next().unwrap().to_owned());
        let is_act = |word: &str| {
            let kind = word.split_once('.').filter(|(_, what)| !what.is_empty());
            kind.is_some_and(|(kind, what)| {
                KINDS.iter().any(|(known, _)| *known == kind)
                    && what.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            })
        };
        let words = built.flat_map(|text| {
            text.split('"').filter(|word| is_act(word)).map(str::to_owned).collect::<Vec<_>>()
        });
        words.filter(|word| !EVENTS.contains(&word.as_str())).collect()
    }

    #[test]
    fn every_act_that_is_written_is_said_in_words_and_no_other() {
        let known: BTreeSet<String> = VERBS.iter().map(|(code, _)| (*code).to_owned()).collect();
        assert_eq!(spelled(), known);
        assert_eq!(known.len(), VERBS.len(), "each once");
        for (code, verb) in VERBS {
            assert!(!verb.is_empty() && !verb.contains('_'), "{code}");
        }
        assert_eq!(verb("second_factor.added"), "second factor added");
    }
}
