//! Several calls in one request.

use sandbox::{MicrosoftThrottle, Often};
use serde_json::{Value, json};

use super::client::{ADA, Client, hour};

#[tokio::test]
async fn each_call_of_a_batch_is_answered_and_refused_by_itself() {
    let client = Client::new().await;
    let start = hour("Tea", "2026-11-18T10:00:00");
    let calls = json!({ "requests": [
        { "id": "1", "method": "GET", "url": "/me?$select=id,mail" },
        { "id": "2", "method": "POST", "url": "/me/events", "body": start,
            "headers": { "Content-Type": "application/json" } },
        { "id": "3", "method": "GET", "url": "/me/events/bogus" },
        { "id": "4", "method": "GET", "url": "/me/events?$filter=subject eq 'Tea'" },
    ] });
    let answers = client.post("/$batch", calls.clone()).await.json()["responses"].clone();
    let statuses: Vec<_> =
        answers.as_array().unwrap().iter().map(|it| it["status"].clone()).collect();
    assert_eq!(statuses, [200, 201, 400, 200]);
    assert_eq!(answers[0]["body"]["mail"], ADA);
    assert_eq!(answers[2]["body"]["error"]["code"], "ErrorInvalidIdMalformed");
    assert_eq!(answers[3]["body"]["value"].as_array().unwrap().len(), 1);
    let order = MicrosoftThrottle {
        code: "TooManyRequests".into(),
        often: Often::Times(2),
        retry_after_s: Some(7),
    };
    client.levers().change_faults(Some(ADA), |faults| faults.throttle = Some(order)).unwrap();
    let answers = client.post("/$batch", calls).await.json()["responses"].clone();
    assert_eq!((&answers[1]["status"], &answers[2]["status"]), (&json!(429), &json!(400)));
    assert_eq!(answers[0]["headers"]["retry-after"], "7");
    assert_eq!(answers[0]["body"]["error"]["code"], "TooManyRequests");
}

#[tokio::test]
async fn a_batch_that_is_none_is_refused() {
    let client = Client::new().await;
    let one = |id: usize| json!({ "id": id.to_string(), "method": "GET", "url": "/me" });
    let many: Vec<Value> = (0..21).map(one).collect();
    let answer = client.post("/$batch", json!({ "requests": many })).await;
    assert_eq!(answer.code(), (400, "MaximumValueExceeded".into()));
    for requests in [json!([one(1), one(1)]), json!([{ "id": "1" }]), Value::Null] {
        let answer = client.post("/$batch", json!({ "requests": requests })).await;
        assert_eq!(answer.code(), (400, "BadRequest".into()));
    }
}
