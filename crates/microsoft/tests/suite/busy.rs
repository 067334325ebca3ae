//! What blocks: every combination of what Graph says, against the truth table of `docs/busy.md`.

use calendar::Owner;
use connection::Cursor;
use serde_json::{Value, json};

use crate::far::{Far, GRAPH, ok};

const TABLE: &str = include_str!("../../../../docs/busy.md");
const CANCELLED: [Value; 3] = [json_bool(true), json_bool(false), Value::Null];
const RESPONSES: [&str; 8] =
    ["none", "organizer", "tentativelyAccepted", "accepted", "declined", "notResponded", "odd", ""];
const SHOWN: [&str; 8] =
    ["free", "tentative", "busy", "oof", "workingElsewhere", "unknown", "odd", ""];
const SENSITIVITIES: [&str; 4] = ["normal", "personal", "private", "confidential"];

const fn json_bool(is: bool) -> Value {
    Value::Bool(is)
}

/// The rows: what is cancelled, what was answered, what it is shown as, and what it so is.
fn rows() -> Vec<[&'static str; 4]> {
    let (_, outlook) = TABLE.split_once("## 4. What Outlook says").expect("the table is there");
    let cells = |line: &'static str| -> Vec<&'static str> {
        line.trim_matches('|').split('|').map(str::trim).collect()
    };
    let lines = outlook.lines().filter(|line| line.starts_with("| ")).map(cells);
    let rows = lines.filter(|cells| cells[0].parse::<u8>().is_ok());
    rows.map(|cells| [cells[1], cells[2], cells[3], cells[4]]).collect()
}

fn expected(rows: &[[&'static str; 4]], cancelled: &Value, response: &str, shown: &str) -> String {
    let fits = |cell: &str, is: &str| cell.is_empty() || cell == is;
    let row = rows.iter().find(|row| {
        fits(row[0], &cancelled.to_string()) && fits(row[1], response) && fits(row[2], shown)
    });
    row.expect("the last row fits everything")[3].to_owned()
}

/// One event for each combination.
fn events() -> Vec<(Value, Value, &'static str, &'static str)> {
    let mut events = Vec::new();
    for cancelled in CANCELLED {
        for response in RESPONSES {
            for shown in SHOWN {
                for sensitivity in SENSITIVITIES {
                    for organizer in [true, false] {
                        let at = |hour| {
                            json!({"dateTime": format!("2026-12-01T{hour}:00:00.0000000"),
                            "timeZone": "UTC"})
                        };
                        let mut event = json!({"id": format!("e{}", events.len()),
                            "type": "singleInstance", "subject": null, "start": at("15"),
                            "end": at("16"), "isCancelled": cancelled, "sensitivity": sensitivity,
                            "isOrganizer": organizer, "responseStatus": {"response": response},
                            "attendees": [{"emailAddress": {"address": "ada@contoso.example"},
                                "status": {"response": "declined"}, "type": "required"}]});
                        if !shown.is_empty() {
                            event["showAs"] = json!(shown);
                        }
                        events.push((event, cancelled.clone(), response, shown));
                    }
                }
            }
        }
    }
    events
}

#[tokio::test]
async fn museum_17_declined_free_and_tentative_are_what_the_truth_table_says() {
    let rows = rows();
    assert_eq!(rows.len(), 7);
    let events = events();
    assert_eq!(events.len(), 3 * 8 * 8 * 4 * 2);
    let value: Vec<Value> = events.iter().map(|(event, ..)| event.clone()).collect();
    let link = format!("{GRAPH}/me/calendars/cal/calendarView/delta?%24deltatoken=1");
    let body = json!({"value": value, "@odata.deltaLink": link});
    let far = Far::new(move |_| ok(&body));
    let page = far.page(&Cursor::Beginning).await.unwrap();
    assert_eq!(page.listed.len(), events.len());
    // The owner's own address is not known here, as in a calendar that is shared.
    let owner = Owner::nobody();
    for (line, (_, cancelled, response, shown)) in page.listed.iter().zip(&events) {
        let text = &line.event.as_ref().unwrap().text;
        let reading = calendar::read(text).unwrap();
        let blocking = reading.events[0].main().unwrap().blocking(&owner);
        let wanted = expected(&rows, cancelled, response, shown);
        assert_eq!(blocking.as_str(), wanted, "{cancelled} {response} {shown}\n{text}");
    }
}
