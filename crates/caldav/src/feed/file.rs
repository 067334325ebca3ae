//! An uploaded calendar file: how it is examined, and what it is called.

use calendar::ical::Feed;
use connection::{
    Check, CheckName, CheckResult, Credential, Examined, FailureCode, Principal, ProviderError,
    Refusal, Secret, Witness,
};
use sha2::{Digest, Sha256};

use super::sign_in::tell_content;
use super::{calendar, read};
use crate::fetch::hex;
use crate::refusal;

/// An uploaded file, in bytes.
const BYTES_MAX: usize = 10 << 20;
/// Characters of a file's name that are kept.
const NAME_LENGTH_MAX: usize = 120;
/// What a file without any name is called.
const NAMELESS: &str = "Calendar file";

/// Examines an uploaded file; `name` is what it was called where it came from.
pub(super) fn examine(
    file: &Secret,
    name: Option<&str>,
    witness: &dyn Witness,
) -> Result<Examined, Refusal> {
    let text = file.reveal();
    let refused =
        |code, say: String| witness.fail(CheckName::ServerFound, refusal::about("file", code, say));
    if text.len() > BYTES_MAX {
        let say = format!("The file is larger than {} MB.", BYTES_MAX >> 20);
        return Err(refused(FailureCode::TooLarge, say));
    }
    let feed = read(text).map_err(|error| match error {
        ProviderError::Unintelligible { say } => refused(FailureCode::NotACalendar, say),
        other => {
            let refusal = refusal::of_provider(&other);
            refused(refusal.code, refusal.say)
        }
    })?;
    let (result, say) = if feed.is_complete {
        (CheckResult::Pass, "The file is a calendar.")
    } else {
        (CheckResult::Warn, "The file is a calendar, but it ends in the middle.")
    };
    witness.saw(Check { name: CheckName::ServerFound, result, say: say.into() });
    tell_content(witness, &feed);
    let say = "The file stays as it was uploaded: changes at its source do not come along. \
               Upload a newer version when there is one.";
    witness.warn(CheckName::Limits, say.into());
    let name = name.and_then(tidy);
    let id = format!("{}{}", Principal::FILE, fingerprint(text));
    Ok(Examined {
        principal: Principal { id, name: title(&feed, name.as_deref()), addresses: vec![] },
        calendars: vec![calendar(&feed, called(name.as_deref()))],
        credential: Credential::File { text: file.clone(), name },
    })
}

/// A short sign of a whole text.
pub(super) fn fingerprint(text: &str) -> String {
    hex(&Sha256::digest(text)[..16])
}

/// What its calendar is called where it gives itself no name.
pub(super) fn called(name: Option<&str>) -> &str {
    name.unwrap_or(NAMELESS)
}

/// What people know it by: its calendar's name and its own.
fn title(feed: &Feed, name: Option<&str>) -> String {
    match (&feed.name, name) {
        (Some(calendar), Some(name)) => format!("{calendar} ({name})"),
        (Some(calendar), None) => calendar.clone(),
        (None, name) => called(name).to_owned(),
    }
}

/// The name without folders and without what cannot be seen; `None` where nothing is left.
fn tidy(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen = last.chars().filter(|c| !c.is_control()).take(NAME_LENGTH_MAX);
    let seen = seen.collect::<String>().trim().to_owned();
    (!seen.is_empty()).then_some(seen)
}

/// What stays of a file's name when it is saved again: neither ending nor date nor the number
/// that browsers append.
pub(super) fn stem(name: &str) -> String {
    let name = name.to_lowercase();
    let stem = name.strip_suffix(".ics").unwrap_or(&name);
    stem.chars().filter(|c| c.is_alphabetic()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_without_folders_and_hidden_signs() {
        assert_eq!(tidy("C:\\Users\\dana\\Roster.ics").as_deref(), Some("Roster.ics"));
        assert_eq!(tidy("a/b/ro\u{7}ster.ics ").as_deref(), Some("roster.ics"));
        assert_eq!(tidy(" / "), None);
        assert_eq!(tidy(&"x".repeat(300)).map(|name| name.len()), Some(NAME_LENGTH_MAX));
    }

    #[test]
    fn a_file_that_is_saved_again_keeps_its_stem() {
        for name in ["Roster.ics", "roster (1).ics", "roster-2026-11-22.ICS", "ROSTER_2"] {
            assert_eq!(stem(name), "roster", "{name}");
        }
        assert_ne!(stem("roster-june.ics"), stem("roster-july.ics"));
    }

    #[test]
    fn a_file_is_called_by_its_calendar_and_its_own_name() {
        let named = Feed { name: Some("Shifts".into()), ..Feed::default() };
        assert_eq!(title(&named, Some("a.ics")), "Shifts (a.ics)");
        assert_eq!(title(&named, None), "Shifts");
        assert_eq!(title(&Feed::default(), Some("a.ics")), "a.ics");
        assert_eq!(title(&Feed::default(), None), "Calendar file");
    }
}
