//! Subscriptions.

use connection::{Bell, Channel, ChannelId, ProviderError, RemoteId, Secret, Watch};
use jiff::Timestamp;
use serde_json::json;

use crate::far::{Far, NOW, access, fails, ok, reply};

const BELL: &str = "https://day.example/hooks/microsoft";

fn bell() -> Bell {
    let channel: ChannelId = "cha_0123456789abcdef0123456789abcdef".parse().unwrap();
    Bell { channel, address: BELL.into(), secret: Secret::new("s3cret"), is_only: true }
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn watch(far: &Far) -> &dyn Watch {
    &**far.adapter.watch.as_ref().unwrap()
}

async fn open(far: &Far) -> Result<Channel, ProviderError> {
    watch(far).open(&access(), &RemoteId::new("ca/l="), &bell(), now()).await
}

fn channel() -> Channel {
    Channel { id: bell().channel, remote: RemoteId::new("sub-1"), expires_at: now() }
}

#[tokio::test]
async fn a_subscription_says_where_and_for_how_long_to_ring() {
    let far = Far::new(|_| {
        reply(201, &json!({"id": "sub-1", "expirationDateTime": "2026-11-29T11:45:00Z"}))
    });
    let opened = open(&far).await.unwrap();
    assert_eq!(opened.remote.as_str(), "sub-1");
    assert_eq!(opened.expires_at.to_string(), "2026-11-29T11:45:00Z");
    let asked = &far.asked()[0];
    assert_eq!(asked.line(), "POST /v1.0/subscriptions");
    assert!(asked.prefer.contains("ImmutableId"), "rings name ids of the same kind");
    assert_eq!(
        asked.json(),
        json!({
            "changeType": "created,updated,deleted",
            "notificationUrl": BELL,
            "lifecycleNotificationUrl": BELL,
            "resource": "me/calendars/ca%2Fl=/events",
            "expirationDateTime": "2026-11-29T11:45:00Z",
            "clientState": "s3cret",
        })
    );
}

#[tokio::test]
async fn an_end_that_nobody_can_mean_is_not_believed() {
    for said in [json!("2099-01-01T00:00:00Z"), json!("soon"), json!(null)] {
        let far = Far::new(move |_| reply(201, &json!({"id": "s", "expirationDateTime": said})));
        assert_eq!(open(&far).await.unwrap().expires_at.to_string(), "2026-11-29T11:45:00Z");
    }
}

#[tokio::test]
async fn a_subscription_of_ours_that_stands_in_the_way_is_taken_away() {
    let far = |url: &'static str| {
        let tried = std::sync::atomic::AtomicUsize::new(0);
        Far::new(move |asked| match asked.method.as_str() {
            "POST" if tried.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 => {
                fails(409, "Conflict")
            }
            "POST" => reply(201, &json!({"id": "sub-2"})),
            "GET" => {
                let known = |id: &str, calendar: &str| {
                    let resource = format!("/me/calendars/{calendar}/events");
                    json!({"id": id, "resource": resource, "notificationUrl": url})
                };
                if !asked.query.is_empty() {
                    return ok(&json!({"value": [known("old", "ca%2Fl=")]}));
                }
                let next = "https://graph.microsoft.com/v1.0/subscriptions?page=2";
                ok(&json!({"value": [known("x", "other")], "@odata.nextLink": next}))
            }
            _ => reply(204, &json!({})),
        })
    };
    let ours = far("https://day.example/hooks/old");
    assert_eq!(open(&ours).await.unwrap().remote.as_str(), "sub-2");
    let lines: Vec<String> = ours.asked().iter().map(crate::far::Asked::line).collect();
    assert_eq!(lines[3], "DELETE /v1.0/subscriptions/old");
    let others = far("https://other.example/hooks");
    let refused = open(&others).await.unwrap_err();
    assert!(matches!(refused, ProviderError::Refused { .. }), "{refused:?}");
    assert!(others.asked().iter().all(|asked| asked.method != "DELETE"));
    // Another connection of ours lives by it.
    let shared = far("https://day.example/hooks/old");
    let bell = Bell { is_only: false, ..bell() };
    let refused = watch(&shared).open(&access(), &RemoteId::new("ca/l="), &bell, now()).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("Another connection"), "{refused}");
    assert!(shared.asked().iter().all(|asked| asked.method == "POST"));
}

#[tokio::test]
async fn why_it_cannot_ring_is_said_in_a_sentence() {
    let unreachable = json!({"error": {"code": "InvalidRequest",
        "message": "Subscription validation request failed. HTTP status code is 'NotFound'."}});
    let far = Far::new(move |_| reply(400, &unreachable));
    let refused = open(&far).await.unwrap_err();
    assert!(refused.to_string().contains("could not reach this installation"), "{refused}");
    let far = Far::new(|_| fails(403, "ExtensionError"));
    let refused = open(&far).await.unwrap_err();
    assert!(refused.to_string().contains("refused push updates"), "{refused}");
    for (owner, sentence) in
        [("lena@a.example", "refused push"), ("omar@a.example", "others share")]
    {
        let far = Far::new(move |asked| {
            let own = json!({"id": "c", "owner": {"address": "Lena@a.example"}});
            match asked.method.as_str() {
                "GET" if asked.line().contains("/me/calendars/") => {
                    ok(&json!({"id": "c", "owner": {"address": owner}}))
                }
                "GET" => ok(&own),
                _ => fails(403, "ErrorAccessDenied"),
            }
        });
        let refused = open(&far).await.unwrap_err();
        assert!(refused.to_string().contains(sentence), "{owner}: {refused}");
    }
    let far = Far::new(|_| fails(503, "serviceNotAvailable"));
    assert!(matches!(open(&far).await, Err(ProviderError::Unavailable { .. })));
    let far = Far::new(|_| fails(404, "ErrorItemNotFound"));
    assert_eq!(open(&far).await, Err(ProviderError::Gone), "the calendar is not there");
}

#[tokio::test]
async fn a_renewal_keeps_the_channel_and_a_lost_one_is_told() {
    let far = Far::new(|asked| {
        assert_eq!(asked.line(), "PATCH /v1.0/subscriptions/sub-1");
        assert_eq!(asked.json(), json!({"expirationDateTime": "2026-11-29T11:45:00Z"}));
        ok(&json!({"id": "sub-1", "expirationDateTime": "2026-11-29T11:45:00.0000000Z"}))
    });
    let (calendar, old) = (RemoteId::new("cal"), channel());
    let renewed = watch(&far).renew(&access(), (&calendar, &old), &bell(), now()).await.unwrap();
    assert_eq!((renewed.id, renewed.remote.as_str()), (old.id.clone(), "sub-1"));
    assert_eq!(renewed.expires_at.to_string(), "2026-11-29T11:45:00Z");
    let gone = Far::new(|_| fails(404, "ResourceNotFound"));
    let lost = watch(&gone).renew(&access(), (&calendar, &old), &bell(), now()).await;
    assert_eq!(lost, Err(ProviderError::Gone));
    assert_eq!(watch(&gone).close(&access(), &old).await, Ok(()), "what is not there is closed");
    let closed = Far::new(|_| reply(204, &json!({})));
    assert_eq!(watch(&closed).close(&access(), &old).await, Ok(()));
    assert_eq!(closed.asked()[0].line(), "DELETE /v1.0/subscriptions/sub-1");
}

#[tokio::test]
async fn a_secret_that_is_too_long_is_refused_here() {
    let far = Far::new(|_| panic!("nobody is asked"));
    let bell = Bell { secret: Secret::new("x".repeat(129)), ..bell() };
    let refused = watch(&far).open(&access(), &RemoteId::new("cal"), &bell, now()).await;
    assert!(matches!(refused, Err(ProviderError::Refused { .. })));
}
