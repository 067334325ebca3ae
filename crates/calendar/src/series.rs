//! A series whose occurrences the far side lists apart from it, made one object again. The texts
//! are those that adapters write: one VCALENDAR each, every VEVENT on its top level.

/// Stands on a series of which every occurrence is listed: the series itself is none, and its rule
/// is not followed.
pub const LISTED: &str = "X-DAYMARK-OCCURRENCES:LISTED";
/// Stands on an occurrence that says no more than when it is: all else is as its series says.
pub const INHERITS: &str = "X-DAYMARK-INHERITS:TRUE";

const BEGIN: &str = "BEGIN:VEVENT";
const END: &str = "END:VEVENT";
/// What an occurrence never takes over from its series.
const OWN: [&str; 8] = [
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "RECURRENCE-ID",
    "X-DAYMARK-OCCURRENCES",
];

/// One object of a series and those of its occurrences that are listed apart.
pub fn join<'a>(series: &'a str, parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut parts = parts.into_iter().flat_map(components).peekable();
    let masters = components(series);
    let Some(first) = masters.first() else { return series.to_owned() };
    let all_listed = first.lines().any(|line| line == LISTED);
    if parts.peek().is_none() && !all_listed {
        return series.to_owned();
    }
    let head = series.find(first).map_or("", |at| &series[..at]);
    let mut text = head.to_owned();
    if !all_listed {
        text.extend(masters.iter().copied());
    }
    for part in parts {
        if part.lines().any(|line| line == INHERITS) {
            inherit(&mut text, first, part);
        } else {
            belong(&mut text, first, part);
        }
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

/// The VEVENTs of a text, each from the start of its BEGIN to the end of its END.
fn components(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut at, mut begin) = (0, None);
    for line in text.split_inclusive('\n') {
        match line.trim_end() {
            BEGIN => begin = Some(at),
            END => found.extend(begin.take().map(|from| &text[from..at + line.len()])),
            _ => {}
        }
        at += line.len();
    }
    found
}

/// An occurrence that says all of itself but for its UID, which Google leaves out of a cancelled
/// one.
fn belong(text: &mut String, series: &str, part: &str) {
    let uid = properties(series).find(|(name, _)| *name == "UID");
    text.push_str("BEGIN:VEVENT\r\n");
    text.extend(uid.map(|(_, uid)| uid));
    for (_, property) in properties(part).filter(|(name, _)| *name != "UID" || uid.is_none()) {
        text.push_str(property);
    }
    text.push_str("END:VEVENT\r\n");
}

/// An occurrence with its own times, and all else of its series. Of a series of dates it has dates,
/// too: a listing that says no more than when may give their midnights in UTC.
fn inherit(text: &mut String, series: &str, part: &str) {
    let of_dates = properties(series)
        .any(|(name, property)| name == "DTSTART" && property.contains(";VALUE=DATE:"));
    text.push_str("BEGIN:VEVENT\r\n");
    for (name, property) in properties(series) {
        if !OWN.contains(&name) {
            text.push_str(property);
        }
    }
    for (name, property) in properties(part) {
        match property.trim_end().split_once(':').filter(|_| of_dates) {
            _ if !OWN.contains(&name) => {}
            Some((plain, midnight)) if plain == name && midnight.ends_with("T000000Z") => {
                let date = midnight.trim_end_matches("T000000Z");
                text.extend([name, ";VALUE=DATE:", date, "\r\n"]);
            }
            _ => text.push_str(property),
        }
    }
    text.push_str("END:VEVENT\r\n");
}

/// The properties of a component with their continuation lines (RFC 5545 §3.1), and whatever is
/// nested in it.
fn properties(component: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = component;
    std::iter::from_fn(move || {
        let mut end = rest.find('\n').map_or(rest.len(), |at| at + 1);
        while rest[end..].starts_with([' ', '\t']) {
            end += rest[end..].find('\n').map_or(rest.len() - end, |at| at + 1);
        }
        let (property, others) = rest.split_at(end);
        rest = others;
        let name = property.split([':', ';']).next().unwrap_or_default();
        (!property.is_empty()).then_some((name, property))
    })
    .filter(|(_, property)| !matches!(property.trim_end(), BEGIN | END))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(lines: &str) -> String {
        let lines = lines.replace('\n', "\r\n");
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\n\
             END:VCALENDAR\r\n"
        )
    }

    #[test]
    fn a_series_alone_is_what_it_was() {
        let series = object("UID:a\nDTSTART:20261201T090000Z\nRRULE:FREQ=DAILY");
        assert_eq!(join(&series, []), series);
    }

    #[test]
    fn an_exception_stands_beside_its_series() {
        let series = object("UID:a\nDTSTART:20261201T090000Z\nRRULE:FREQ=DAILY");
        let moved = object("UID:a\nRECURRENCE-ID:20261202T090000Z\nDTSTART:20261202T110000Z");
        let joined = join(&series, [moved.as_str()]);
        let reading = crate::read(&joined).unwrap();
        assert_eq!(reading.events.len(), 1, "they are one event");
        assert!(joined.contains("RRULE") && joined.contains("T110000Z"), "{joined}");
    }

    #[test]
    fn a_cancelled_occurrence_belongs_to_its_series_whatever_uid_it_came_with() {
        let series = object("UID:a@x\nDTSTART:20261201T090000Z\nRRULE:FREQ=DAILY");
        let gone = object(
            "UID:guess\nRECURRENCE-ID:20261202T090000Z\nDTSTART:20261202T090000Z\n\
             STATUS:CANCELLED",
        );
        let joined = join(&series, [gone.as_str()]);
        assert_eq!(crate::read(&joined).unwrap().events.len(), 1, "they are one event: {joined}");
        assert!(joined.contains("STATUS:CANCELLED") && !joined.contains("guess"), "{joined}");
    }

    #[test]
    fn a_listed_series_is_its_occurrences_and_nothing_else() {
        let series = object(
            "UID:a\nSUMMARY:Long \n  title\nDTSTART:20261201T090000Z\nDTEND:20261201T093000Z\n\
             RRULE:FREQ=DAILY\nX-DAYMARK-OCCURRENCES:LISTED",
        );
        let stub = object(
            "UID:a\nRECURRENCE-ID:20261203T090000Z\nDTSTART:20261203T090000Z\n\
             DTEND:20261203T093000Z\nX-DAYMARK-INHERITS:TRUE",
        );
        let joined = join(&series, [stub.as_str()]);
        assert_eq!(joined.matches("BEGIN:VEVENT").count(), 1);
        assert!(
            joined.contains("SUMMARY:Long \r\n  title\r\n"),
            "the title is inherited: {joined}"
        );
        assert!(!joined.contains("20261201") && !joined.contains("RRULE"), "{joined}");
        assert!(crate::read(&join(&series, [])).unwrap().events.is_empty());
    }

    #[test]
    fn an_occurrence_of_a_series_of_dates_has_dates() {
        let series = object(
            "UID:a\nDTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20261202\n\
             X-DAYMARK-OCCURRENCES:LISTED",
        );
        let stub = object(
            "UID:a\nRECURRENCE-ID:20261208T000000Z\nDTSTART:20261208T000000Z\n\
             DTEND:20261209T000000Z\nX-DAYMARK-INHERITS:TRUE",
        );
        let joined = join(&series, [stub.as_str()]);
        let dates = "RECURRENCE-ID;VALUE=DATE:20261208\r\nDTSTART;VALUE=DATE:20261208\r\n\
                     DTEND;VALUE=DATE:20261209\r\n";
        assert!(joined.contains(dates), "{joined}");
    }
}
