//! Being rung.

use connection::{Bell, ChannelId, FixedDice, RemoteId, Secret};
use jiff::SignedDuration;
use serde_json::json;

use crate::house::{House, WHO};

fn bell(house: &House, dice: u64) -> Bell {
    Bell {
        channel: ChannelId::new(house.sandbox.now(), &FixedDice::new(dice)),
        address: "https://daymark.example/hooks/google".into(),
        secret: Secret::new("only-google-knows"),
        is_only: true,
    }
}

#[tokio::test]
async fn a_channel_rings_with_our_name_and_secret_until_it_is_closed() {
    let house = House::new();
    let (access, now) = (house.access().await, house.sandbox.now());
    let watch = &house.adapter.watch;
    let bell = bell(&house, 1);
    let channel = watch.open(&access, &house.primary, &bell, now).await.unwrap();
    assert_eq!(channel.id, bell.channel);
    assert_eq!(channel.expires_at.duration_since(now), SignedDuration::from_hours(7 * 24));
    let ring = house.sandbox.take_ring().unwrap();
    let header = |name: &str| {
        let all = ring.headers();
        let found = all.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    assert_eq!(header("x-goog-channel-id"), bell.channel.as_str());
    assert_eq!(header("x-goog-channel-token"), "only-google-knows");
    assert_eq!(header("x-goog-resource-id"), channel.remote.as_str());
    assert_eq!(header("x-goog-resource-state"), "sync");
    house.sandbox.ring_answered(ring, Some(200));
    watch.close(&access, &channel).await.unwrap();
    watch.close(&access, &channel).await.expect("what is not there counts as closed");
    house.put(json!({ "start": { "date": "2026-12-01" }, "end": { "date": "2026-12-02" } }));
    assert!(house.sandbox.take_ring().is_none(), "nobody rings any more");
}

#[tokio::test]
async fn renewing_opens_another_channel_beside_the_old_one() {
    let house = House::new();
    let (access, now) = (house.access().await, house.sandbox.now());
    let watch = &house.adapter.watch;
    let old = watch.open(&access, &house.primary, &bell(&house, 1), now).await.unwrap();
    let later = now.checked_add(SignedDuration::from_hours(24)).unwrap();
    let other = bell(&house, 2);
    let renewed = watch.renew(&access, (&house.primary, &old), &other, later).await.unwrap();
    assert!(renewed.id != old.id && renewed.expires_at > old.expires_at);
    assert_eq!(house.google.people()[0].channels, 2);
    watch.close(&access, &old).await.unwrap();
    assert_eq!(house.google.people()[0].channels, 1);
    // A name is good once; under another it can be tried again.
    let again = watch.open(&access, &house.primary, &bell(&house, 2), now).await;
    assert_eq!(again.unwrap_err().code(), "unavailable");
}

#[tokio::test]
async fn where_google_does_not_ring_it_says_why() {
    for (fault, word) in [
        ("pushNotSupportedForRequestedResource", "calendars of this kind"),
        ("push.webhookUrlUnauthorized", "for this project"),
    ] {
        let house = House::new();
        let (access, now) = (house.access().await, house.sandbox.now());
        house.google.change_faults(None, |all| all.watch_refused = Some(fault.into())).unwrap();
        let bell = bell(&house, 1);
        let refused = house.adapter.watch.open(&access, &house.primary, &bell, now).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), "refused", "{fault}");
        assert!(refused.to_string().contains(word), "{refused}");
    }
    let house = House::new();
    let (access, now) = (house.access().await, house.sandbox.now());
    let mut manners = house.google.manners();
    manners.push_https_only = true;
    house.google.set_manners(manners);
    let plain = Bell { address: "http://daymark.example/hooks".into(), ..bell(&house, 1) };
    let refused = house.adapter.watch.open(&access, &house.primary, &plain, now).await;
    assert!(refused.unwrap_err().to_string().contains("https"));
    let nowhere = RemoteId::new("nobody@gmail.example");
    let gone = house.adapter.watch.open(&access, &nowhere, &bell(&house, 1), now).await;
    assert_eq!(gone.unwrap_err().code(), "gone");
    assert_eq!(house.google.people()[0].email, WHO);
}
