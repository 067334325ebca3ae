//! Is an uploaded file the newer version of one that was uploaded before? A file has no address
//! and no account; `docs/adr/0008-which-file-is-which.md` says why it is decided like this.

use std::collections::HashSet;

use calendar::ical::{Feed, Part};
use connection::{Credential, Degree, Kinship};

use super::file;

/// A newer version that nobody vouches for still has this share of the events that are held.
const SHARE_MIN_PERCENT: usize = 75;

/// How two files stand to each other; whatever is no file is a stranger.
pub(super) fn of(held: &Credential, new: &Credential) -> Kinship {
    let (Some(held), Some(new)) = (File::read(held), File::read(new)) else {
        return Kinship::STRANGERS;
    };
    let both = held.shared(&new, |part| &part.key);
    // Some programs make up new UIDs each time they write a file (quirk caldav-16).
    let both = both.max(held.shared(&new, |part| &part.fingerprint));
    let gone = held.feed.parts.len().saturating_sub(both);
    let added = new.feed.parts.len().saturating_sub(both);
    Kinship { degree: degree(&held, &new, (both, gone)), both, gone, added }
}

fn degree(held: &File, new: &File, (both, gone): (usize, usize)) -> Degree {
    let names = held.agrees_in_name(new);
    let is_mostly_there = both * 100 >= held.feed.parts.len() * SHARE_MIN_PERCENT;
    match names {
        Some(false) if both == 0 => Degree::Strangers,
        _ if gone > 0 && !new.feed.is_complete => Degree::Cut,
        Some(true) if is_mostly_there => Degree::Same,
        Some(true) => Degree::Namesakes,
        Some(false) | None => Degree::Possible,
    }
}

struct File {
    feed: Feed,
    name: Option<String>,
}

impl File {
    fn read(credential: &Credential) -> Option<Self> {
        let Credential::File { text, name } = credential else { return None };
        let feed = super::read(text.reveal()).ok()?;
        Some(Self { feed, name: name.clone() })
    }

    /// Do they say that they are the same calendar? `None` where they do not say, or only the
    /// names of the files speak against it: people name files as they like.
    fn agrees_in_name(&self, other: &Self) -> Option<bool> {
        if let (Some(ours), Some(theirs)) = (&self.feed.name, &other.feed.name) {
            return Some(ours.trim() == theirs.trim());
        }
        let agree = match (&self.name, &other.name) {
            (Some(ours), Some(theirs)) => file::stem(ours) == file::stem(theirs),
            (None, None) => self.feed.name == other.feed.name,
            _ => false,
        };
        agree.then_some(true)
    }

    fn shared(&self, other: &Self, name: impl Fn(&Part) -> &str) -> usize {
        let ours: HashSet<&str> = self.feed.parts.iter().map(&name).collect();
        let theirs: HashSet<&str> = other.feed.parts.iter().map(&name).collect();
        ours.intersection(&theirs).count()
    }
}

#[cfg(test)]
mod tests {
    use connection::Secret;

    use super::*;

    fn file(title: &str, name: &str, uids: &[&str]) -> Credential {
        let event = |uid: &&str| {
            format!(
                "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:20261123T100000Z\r\nSUMMARY:{uid}\r\n\
                 END:VEVENT\r\n"
            )
        };
        let title = if title.is_empty() { "" } else { &format!("X-WR-CALNAME:{title}\r\n") };
        let events: String = uids.iter().map(event).collect();
        let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{title}{events}END:VCALENDAR\r\n");
        let name = (!name.is_empty()).then(|| name.to_owned());
        Credential::File { text: Secret::new(text), name }
    }

    fn degree_of(held: &Credential, new: &Credential) -> Degree {
        of(held, new).degree
    }

    #[test]
    fn the_same_name_and_most_of_its_events_make_the_same_calendar() {
        let held = file("Roster", "a.ics", &["1", "2", "3", "4"]);
        let newer = file("Roster", "b.ics", &["2", "3", "4", "5", "6"]);
        let expected = Kinship { degree: Degree::Same, both: 3, gone: 1, added: 2 };
        assert_eq!(of(&held, &newer), expected);
        let held = file("", "roster.ics", &["1", "2", "3", "4"]);
        assert_eq!(degree_of(&held, &file("", "Roster (2).ICS", &["1", "2", "3"])), Degree::Same);
        assert_eq!(degree_of(&file("", "", &["1"]), &file("", "", &["1", "2"])), Degree::Same);
    }

    #[test]
    fn two_calendars_of_one_name_are_not_merged() {
        let held = file("Calendar", "calendar.ics", &["1", "2", "3", "4"]);
        for uids in [&[][..], &["8", "9"], &["1", "2", "8", "9"]] {
            let other = file("Calendar", "calendar.ics", uids);
            assert_eq!(degree_of(&held, &other), Degree::Namesakes, "{uids:?}");
        }
    }

    #[test]
    fn two_calendars_of_different_names_are_not_merged_though_they_share_all_events() {
        let held = file("Work", "export.ics", &["1"]);
        assert_eq!(degree_of(&held, &file("Home", "export.ics", &["1"])), Degree::Possible);
        assert_eq!(degree_of(&held, &file("Home", "export.ics", &["2"])), Degree::Strangers);
        let held = file("", "work.ics", &["1"]);
        assert_eq!(degree_of(&held, &file("", "home.ics", &["1"])), Degree::Possible);
        assert_eq!(degree_of(&held, &file("", "home.ics", &["2"])), Degree::Possible);
    }

    #[test]
    fn a_file_that_was_cut_off_does_not_take_the_place_of_a_whole_one() {
        let held = file("Roster", "", &["1", "2", "3", "4"]);
        let Credential::File { text, name } = file("Roster", "", &["1", "2", "3"]) else {
            panic!()
        };
        let text = Secret::new(text.reveal().replace("END:VCALENDAR\r\n", ""));
        assert_eq!(degree_of(&held, &Credential::File { text, name }), Degree::Cut);
    }

    #[test]
    fn events_whose_uids_are_made_up_anew_are_known_by_what_they_say() {
        let held = file("Roster", "", &["1", "2"]);
        let Credential::File { text, name } = &held else { panic!() };
        let text = Secret::new(text.reveal().replace("UID:", "UID:new-"));
        let newer = Credential::File { text, name: name.clone() };
        assert_eq!(degree_of(&held, &newer), Degree::Same);
    }

    #[test]
    fn what_is_no_file_is_a_stranger() {
        let held = Credential::Address { address: Secret::new("https://h.example/a.ics") };
        assert_eq!(of(&held, &file("", "", &["1"])), Kinship::STRANGERS);
    }
}
