//! Several calls in one request.

use super::client::{ALL, Client, MARA, seeded};
use crate::client::request;

async fn batch(client: &Client, calls: &[(&str, &str)]) -> crate::client::Answer {
    let part = |(at, (call, json)): (usize, &(&str, &str))| {
        format!(
            "--b\r\nContent-Type: application/http\r\nContent-ID: <call-{at}>\r\n\r\n\
             {call} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{json}\r\n"
        )
    };
    let parts: Vec<String> = calls.iter().enumerate().map(part).collect();
    let body = format!("{}--b--\r\n", parts.concat());
    let bearer = format!("Bearer {}", client.token);
    let headers =
        [("authorization", bearer.as_str()), ("content-type", "multipart/mixed; boundary=\"b\"")];
    request(&client.sandbox, "POST", "/batch/calendar/v3", &headers, &body).await
}

#[tokio::test]
async fn each_part_is_answered_by_itself() {
    let client = Client::of(seeded(), MARA, &[ALL]).await;
    let event = r#"{"summary":"Tea","start":{"date":"2026-11-20"},"end":{"date":"2026-11-21"}}"#;
    let calls = [
        ("POST /calendar/v3/calendars/primary/events", event),
        ("GET /calendar/v3/calendars/nobody/events", ""),
        ("GET /calendar/v3/users/me/calendarList?maxResults=1", ""),
    ];
    let answer = batch(&client, &calls).await;
    assert!(answer.header("content-type").starts_with("multipart/mixed"));
    let parts: Vec<&str> = answer.text().split("--batch_sandbox").skip(1).collect();
    assert_eq!(parts.len(), 4);
    assert!(parts[0].contains("<response-call-0>") && parts[0].contains("HTTP/1.1 200 OK"));
    assert!(parts[0].contains("\"summary\":\"Tea\""));
    assert!(parts[1].contains("HTTP/1.1 404 Not Found") && parts[1].contains("notFound"));
    assert!(parts[2].contains("calendar#calendarList"));
    let events = client.levers().events(MARA, "primary").unwrap();
    assert!(events.iter().any(|event| event["summary"] == "Tea"));
}

#[tokio::test]
async fn a_batch_has_at_most_fifty_parts() {
    let client = Client::of(seeded(), MARA, &[ALL]).await;
    let calls = vec![("GET /calendar/v3/colors", ""); 51];
    assert_eq!(batch(&client, &calls[..50]).await.status, 200);
    assert_eq!(batch(&client, &calls).await.refusal(), (400, "badRequest".into()));
}
