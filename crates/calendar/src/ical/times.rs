//! The times of an object, and nothing of what it is about: enough to expand it anew, and no more.

use super::read::{Line, lines};
use crate::busy::{Owner, SELF};

/// Stands in an object of which no more than the times was kept.
pub const TIMES_ONLY: &str = "X-DAYMARK-KEPT:TIMES";

/// What stands for every title.
const TITLE: &str = "SUMMARY:Busy";

/// What is kept, with what of it says when.
const BLOCKS: [&str; 6] = ["VCALENDAR", "VEVENT", "VFREEBUSY", "VTIMEZONE", "STANDARD", "DAYLIGHT"];

/// What says when, and whether it takes time; each of them without a word of anybody's.
const PROPERTIES: [&str; 30] = [
    "CALSCALE",
    "CLASS",
    "DTEND",
    "DTSTAMP",
    "DTSTART",
    "DURATION",
    "EXDATE",
    "EXRULE",
    "FREEBUSY",
    "LAST-MODIFIED",
    "METHOD",
    "RDATE",
    "RECURRENCE-ID",
    "RRULE",
    "SEQUENCE",
    "STATUS",
    "TIMEZONE-ID",
    "TRANSP",
    "TZID",
    "TZNAME",
    "TZOFFSETFROM",
    "TZOFFSETTO",
    "UID",
    "VERSION",
    "X-DAYMARK-INHERITS",
    "X-DAYMARK-OCCURRENCES",
    "X-MICROSOFT-CDO-ALLDAYEVENT",
    "X-MICROSOFT-CDO-BUSYSTATUS",
    "X-MICROSOFT-CDO-INTENDEDSTATUS",
    "X-WR-TIMEZONE",
];

/// The object without titles, places, notes, guests: it amounts to the same in time. Of the guests
/// the owner's own answer stays, without their address.
pub fn times_only(text: &str, owner: &Owner) -> String {
    let mut kept = String::new();
    // The open blocks, and whether each is kept.
    let mut open: Vec<(String, bool)> = Vec::new();
    for line in lines(text) {
        let is_kept = open.last().is_none_or(|(_, is_kept)| *is_kept);
        let name = line.value().trim().to_ascii_uppercase();
        if line.is("BEGIN") {
            let begins = is_kept && BLOCKS.contains(&name.as_str());
            if begins {
                keep(&mut kept, &format!("BEGIN:{name}"));
            }
            match name.as_str() {
                "VCALENDAR" if begins => keep(&mut kept, TIMES_ONLY),
                "VEVENT" if begins => keep(&mut kept, TITLE),
                _ => {}
            }
            open.push((name, begins));
        } else if line.is("END") {
            if is_kept && open.last().is_some_and(|(opened, _)| *opened == name) {
                keep(&mut kept, &format!("END:{name}"));
            }
            if open.iter().any(|(opened, _)| *opened == name) {
                while open.pop().is_some_and(|(opened, _)| opened != name) {}
            }
        } else if is_kept && PROPERTIES.iter().any(|property| line.is(property)) {
            keep(&mut kept, line.content());
        } else if is_kept && line.is("ATTENDEE") {
            own_answer(&mut kept, &line, owner);
        }
    }
    kept
}

/// The same of a whole file, which keeps the name that it gives itself.
pub fn times_of_file(text: &str, owner: &Owner) -> String {
    let kept = times_only(text, owner);
    let is_event = |line: &Line<'_>| line.is("BEGIN") && line.value().trim() == "VEVENT";
    let mut head = lines(text).take_while(|line| !is_event(line));
    match head.find(|line| line.is("X-WR-CALNAME")) {
        Some(name) => kept.replacen(TIMES_ONLY, &format!("{TIMES_ONLY}\r\n{}", name.content()), 1),
        None => kept,
    }
}

fn own_answer(kept: &mut String, line: &Line<'_>, owner: &Owner) {
    if line.parameter(SELF).is_none() && !owner.is_at(line.value()) {
        return;
    }
    let answer = line.parameter("PARTSTAT").unwrap_or_else(|| "NEEDS-ACTION".into());
    let is_word = answer.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    if is_word {
        keep(kept, &format!("ATTENDEE;PARTSTAT={answer};{SELF}=TRUE:urn:x-daymark:self"));
    }
}

fn keep(kept: &mut String, line: &str) {
    kept.push_str(line);
    kept.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::Horizon;

    const SECRETS: [&str; 9] =
        ["Surgery", "Clinic", "robin", "Robin", "dana@", "VALARM", "Bring", "meet.example", "Note"];

    fn object(lines: &str) -> String {
        let lines = lines.replace('\n', "\r\n");
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Note\r\n{lines}\r\nEND:VCALENDAR\r\n"
        )
    }

    /// Start, end and blocking of each occurrence.
    fn amount(text: &str, owner: &Owner) -> Vec<String> {
        let from = "2026-11-01T00:00:00Z".parse().unwrap();
        let until = "2027-02-01T00:00:00Z".parse().unwrap();
        let horizon = Horizon::new(from, until).unwrap();
        let reading = crate::read(text).unwrap();
        let mut amount = Vec::new();
        for event in &reading.events {
            for one in crate::expand(event, horizon, &TimeZone::UTC).occurrences {
                let blocking = one.blocking(owner).as_str();
                amount.push(format!("{} {} {} {blocking}", one.start, one.end, one.all_day));
            }
        }
        amount
    }

    #[test]
    fn what_is_kept_amounts_to_the_same_and_says_nothing() {
        let owner = Owner::new(["mailto:dana@northwind.example"]);
        let series = "BEGIN:VTIMEZONE\nTZID:Made/Up\nBEGIN:STANDARD\nDTSTART:19700101T000000\n\
             TZOFFSETFROM:+0200\nTZOFFSETTO:+0200\nTZNAME:X\nEND:STANDARD\nEND:VTIMEZONE\n\
             BEGIN:VEVENT\nUID:1\nSUMMARY:Surgery\n of Robin\nLOCATION:Clinic\n\
             DESCRIPTION:Bring\\n all\nURL:https://meet.example/1\n\
             DTSTART;TZID=Made/Up:20261102T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=9\n\
             EXDATE;TZID=Made/Up:20261109T090000\n\
             ATTENDEE;CN=Robin;PARTSTAT=ACCEPTED:mailto:robin@southwind.example\n\
             ATTENDEE;PARTSTAT=DECLINED:mailto:Dana@northwind.example\n\
             BEGIN:VALARM\nDESCRIPTION:Note\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;TZID=Made/Up:20261116T090000\n\
             DTSTART;TZID=Made/Up:20261116T150000\nDURATION:PT2H\nSUMMARY:Surgery\n\
             X-MICROSOFT-CDO-BUSYSTATUS:OOF\nEND:VEVENT";
        let all_day = "BEGIN:VEVENT\nUID:2\nDTSTART;VALUE=DATE:20261224\nTRANSP:TRANSPARENT\n\
             STATUS:TENTATIVE\nX-ALT-DESC:Note\nCATEGORIES:Surgery\nEND:VEVENT";
        let busy = "BEGIN:VFREEBUSY\nUID:3\nORGANIZER:mailto:robin@southwind.example\n\
             FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261201T090000Z/PT1H\nEND:VFREEBUSY";
        for lines in [series, all_day, busy] {
            let text = object(lines);
            let kept = times_only(&text, &owner);
            assert_eq!(amount(&kept, &Owner::nobody()), amount(&text, &owner), "{kept}");
            assert!(!amount(&text, &owner).is_empty(), "{text}");
            assert!(kept.contains(TIMES_ONLY), "{kept}");
            for secret in SECRETS {
                assert!(!kept.contains(secret), "{secret} is in {kept}");
            }
            assert_eq!(times_only(&kept, &owner), kept, "once is enough");
        }
    }

    #[test]
    fn what_is_no_calendar_leaves_nothing() {
        assert_eq!(times_only("<html>Surgery</html>", &Owner::nobody()), "");
        assert_eq!(times_only("", &Owner::nobody()), "");
    }
}
