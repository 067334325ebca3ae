//! Reading: the person, events and windows, zones, pages, filters, who sees what.

use serde_json::{Value, json};

use super::client::{ADA, ALL, Client, LENA, TESS, WINDOW, all, hour, id, mondays, plain, seeded};
use sandbox::Sharing;

#[tokio::test]
async fn a_person_is_told_by_id_and_may_have_no_mail() {
    let client = Client::of(seeded(), TESS, ALL).await;
    let me = client.get("/me?$select=id,displayName,mail,userPrincipalName").await.json();
    assert_eq!((&me["mail"], &me["userPrincipalName"]), (&Value::Null, &json!(TESS)));
    assert!(me["id"].is_string() && me.get("givenName").is_none());
    let by_id = client.get(&format!("/users/{}", id(&me))).await.json();
    assert_eq!(by_id["displayName"], "Tess Moran");
    assert_eq!(client.get(&format!("/users/{LENA}/calendars")).await.code().0, 403);
    let settings = client.get("/me/mailboxSettings").await.json();
    assert_eq!(settings["timeZone"], "W. Europe Standard Time");
    assert_eq!(settings["workingHours"]["timeZone"]["name"], "W. Europe Standard Time");
    let zones = client.get("/me/outlook/supportedTimeZones").await.json();
    assert!(zones["value"].as_array().unwrap().len() > 130);
}

#[tokio::test]
async fn each_call_needs_its_permission() {
    let sandbox = seeded();
    let bare = Client::of(sandbox.clone(), LENA, &["openid"]).await;
    assert_eq!(bare.get("/me").await.code(), (403, "Authorization_RequestDenied".into()));
    let denied = (403, "ErrorAccessDenied".to_owned());
    assert_eq!(bare.get("/me/mailboxSettings").await.code(), denied);
    assert_eq!(bare.get("/me/calendars").await.code(), denied);
    assert_eq!(bare.get("/subscriptions").await.code(), denied);
    let sandbox = seeded();
    let reader = Client::of(sandbox.clone(), LENA, &["Calendars.Read"]).await;
    assert_eq!(reader.get("/me/calendars").await.status, 200);
    let write = reader.post("/me/events", hour("x", "2026-11-18T10:00:00")).await;
    assert_eq!(write.code(), denied);
    let sandbox = seeded();
    let basic = Client::of(sandbox, LENA, &["Calendars.ReadBasic"]).await;
    let view = basic.get(&format!("/me/calendarView?{WINDOW}")).await.json();
    assert!(view["value"][0].get("subject").is_none() && view["value"][0]["start"].is_object());
    let nobody = crate::client::request(&basic.sandbox, "GET", "/v1.0/me", &[], "").await;
    assert_eq!(nobody.code(), (401, "InvalidAuthenticationToken".into()));
}

#[tokio::test]
async fn a_view_lays_series_out_and_a_list_does_not() {
    let client = Client::of(seeded(), LENA, ALL).await;
    let projects = client.calendar(LENA, "Projects");
    let view = format!("/me/calendars/{projects}/calendarView?{WINDOW}&$top=100");
    let view = client.get(&view).await.json()["value"].as_array().unwrap().clone();
    let stand_ups: Vec<&Value> =
        view.iter().filter(|it| it["subject"].as_str().unwrap().starts_with("Stand-up")).collect();
    assert_eq!(stand_ups.len(), 5, "six days, one of them cancelled");
    let moved =
        stand_ups.iter().find(|it| it["start"]["dateTime"] == "2026-11-18T09:30:00.0000000");
    let moved = moved.unwrap();
    assert_eq!(
        (&moved["type"], &moved["originalStart"]),
        (&json!("exception"), &json!("2026-11-18T08:30:00Z"))
    );
    assert!(stand_ups.iter().any(|it| it["subject"] == "Stand-up with Omar"));
    let uids: std::collections::BTreeSet<_> =
        stand_ups.iter().map(|it| it["iCalUId"].to_string()).collect();
    assert_eq!(uids.len(), 5, "the iCalUId differs for each");
    assert!(stand_ups.iter().all(|it| it["uid"] == stand_ups[0]["uid"]));
    let list = client.get(&format!("/me/calendars/{projects}/events?$top=50")).await.json();
    let kinds = all(list["value"].as_array().unwrap(), "type");
    assert!(!kinds.contains(&"occurrence".to_owned()) && kinds.contains(&"exception".to_owned()));
    let series = format!("/me/events/{}", moved["seriesMasterId"].as_str().unwrap());
    let instances = client.get(&format!("{series}/instances?{WINDOW}")).await.json();
    assert_eq!(instances["value"].as_array().unwrap().len(), 5);
    assert_eq!(client.get(&format!("{series}/instances")).await.code().0, 400);
    let whole = client.get(&format!("{series}?$expand=exceptionOccurrences")).await.json();
    assert_eq!(whole["exceptionOccurrences"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn events_of_every_kind_are_seeded() {
    let client = Client::of(seeded(), LENA, ALL).await;
    let view = client.get(&format!("/me/calendarView?{WINDOW}&$top=100")).await.json();
    let rows = view["value"].as_array().unwrap();
    let has =
        |pointer: &str, value: Value| rows.iter().any(|it| it.pointer(pointer) == Some(&value));
    for word in ["free", "tentative", "busy", "oof", "workingElsewhere"] {
        assert!(has("/showAs", json!(word)), "{word}");
    }
    assert!(has("/sensitivity", json!("private")) && has("/subject", Value::Null));
    assert!(has("/responseStatus/response", json!("declined")) && has("/isAllDay", json!(true)));
    assert!(has("/originalStartTimeZone", json!("tzone://Microsoft/Custom")));
    assert!(has("/originalStartTimeZone", json!("W. Europe Standard Time")));
    let met = rows.iter().find(|it| it["isOnlineMeeting"] == true).unwrap();
    let link = met["onlineMeeting"]["joinUrl"].as_str().unwrap();
    assert!(link.starts_with("https://teams.microsoft.com/l/meetup-join/"));
    let monthly = client.calendar(LENA, "Projects");
    let events = client.get(&format!("/me/calendars/{monthly}/events?$top=50")).await.json();
    let has = |kind: &str| {
        let rows = events["value"].as_array().unwrap();
        rows.iter().any(|it| it["recurrence"]["pattern"]["type"] == kind)
    };
    assert!(has("daily") && has("weekly") && has("relativeMonthly"));
}

#[tokio::test]
async fn times_are_told_in_the_zone_that_was_preferred() {
    let client = Client::new().await;
    let made = client.insert("Tea", "2026-11-18T10:00:00").await;
    let path = format!("/me/events/{}", id(&made));
    let asked = async |prefer: &str| {
        let answer = client.send("GET", &path, &[("prefer", prefer)], &Value::Null).await;
        (answer.header("preference-applied").to_owned(), answer.json())
    };
    assert_eq!(
        made["start"],
        json!({ "dateTime": "2026-11-18T09:00:00.0000000", "timeZone": "UTC" })
    );
    assert_eq!(made["originalStartTimeZone"], "W. Europe Standard Time");
    let (applied, tokyo) = asked("outlook.timezone=\"Tokyo Standard Time\", return=minimal").await;
    assert_eq!(applied, "outlook.timezone=\"Tokyo Standard Time\"");
    assert_eq!(tokyo["start"]["dateTime"], "2026-11-18T18:00:00.0000000");
    let (_, iana) = asked("outlook.timezone=\"America/New_York\"").await;
    assert_eq!(
        iana["start"],
        json!({ "dateTime": "2026-11-18T04:00:00.0000000", "timeZone": "America/New_York" })
    );
    let moon =
        client.send("GET", &path, &[("prefer", "outlook.timezone=\"Moon Time\"")], &Value::Null);
    assert_eq!(moon.await.code(), (400, "TimeZoneNotSupportedException".into()));
    let text = json!({ "body": { "contentType": "text", "content": "a < b" } });
    client.patch(&path, text).await;
    let (_, plain) = asked("outlook.body-content-type=\"text\"").await;
    assert_eq!(plain["body"]["contentType"], "text");
    let html = asked("x=y").await.1;
    assert!(html["body"]["content"].as_str().unwrap().contains("a &lt; b"));
    let whole = json!({ "subject": "Fair", "isAllDay": true,
        "start": { "dateTime": "2026-11-20T00:00:00", "timeZone": "W. Europe Standard Time" },
        "end": { "dateTime": "2026-11-21T00:00:00", "timeZone": "W. Europe Standard Time" } });
    let fair = client.post("/me/events", whole).await.json();
    assert_eq!(fair["start"]["dateTime"], "2026-11-20T00:00:00.0000000", "midnights stay");
    client.change_manners(|it| it.whole_days_shifted = true);
    let fair = client.get(&format!("/me/events/{}", id(&fair))).await.json();
    assert_eq!(fair["start"]["dateTime"], "2026-11-19T23:00:00.0000000");
}

#[tokio::test]
async fn listings_are_cut_filtered_ordered_and_selected() {
    let client = Client::new().await;
    for at in 8..20 {
        client.insert(&format!("Tea {at}"), &format!("2026-11-18T{at:02}:00:00")).await;
    }
    let first =
        client.get("/me/events?$select=subject&$orderby=start/dateTime%20desc").await.json();
    let rows = first["value"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["subject"]), (10, &json!("Tea 19")));
    let mut members: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    members.sort_unstable();
    assert_eq!(members, ["@odata.etag", "id", "subject"]);
    let next = first["@odata.nextLink"].as_str().unwrap();
    assert!(next.starts_with("http://graph.example/v1.0/me/events?") && next.contains("$skip=10"));
    let second = client.get(&plain(next)).await.json();
    assert_eq!(
        (second["value"].as_array().unwrap().len(), &second["@odata.nextLink"]),
        (2, &Value::Null)
    );
    let with = async |filter: &str| {
        let filter = filter.replace(' ', "%20").replace('\'', "%27");
        client.get(&format!("/me/events?$filter={filter}")).await
    };
    assert_eq!(with("subject eq 'Tea 9'").await.json()["value"].as_array().unwrap().len(), 1);
    assert_eq!(
        with("startswith(subject,'Tea 1')").await.json()["value"].as_array().unwrap().len(),
        10
    );
    let refused = (400, "ErrorInvalidUrlQueryFilter".to_owned());
    assert_eq!(with("transactionId eq 'x'").await.code(), refused);
    assert_eq!(with("start gt 7").await.code(), refused);
    assert_eq!(client.get("/me/calendarView").await.code().0, 400);
}

#[tokio::test]
async fn shared_calendars_hide_what_is_private_and_keep_their_events_to_themselves() {
    let client = Client::of(seeded(), LENA, ALL).await;
    let calendars = client.get("/me/calendars?$top=50").await.json();
    let of = |owner: &str| {
        let rows = calendars["value"].as_array().unwrap();
        rows.iter().filter(|it| it["owner"]["address"] == owner).cloned().collect::<Vec<_>>()
    };
    let omar = of("omar.diaz@fabrikam.example");
    let edits: Vec<_> = omar.iter().map(|it| it["canEdit"].as_bool().unwrap()).collect();
    assert_eq!(edits, [false, true]);
    let path = format!("/me/calendars/{}", id(&omar[0]));
    let view = client.get(&format!("{path}/calendarView?{WINDOW}&$top=50")).await.json();
    let private =
        view["value"].as_array().unwrap().iter().find(|it| it["sensitivity"] == "private");
    let private = private.unwrap();
    assert!(private.get("subject").is_none() && private["showAs"] == "busy");
    assert_eq!(client.get(&format!("/me/events/{}", id(private))).await.code().0, 404);
    assert_eq!(client.get(&format!("{path}/events/{}", id(private))).await.status, 200);
    let write = client.post(&format!("{path}/events"), hour("x", "2026-11-18T10:00:00")).await;
    assert_eq!(write.code(), (403, "ErrorAccessDenied".into()));
    let omars = "omar.diaz@fabrikam.example";
    client.levers().share_calendar(omars, "default", (LENA, Sharing::Delegate)).unwrap();
    let view = client.get(&format!("{path}/calendarView?{WINDOW}&$top=50")).await.json();
    assert!(all(view["value"].as_array().unwrap(), "subject").contains(&"Lawyer".to_owned()));
    client.change_manners(|it| it.shared_scope_needed = true);
    assert_eq!(client.get(&format!("{path}/events")).await.code().0, 403);
}

#[tokio::test]
async fn schedules_tell_when_people_of_the_organization_are_free() {
    let client = Client::of(seeded(), LENA, ALL).await;
    let wish = |days: u32| {
        let end = format!("2026-11-{:02}T14:00:00", 18 + days);
        json!({ "schedules": [LENA, "nobody@x.example"], "availabilityViewInterval": 60,
            "startTime": { "dateTime": "2026-11-18T08:00:00", "timeZone": "UTC" },
            "endTime": { "dateTime": end, "timeZone": "UTC" } })
    };
    let answer = client.post("/me/calendar/getSchedule", wish(0)).await.json();
    let mine = &answer["value"][0];
    // 09:00 declined, 11:00 free, 14:00 private until 16:00 in Berlin.
    assert_eq!(mine["availabilityView"], "000000");
    let entries = mine["scheduleItems"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "the declined one is not told: {entries:?}");
    assert_eq!(answer["value"][1]["error"]["responseCode"], "ErrorMailRecipientNotFound");
    let day = client.post("/me/calendar/getSchedule", wish(1)).await.json();
    let view = day["value"][0]["availabilityView"].as_str().unwrap();
    assert!(view.contains('2') && view.contains('3'), "{view}");
    let mut wrong = wish(0);
    wrong["availabilityViewInterval"] = json!(1);
    assert_eq!(client.post("/me/calendar/getSchedule", wrong).await.code().0, 400);
    let personal = Client::of(client.sandbox.clone(), TESS, ALL).await;
    assert_eq!(personal.post("/me/calendar/getSchedule", wish(0)).await.code().0, 403);
}

#[tokio::test]
async fn ids_that_are_none_and_events_that_are_gone_are_told_apart() {
    let client = Client::new().await;
    let wrong = client.get("/me/events/AAMkbogus").await;
    assert_eq!(wrong.code(), (400, "ErrorInvalidIdMalformed".into()));
    let made = client.post("/me/events", mondays("Yoga", "2026-11-16T18:00:00")).await.json();
    let path = format!("/me/events/{}", id(&made));
    assert_eq!(client.delete(&path).await.status, 204);
    assert_eq!(client.get(&path).await.code(), (404, "ErrorItemNotFound".into()));
    assert_eq!(client.delete(&path).await.code(), (404, "ErrorItemNotFound".into()));
    assert_eq!(client.get("/me/drive").await.code(), (400, "BadRequest".into()));
    let id = [("client-request-id", "c-1")];
    let answer = client.send("GET", &path, &id, &Value::Null).await;
    assert_eq!(answer.header("client-request-id"), "c-1");
    let inner = &answer.json()["error"]["innerError"];
    assert_eq!(
        (inner["request-id"].as_str().unwrap(), &inner["client-request-id"]),
        (answer.header("request-id"), &json!("c-1"))
    );
    assert!(client.levers().events(ADA, "default").unwrap().is_empty());
}
