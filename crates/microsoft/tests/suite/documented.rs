//! Answers out of Microsoft's own documentation: all are read, and none is taken for another.

use connection::{
    Bell, Calendars, Cursor, Draft, ETag, Precondition, ProviderError, RemoteId, Secret,
};
use serde_json::{Value, json};

use crate::far::{Far, GRAPH, NOW, Reply, access, ok, reply};

const DOCUMENTED: &str = include_str!("../../fixtures/documented.json");

struct Sample {
    line: String,
    status: u16,
    body: Value,
}

fn samples() -> Vec<Sample> {
    let all: Vec<Value> = serde_json::from_str(DOCUMENTED).unwrap();
    let of = |sample: Value| Sample {
        line: format!("{} {}", sample["method"].as_str().unwrap(), sample["url"].as_str().unwrap()),
        status: u16::try_from(sample["status"].as_u64().unwrap()).unwrap(),
        body: sample["body"].clone(),
    };
    all.into_iter().map(of).collect()
}

/// The good answers to this line.
fn about(line: &'static str) -> impl Iterator<Item = Sample> {
    samples().into_iter().filter(move |sample| sample.line == line && sample.status < 300)
}

fn is_event(sample: &Sample) -> bool {
    let line = &sample.line;
    let is_other = ["attachments", "onlineMeetings", "findMeetingTimes", "getSchedule"];
    !is_other.iter().any(|other| line.contains(other))
        && ["/events", "/instances", "alendarView"].iter().any(|part| line.contains(part))
}

/// The rows of a documented answer; the documentation leaves names out.
fn rows(sample: &Sample) -> Vec<Value> {
    let single = vec![sample.body.clone()];
    let rows = sample.body["value"].as_array().cloned().unwrap_or(single);
    let named = |(n, mut row): (usize, Value)| {
        if row.get("id").is_none() {
            row["id"] = json!(format!("row-{n}"));
        }
        row
    };
    rows.into_iter().filter(Value::is_object).enumerate().map(named).collect()
}

#[tokio::test]
async fn every_documented_event_becomes_one_that_is_read() {
    let mut seen = 0;
    for sample in samples().iter().filter(|sample| is_event(sample) && sample.body.is_object()) {
        let link = format!("{GRAPH}/me/calendars/cal/calendarView/delta?%24deltatoken=1");
        let body = json!({"value": rows(sample), "@odata.deltaLink": link});
        let count = rows(sample).len();
        let page = Far::new(move |_| ok(&body)).page(&Cursor::Beginning).await;
        let page = page.unwrap_or_else(|error| panic!("{}: {error}", sample.line));
        assert_eq!(page.listed.len(), count, "{}", sample.line);
        for line in &page.listed {
            let event = line.event.as_ref().unwrap();
            let reading = calendar::read(&event.text);
            let reading = reading.unwrap_or_else(|why| panic!("{}: {why}", sample.line));
            let is_whole = event.text.contains("DTSTART");
            assert_eq!(reading.events.len(), usize::from(is_whole), "{}", event.text);
            assert!(is_whole || !reading.problems.is_empty(), "what is cut short is told");
            seen += 1;
        }
    }
    assert!(seen >= 15, "{seen} events");
}

#[tokio::test]
async fn the_documented_calendars_are_listed() {
    for sample in about("GET /me/calendars").chain(about("GET /me/calendarGroups/*/calendars")) {
        let far = Far::new(move |asked| match asked.path.as_str() {
            "/v1.0/me/calendars" => ok(&sample.body),
            "/v1.0/me/mailboxSettings" => ok(&json!({"timeZone": "UTC"})),
            _ => ok(&json!({"value": []})),
        });
        let listed = far.calendars().calendars(&access()).await.unwrap();
        assert_eq!(listed.len(), 1);
        assert!(["Calendar", "name-value"].contains(&listed[0].name.as_str()));
    }
}

#[tokio::test]
async fn the_documented_subscription_is_a_channel() {
    for sample in about("POST /subscriptions") {
        let far = Far::new(move |_| reply(sample.status, &sample.body));
        let channel = "cha_0123456789abcdef0123456789abcdef".parse().unwrap();
        let address = "https://day.example/hooks".into();
        let bell = Bell { channel, address, secret: Secret::new("s"), is_only: true };
        let (watch, now) = (far.adapter.watch.clone().unwrap(), NOW.parse().unwrap());
        let opened = watch.open(&access(), &RemoteId::new("cal"), &bell, now).await.unwrap();
        assert_eq!(opened.remote.as_str(), "7f105c7d-2dc5-4530-97cd-4e7ae6534c07");
    }
}

/// Asks everything of a far side that answers everything with one text.
async fn ask_all(far: &Far) -> Vec<Result<(), ProviderError>> {
    let (calendars, access, calendar): (&dyn Calendars, _, _) =
        (far.calendars(), access(), RemoteId::new("cal"));
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20261201T160000Z\r\n\
                END:VEVENT\r\nEND:VCALENDAR\r\n";
    let draft = Draft { id: RemoteId::new("e"), text: text.into() };
    let matching = || Precondition::Matches(ETag::new("\"1\""));
    let ids = [RemoteId::new("a"), RemoteId::new("b")];
    vec![
        calendars.calendars(&access).await.map(drop),
        calendars.fetch(&access, &calendar, &ids[..1]).await.map(drop),
        calendars.fetch(&access, &calendar, &ids).await.map(drop),
        calendars.put(&access, &calendar, &draft, Precondition::Absent).await.map(drop),
        calendars.put(&access, &calendar, &draft, matching()).await.map(drop),
        calendars.delete(&access, &calendar, &ids[0], matching()).await,
        far.page(&Cursor::Beginning).await.map(drop),
    ]
}

#[tokio::test]
async fn no_answer_to_another_question_breaks_anything() {
    for sample in samples() {
        let (status, body) = (sample.status, sample.body.to_string());
        let far = Far::new(move |_| Reply::raw(status, &body));
        let changes = ask_all(&far).await.pop().unwrap();
        let is_delta = sample.body.get("@odata.nextLink").is_some();
        assert!(is_delta || changes.is_err(), "{}: no answer to that question", sample.line);
    }
    let whole = samples().swap_remove(2).body.to_string();
    for cut in (0..whole.len()).step_by(97).filter(|at| whole.is_char_boundary(*at)) {
        let body = whole[..cut].to_owned();
        let far = Far::new(move |_| Reply::raw(200, &body));
        let answers = ask_all(&far).await;
        let is_told = |answer: &Result<(), ProviderError>| {
            matches!(answer, Err(ProviderError::Unintelligible { .. }))
        };
        let deleted = &answers[5];
        assert!(deleted.is_ok(), "a delete needs no answer but its status");
        let others = answers.iter().enumerate().filter(|(at, _)| *at != 5);
        assert!(others.into_iter().all(|(_, answer)| is_told(answer)), "{cut}: {answers:?}");
    }
}
