//! Lines and blocks, whole and broken.

use super::*;

fn calendar(inside: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\n{inside}END:VCALENDAR\n")
}

/// The kinds of the blocks directly in the calendar; `!` marks a damaged one.
fn kinds(text: &str) -> Vec<String> {
    let whole = tree(text).unwrap();
    let blocks = whole.calendars().iter().flat_map(|calendar| &calendar.blocks);
    blocks.map(|block| format!("{}{}", block.name, if block.damaged { "!" } else { "" })).collect()
}

fn uids(text: &str) -> Vec<String> {
    let whole = tree(text).unwrap();
    let blocks = whole.calendars().iter().flat_map(|calendar| &calendar.blocks);
    blocks.map(|block| block.text("UID").unwrap_or_default()).collect()
}

#[test]
fn a_line_has_a_name_parameters_and_a_value() {
    let text =
        "ATTENDEE;CN=\"Robin; the: third\";partstat=declined:mailto:robin@golden.example\r\n";
    let line = lines(text).next().unwrap();
    assert!(line.is("attendee"));
    assert_eq!(line.parameter("CN").as_deref(), Some("Robin; the: third"));
    assert_eq!(line.parameter("PARTSTAT").as_deref(), Some("declined"));
    assert_eq!(line.parameter("ROLE"), None);
    assert_eq!(line.value(), "mailto:robin@golden.example");
}

#[test]
fn lines_without_a_colon_or_with_an_open_quote_are_still_lines() {
    for (text, name, value) in [
        ("JUST WORDS", "JUST WORDS", ""),
        ("DTSTART;TZID=\"Europe/Berlin:20270101T090000", "DTSTART", "20270101T090000"),
        (":", "", ""),
        (";", "", ""),
        ("A:", "A", ""),
        ("é;ü=ö:ä", "é", "ä"),
    ] {
        let line = lines(text).next().unwrap();
        assert_eq!((line.name(), line.value()), (name, value), "{text}");
        assert_eq!(line.parameter("X"), None);
    }
}

#[test]
fn folds_of_every_make_are_taken_out() {
    for text in [
        "SUMMARY:Long\r\n er",
        "SUMMARY:Long\n\ter",
        "SUMMARY:Long\r\r\n er\r\r\n",
        "SUMMARY:Lo\n ng\n er\n",
        "SUMMARY:Long\n\n er\n",
        "\u{feff}SUMMARY:Long\r er\rUID:1",
    ] {
        assert_eq!(lines(text).next().unwrap().value(), "Longer", "{text:?}");
    }
}

#[test]
fn every_byte_belongs_to_a_line_or_is_blank() {
    let text = include_str!("../../../tests/fixtures/golden.ics");
    let joined: String = lines(text).map(|line| &text[line.span]).collect();
    assert_eq!(joined, text);
}

#[test]
fn lower_case_blank_lines_and_bare_line_ends_are_read() {
    let text = "begin:vcalendar\n\n\nbegin:vevent\nuid:a\n\nend:vevent\nend:vcalendar";
    assert_eq!(kinds(text), ["VEVENT"]);
    assert_eq!(uids(&text.replace('\n', "\r")), ["a"]);
}

#[test]
fn a_component_without_end_ends_where_the_next_begins() {
    let text = calendar("BEGIN:VEVENT\nUID:a\nBEGIN:VALARM\nBEGIN:VEVENT\nUID:b\nEND:VEVENT\n");
    assert_eq!(kinds(&text), ["VEVENT!", "VEVENT"]);
    assert_eq!(uids(&text), ["a", "b"]);
}

#[test]
fn a_component_without_begin_is_salvaged() {
    let text = calendar("BEGIN:VEVENT\nUID:a\nEND:VEVENT\nUID:b\nX-WR-CALNAME:n\nEND:VEVENT\n");
    assert_eq!(kinds(&text), ["VEVENT", "VEVENT!"]);
    assert_eq!(uids(&text), ["a", "b"]);
    let text = calendar("UID:a\nEND:VEVENT\n");
    assert_eq!(uids(&text), ["a"]);
    assert!(tree(&text).unwrap().calendars()[0].line("VERSION").is_some());
    assert_eq!(uids(&calendar("BEGIN:VEVENX\nUID:a\nEND:VEVENT\n")), ["a"]);
}

#[test]
fn a_text_cut_off_in_the_middle_keeps_what_it_has() {
    let text = calendar("BEGIN:VEVENT\nUID:a\nEND:VEVENT\nBEGIN:VEVENT\nUID:b\nSUMM");
    let cut = &text[..text.find("SUMM").unwrap() + 4];
    assert_eq!(kinds(cut), ["VEVENT", "VEVENT!"]);
    assert!(tree(cut).unwrap().calendars()[0].damaged);
}

#[test]
fn what_is_no_calendar_says_so() {
    for (text, expected) in [
        ("", Unreadable::Empty),
        ("\u{feff} \r\n", Unreadable::Empty),
        ("<!doctype html><p>Sign in", Unreadable::WebPage),
        ("Not found", Unreadable::NotACalendar),
        ("BEGIN:VCARD\nEND:VCARD\n", Unreadable::NotACalendar),
    ] {
        assert_eq!(tree(text).err(), Some(expected), "{text}");
    }
}

#[test]
fn depth_and_number_have_limits() {
    let deep = format!("BEGIN:VCALENDAR\n{}", "BEGIN:X-DEEP\n".repeat(DEPTH_MAX + 1));
    assert_eq!(tree(&deep).err(), Some(Unreadable::TooDeep));
    let components_max = COMPONENTS_MAX;
    let full = "BEGIN:VEVENT\nEND:VEVENT\n".repeat(COMPONENTS_MAX);
    assert!(tree(&calendar(&full)).is_ok());
    let too_full = calendar(&(full + "BEGIN:VEVENT\nEND:VEVENT\n"));
    assert_eq!(tree(&too_full).err(), Some(Unreadable::TooLarge { components_max }));
}
