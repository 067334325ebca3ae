//! The truth table, in the document and in the code.

use super::*;
use crate::read;

const DOCUMENT: &str = include_str!("../../../../docs/busy.md");

const STATUS: [&str; 5] = ["", "CANCELLED", "TENTATIVE", "CONFIRMED", "X-ODD"];
const ANSWER: [&str; 6] = ["", "DECLINED", "DELEGATED", "TENTATIVE", "NEEDS-ACTION", "ACCEPTED"];
const BUSY_STATUS: [&str; 7] =
    ["", "FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE", "X-ODD"];
const TRANSPARENCY: [&str; 3] = ["", "TRANSPARENT", "OPAQUE"];
const FREE_BUSY: [&str; 5] = ["FREE", "BUSY", "BUSY-TENTATIVE", "BUSY-UNAVAILABLE", "X-ODD"];

/// The cells of the table that begins with this column, without its head.
fn table(first_column: &str) -> Vec<Vec<String>> {
    let head = format!("| {first_column} |");
    let lines = DOCUMENT.lines().skip_while(|line| !line.starts_with(&head)).skip(2);
    let rows = lines.take_while(|line| line.starts_with('|')).map(|line| {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    });
    rows.collect()
}

fn fits(cell: &str, value: &str) -> bool {
    match cell {
        "" => true,
        "*given*" => !value.is_empty(),
        _ => cell.split(", ").any(|allowed| allowed == value),
    }
}

/// What the document says: the last cell of the first row whose cells fit.
fn says<'t>(table: &'t [Vec<String>], skip: usize, values: &[&str]) -> &'t str {
    let fitting = table
        .iter()
        .find(|row| row[skip..].iter().zip(values).all(|(cell, value)| fits(cell, value)));
    fitting.unwrap().last().unwrap()
}

fn blocking_of(component: &str, lines: &[(&str, &str)]) -> Blocking {
    let lines = lines.iter().filter(|(_, value)| !value.is_empty());
    let lines: Vec<_> = lines
        .map(|(name, value)| match *name {
            "PARTSTAT" => format!(
                "ATTENDEE;PARTSTAT=DECLINED:mailto:someone.else@golden.example\n\
                 ATTENDEE;PARTSTAT={value}:MAILTO:Dana@Golden.example"
            ),
            "FBTYPE" => format!("FREEBUSY;FBTYPE={value}:20270101T090000Z/PT1H"),
            _ => format!("{name}:{value}"),
        })
        .collect();
    let text = format!(
        "BEGIN:VCALENDAR\nBEGIN:{component}\nUID:u\nDTSTART:20270101T090000Z\n{}\n\
         END:{component}\nEND:VCALENDAR\n",
        lines.join("\n")
    );
    let owner = Owner::new(["mailto:dana@golden.example"]);
    read(&text).unwrap().events[0].main().unwrap().blocking(&owner)
}

#[test]
fn museum_17_declined_free_tentative_and_away_block_as_the_table_says() {
    let table = table("row");
    assert_eq!(table.len(), 15);
    for status in STATUS {
        for answer in ANSWER {
            for busy_status in BUSY_STATUS {
                for transparency in TRANSPARENCY {
                    let expected =
                        says(&table, 1, &[status, answer, "", busy_status, transparency]);
                    let lines = [
                        ("STATUS", status),
                        ("PARTSTAT", answer),
                        ("X-MICROSOFT-CDO-BUSYSTATUS", busy_status),
                        ("TRANSP", transparency),
                    ];
                    assert_eq!(blocking_of("VEVENT", &lines).as_str(), expected, "{lines:?}");
                }
            }
        }
    }
    for kind in FREE_BUSY {
        let expected = says(&table, 1, &["", "", kind, "", ""]);
        assert_eq!(blocking_of("VFREEBUSY", &[("FBTYPE", kind)]).as_str(), expected, "{kind}");
    }
}

#[test]
fn museum_17_the_switches_of_a_calendar_decide_as_the_table_says() {
    let table = table("so it is");
    assert_eq!(table.len(), 7);
    let yes_no = |claim: bool| if claim { "yes" } else { "no" };
    let bools = [false, true];
    for blocking in Blocking::ALL {
        for (counts_as_busy, all_day, all_day_is_busy) in
            bools.iter().flat_map(|a| bools.iter().flat_map(move |b| bools.map(|c| (*a, *b, c))))
        {
            let values = [
                blocking.as_str(),
                yes_no(counts_as_busy),
                yes_no(all_day),
                yes_no(all_day_is_busy),
            ];
            let expected = says(&table, 0, &values);
            let kind = busy_kind(blocking, all_day, Switches { counts_as_busy, all_day_is_busy });
            assert_eq!(kind.map_or("nothing", BusyKind::as_str), expected, "{values:?}");
        }
    }
}

#[test]
fn the_intended_status_stands_in_where_the_own_one_is_missing() {
    let intended = ("X-MICROSOFT-CDO-INTENDEDSTATUS", "FREE");
    assert_eq!(blocking_of("VEVENT", &[intended]), Blocking::Free);
    let own = ("X-MICROSOFT-CDO-BUSYSTATUS", "BUSY");
    assert_eq!(blocking_of("VEVENT", &[intended, own]), Blocking::Busy);
}

#[test]
fn the_stored_spelling_comes_back() {
    for blocking in Blocking::ALL {
        assert_eq!(Blocking::parse(blocking.as_str()), Some(blocking));
    }
    assert_eq!(Blocking::parse("perhaps"), None);
}

#[test]
fn guests_do_not_reach_a_log() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nDTSTART:20270101T090000Z\nSUMMARY:Secret\n\
        ATTENDEE:mailto:robin@golden.example\nEND:VEVENT\nEND:VCALENDAR\n";
    let shown = format!("{:?}", read(text).unwrap());
    assert!(!shown.contains("robin") && !shown.contains("Secret"), "{shown}");
}
