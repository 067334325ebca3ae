//! The adapter against a Google Calendar that nobody here wrote (the package `myworld`), where the
//! environment says where it is. It knows no push, no `If-Match` and no cancelled occurrences in a
//! full listing; the sandbox is asked about those.

use connection::{
    Access, Conference, Credential, Cursor, Draft, Precondition, RemoteId, Secret, SyncToken,
    Tokens,
};
use http::{HeaderValue, Method, header};
use jiff::Timestamp;
use outbound::{Client, Request};
use sandbox::Sandbox;
use serde_json::{Value, json};

use crate::copy::Copy;
use crate::house::{House, WHO, given, outbound_settings, settings};

const ZONE: &str = "Europe/Berlin";

/// One account there, of which nobody else knows.
struct There {
    house: House,
    access: Access,
    base: String,
    instance: String,
    token: String,
}

impl There {
    async fn new(base: String) -> Self {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut house = House::around(Sandbox::empty(1));
        house.client = Client::new(outbound_settings(now)).unwrap();
        house.adapter = google::adapter(
            house.client.clone(),
            settings(&format!("{base}gw/www.googleapis.com/")),
        );
        house.primary = RemoteId::new(WHO);
        let seed = json!({ "user": { "email": WHO, "name": "Ada" }, "timeZone": ZONE,
            "events": [] });
        let spec = json!({ "spec": { "name": "daymark", "servers": { "calendar":
            { "service": "calendar", "seed": seed } } }, "time": "realtime" });
        let made = send(&house.client, (Method::POST, &format!("{base}envs")), "", &spec).await;
        let text = |path: &str| made.pointer(path).and_then(Value::as_str).unwrap().to_owned();
        let token = text("/credentials/agent/google_access_token");
        let instance = text("/servers/calendar/instance");
        let tokens = Tokens {
            account: "google:ada".into(),
            access: Secret::new(&*token),
            expires_at: Timestamp::MAX,
            refresh: Secret::new("none"),
            scopes: Vec::new(),
            ends_at: None,
        };
        let access = Access::new(Credential::Tokens(tokens));
        Self { house, access, base, instance, token }
    }

    /// A call as another program of the same person makes it.
    async fn call(&self, method: Method, place: &str, body: &Value) -> Value {
        let url =
            format!("{}gw/www.googleapis.com/calendar/v3/calendars/primary/{place}", self.base);
        send(&self.house.client, (method, &url), &self.token, body).await
    }

    async fn fault(&self, fault: Value) {
        let url = format!("{}instances/{}/faults", self.base, self.instance);
        send(&self.house.client, (Method::PUT, &url), "", &json!([fault])).await;
    }

    async fn put(&self, draft: &Draft) -> connection::Result<connection::Written> {
        let House { adapter, primary, .. } = &self.house;
        adapter.calendars.put(&self.access, primary, draft, Precondition::Absent).await
    }

    async fn settle(&self, copy: &mut Copy, what: &str) {
        copy.pull(&self.house, &self.access).await;
        assert!(copy.len() > 0, "{what}");
        copy.agrees(&self.house, &self.access, ZONE).await;
    }
}

async fn send(client: &Client, (method, url): (Method, &str), token: &str, body: &Value) -> Value {
    let mut request = Request::new(method, url.parse().unwrap())
        .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if !body.is_null() {
        request = request.body(body.to_string());
    }
    if !token.is_empty() {
        request = request.bearer(token.into(), "another program");
    }
    let answer = client.send(request).await.unwrap();
    assert!(answer.status.is_success(), "{url}: {answer:?}");
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

fn at(wall: &str) -> Value {
    json!({ "dateTime": wall, "timeZone": ZONE })
}

fn draft(id: &str) -> Draft {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{id}\r\nSUMMARY:{id}\r\n\
         DTSTART:20261201T140000Z\r\nDTEND:20261201T143000Z\r\nX-HOUSE:kept\\, too\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    Draft { id: RemoteId::new(id), text }
}

/// One after another: that server makes several accounts at once only when it is warm.
#[tokio::test]
async fn a_google_calendar_of_another_make_agrees() {
    let Some(base) = given("DAYMARK_TEST_MYWORLD_URL") else { return };
    it_is_read_and_kept_up_to_date(There::new(base.clone()).await).await;
    writing_makes_one_event_whatever_happens_to_the_answer(There::new(base.clone()).await).await;
    what_goes_wrong_is_told_as_what_it_is(base).await;
}

async fn it_is_read_and_kept_up_to_date(there: There) {
    let listed = there.house.adapter.calendars.calendars(&there.access).await.unwrap();
    assert_eq!((listed[0].id.as_str(), listed[0].conference), (WHO, Some(Conference::Meet)));
    let mut copy = Copy::default();
    for n in 10..28 {
        let (start, end) =
            (format!("2026-11-{n}T09:00:00+01:00"), format!("2026-11-{n}T10:30:00Z"));
        let event = json!({ "summary": "Single", "start": at(&start), "end": at(&end) });
        there.call(Method::POST, "events", &event).await;
    }
    there.settle(&mut copy, "single events").await;
    assert_eq!(copy.len(), 18);
    let series = json!({ "summary": "Series", "start": at("2026-10-20T17:00:00+02:00"),
        "end": at("2026-10-20T18:00:00+02:00"), "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=12"] });
    let series = there.call(Method::POST, "events", &series).await;
    let days = json!({ "summary": "Away", "start": { "date": "2026-12-24" },
        "end": { "date": "2026-12-27" } });
    let days = there.call(Method::POST, "events", &days).await;
    there.settle(&mut copy, "a series across the change of the clock, and whole days").await;
    assert_eq!((copy.len(), copy.restarts), (20, 0));
    let name = |event: &Value| format!("events/{}", event["id"].as_str().unwrap());
    let free = json!({ "transparency": "transparent" });
    there.call(Method::PATCH, &name(&days), &free).await;
    there.call(Method::DELETE, &name(&series), &Value::Null).await;
    there.settle(&mut copy, "made free, and deleted").await;
    assert_eq!((copy.len(), copy.restarts), (19, 0));
}

async fn writing_makes_one_event_whatever_happens_to_the_answer(there: There) {
    let late = json!({ "tool": "*insert*", "kind": "timeout_after_commit", "on_call": 1 });
    there.fault(late).await;
    assert_eq!(there.put(&draft("bkg-1")).await.unwrap_err().code(), "unavailable");
    assert_eq!(there.put(&draft("bkg-1")).await.unwrap_err().code(), "precondition_failed");
    let written = there.put(&draft("bkg-2")).await.unwrap();
    let mut copy = Copy::default();
    there.settle(&mut copy, "two bookings").await;
    assert_eq!(copy.len(), 2);
    let calendars = &there.house.adapter.calendars;
    let ids = [written.id.clone()];
    let body = calendars.fetch(&there.access, &there.house.primary, &ids).await.unwrap().remove(0);
    assert!(body.text.contains("X-HOUSE:kept\\, too"), "{}", body.text);
    assert_eq!(body.etag, written.etag);
    let text = draft("bkg-2").text.replace("SUMMARY:bkg-2", "SUMMARY:Changed");
    let change = Draft { id: written.id.clone(), text };
    let only = Precondition::Matches(written.etag.clone());
    let primary = &there.house.primary;
    let changed = calendars.put(&there.access, primary, &change, only.clone()).await.unwrap();
    let lost = calendars.put(&there.access, primary, &change, only).await.unwrap_err();
    assert_eq!(lost.code(), "precondition_failed");
    let only = Precondition::Matches(changed.etag);
    calendars.delete(&there.access, primary, &changed.id, only.clone()).await.unwrap();
    calendars.delete(&there.access, primary, &changed.id, only).await.expect("deleted is deleted");
    let again = there.put(&draft("bkg-2")).await.unwrap();
    assert_eq!(again.id, changed.id, "it comes back under its name");
}

async fn what_goes_wrong_is_told_as_what_it_is(base: String) {
    for (kind, codes) in [
        ("server_error", ["unavailable"; 2]),
        ("bad_gateway", ["unavailable"; 2]),
        ("truncated", ["unintelligible", "unavailable"]),
        ("rate_limit", ["throttled"; 2]),
    ] {
        // Whoever is asked to wait asks no more; so each has a client of its own.
        let there = There::new(base.clone()).await;
        there.fault(json!({ "tool": "*", "kind": kind, "times": 1 })).await;
        let page = there.house.page(&there.access, &Cursor::Beginning).await;
        let code = page.expect_err(kind).code();
        assert!(codes.contains(&code), "{kind}: {code}");
    }
    let there = There::new(base).await;
    let forgotten = Cursor::Settled(SyncToken::new("CPDnothing"));
    let page = there.house.page(&there.access, &forgotten).await;
    assert_eq!(page.unwrap_err().code(), "cursor_expired");
}
