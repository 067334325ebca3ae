//! The answers in Microsoft's own documentation, where the environment says where they lie: all
//! are read, and none is taken for another. They are Microsoft's, and not a part of this project;
//! `answers.rs` does the same with our own.

use connection::{Bell, RemoteId, Secret};
use serde_json::{Value, json};

use crate::answers::{Answer, all_events_are_read, none_is_taken_for_another};
use crate::far::{Far, NOW, access, ok, reply};

/// Where the file of them is named: a list of `request` (`method`, `url`) and `response`
/// (`statusCode`, `body`).
const SAMPLES: &str = "DAYMARK_TEST_GRAPH_SAMPLES";

/// What they say; `None`, and it is said, where nobody says where they are. A file that is named
/// and cannot be read fails.
#[expect(clippy::disallowed_methods, reason = "the test runner says where the file is")]
#[expect(clippy::print_stderr, reason = "no test is skipped silently")]
fn documented() -> Option<Vec<Answer>> {
    let Some(place) = std::env::var(SAMPLES).ok().filter(|text| !text.is_empty()) else {
        eprintln!("NOT RUN: {SAMPLES} is not set; it names the answers in Microsoft's documents");
        return None;
    };
    let text = std::fs::read_to_string(&place).unwrap_or_else(|why| panic!("{place}: {why}"));
    let all: Vec<Value> = serde_json::from_str(&text).unwrap();
    let answers: Vec<Answer> = all.iter().map(read).collect();
    assert!(answers.len() >= 70, "{} answers", answers.len());
    Some(answers)
}

fn read(sample: &Value) -> Answer {
    let (request, response) = (&sample["request"], &sample["response"]);
    let url = request["url"].as_str().unwrap();
    let path = url.strip_prefix("https://graph.microsoft.com/v1.0").unwrap_or(url);
    Answer {
        line: format!("{} {path}", request["method"].as_str().unwrap()),
        status: u16::try_from(response["statusCode"].as_u64().unwrap()).unwrap(),
        body: response["body"].clone(),
    }
}

/// The good answers to these lines; there are some.
fn about(answers: Vec<Answer>, lines: &[&str]) -> Vec<Answer> {
    let is_it = |answer: &Answer| lines.contains(&&*answer.line) && answer.status < 300;
    let found: Vec<Answer> = answers.into_iter().filter(is_it).collect();
    assert!(found.len() >= lines.len(), "{lines:?}");
    found
}

#[tokio::test]
async fn every_documented_event_becomes_one_that_is_read() {
    let Some(answers) = documented() else { return };
    let seen = all_events_are_read(&answers).await;
    assert!(seen >= 15, "{seen} events");
}

#[tokio::test]
async fn the_documented_calendars_are_listed() {
    let Some(answers) = documented() else { return };
    for answer in about(answers, &["GET /me/calendars", "GET /me/calendarGroups/*/calendars"]) {
        let far = Far::new(move |asked| match asked.path.as_str() {
            "/v1.0/me/calendars" => ok(&answer.body),
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
    let Some(answers) = documented() else { return };
    for answer in about(answers, &["POST /subscriptions"]) {
        let id = answer.body["id"].as_str().unwrap().to_owned();
        let far = Far::new(move |_| reply(answer.status, &answer.body));
        let channel = "cha_0123456789abcdef0123456789abcdef".parse().unwrap();
        let address = "https://day.example/hooks".into();
        let bell = Bell { channel, address, secret: Secret::new("s"), is_only: true };
        let (watch, now) = (far.adapter.watch.clone().unwrap(), NOW.parse().unwrap());
        let opened = watch.open(&access(), &RemoteId::new("cal"), &bell, now).await.unwrap();
        assert_eq!(opened.remote.as_str(), id);
    }
}

#[tokio::test]
async fn no_documented_answer_to_another_question_breaks_anything() {
    let Some(answers) = documented() else { return };
    none_is_taken_for_another(&answers).await;
}
