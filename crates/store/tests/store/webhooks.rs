//! Webhooks: their secrets, what they are told, and in which order.

use connection::{ApiKeyId, Secret, WebhookId};
use store::api_keys::{self, ApiKey};
use store::jobs;
use store::webhooks::{self, Delivery, JOB, Lane, NewDelivery, Tried, Webhook};
use store::{Keyring, Tx, audit, calendars, turning};

use crate::house::{Home, House, KEY, at, on_both_engines, on_shared_engines};

async fn webhook(house: &House, tx: &mut Tx, home: &Home, events: &[&str]) -> Webhook {
    let webhook = Webhook {
        id: WebhookId::new(at(0), &house.dice),
        account: home.account.clone(),
        url: Secret::new("https://me:you@hooks.example:443/daymark?token=quiet"),
        events: events.iter().map(|kind| (*kind).to_owned()).collect(),
        previous_until: None,
        created_at: at(0),
        last_success_at: None,
        failing_since: None,
        disabled: None,
    };
    webhooks::insert(tx, &webhook, &Secret::new("whsec_first")).await.unwrap();
    webhook
}

async fn tell(house: &House, tx: &mut Tx, home: &Home, kind: &str, minutes: i64) {
    let payload = format!("{{\"at\":{minutes}}}");
    let new = NewDelivery { kind, connection: Some(&home.connection), payload: &payload };
    webhooks::tell(tx, &home.account, &new, at(minutes), &house.dice).await.unwrap();
}

fn lane(webhook: &Webhook, home: &Home) -> Lane {
    Lane { webhook: webhook.id.clone(), name: home.connection.to_string() }
}

fn taken(minutes: i64) -> Tried {
    Tried { at: at(minutes), status: Some(200), failure: None, next_at: None }
}

async fn secrets(tx: &mut Tx, webhook: &Webhook, minutes: i64) -> Vec<String> {
    let secrets = webhooks::secrets(tx, &webhook.id, at(minutes)).await.unwrap();
    secrets.iter().map(|secret| secret.reveal().to_owned()).collect()
}

#[tokio::test]
async fn a_webhook_comes_back_as_it_was_kept_and_to_its_account_alone() {
    on_both_engines(async |house: &House| {
        let (home, stranger) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        let made = webhook(house, &mut tx, &home, &["connection.changed"]).await;
        assert_eq!(made.host(), "hooks.example:443", "no name, no password, no path");
        let found = webhooks::find(&mut tx, &home.account, &made.id).await.unwrap().unwrap();
        assert_eq!(format!("{found:?}"), format!("{made:?}"));
        assert_eq!(found.url.reveal(), made.url.reveal());
        assert!(!format!("{found:?}").contains("quiet"));
        assert_eq!(webhooks::of_account(&mut tx, &home.account).await.unwrap().len(), 1);
        assert!(webhooks::load(&mut tx, &made.id).await.unwrap().is_some());
        let theirs = &stranger.account;
        assert!(webhooks::find(&mut tx, theirs, &made.id).await.unwrap().is_none());
        assert!(webhooks::hold(&mut tx, theirs, &made.id).await.unwrap().is_none());
        let held = webhooks::hold(&mut tx, &home.account, &made.id).await.unwrap().unwrap();
        assert_eq!(held.id, made.id);
        assert!(webhooks::of_account(&mut tx, theirs).await.unwrap().is_empty());
        assert!(!webhooks::delete(&mut tx, theirs, &made.id).await.unwrap());
        assert!(webhooks::delete(&mut tx, &home.account, &made.id).await.unwrap());
        assert!(webhooks::load(&mut tx, &made.id).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_turned_secret_signs_beside_the_one_of_before_until_its_time_is_over() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let made = webhook(house, &mut tx, &home, &[]).await;
        assert_eq!(secrets(&mut tx, &made, 0).await, ["whsec_first"]);
        let second = Secret::new("whsec_second");
        webhooks::turn_secret(&mut tx, &made.id, &second, (at(1), at(60))).await.unwrap();
        assert_eq!(secrets(&mut tx, &made, 59).await, ["whsec_second", "whsec_first"]);
        assert_eq!(secrets(&mut tx, &made, 60).await, ["whsec_second"]);
        let third = Secret::new("whsec_third");
        webhooks::turn_secret(&mut tx, &made.id, &third, (at(61), at(99))).await.unwrap();
        assert_eq!(secrets(&mut tx, &made, 62).await, ["whsec_third", "whsec_second"]);
    })
    .await;
}

#[tokio::test]
async fn secrets_and_addresses_are_moved_to_a_turned_key() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let made = webhook(house, &mut tx, &home, &[]).await;
        webhook(house, &mut tx, &home, &[]).await;
        let second = Secret::new("whsec_second");
        webhooks::turn_secret(&mut tx, &made.id, &second, (at(0), at(60))).await.unwrap();
        tx.commit().await.unwrap();
        let turned = house.open_again(Keyring::new([9; 32], vec![KEY])).await.unwrap();
        let moved = turning::reseal(&turned).await.unwrap();
        assert_eq!((moved.moved, moved.unreadable), (2 + 3 + 2, 0), "home and two webhooks");
        let new_only = house.open_again(Keyring::single([9; 32])).await.unwrap();
        let mut tx = new_only.begin().await.unwrap();
        assert_eq!(secrets(&mut tx, &made, 1).await, ["whsec_second", "whsec_first"]);
        drop(tx);
        new_only.close().await;
        turned.close().await;
    })
    .await;
}

#[tokio::test]
async fn who_wants_to_hear_it_is_told_in_the_order_in_which_it_happened() {
    on_both_engines(async |house: &House| {
        let (home, stranger) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        let made = webhook(house, &mut tx, &home, &["a", "b"]).await;
        let deaf = webhook(house, &mut tx, &home, &["c"]).await;
        let other = webhook(house, &mut tx, &stranger, &["a"]).await;
        for (kind, minutes) in [("a", 1), ("b", 1), ("a", 2), ("d", 3)] {
            tell(house, &mut tx, &home, kind, minutes).await;
        }
        let lane = lane(&made, &home);
        assert_eq!(Lane::parse(&lane.subject()), Some(lane.clone()));
        assert!(jobs::is_wanted(&mut tx, JOB, &lane.subject()).await.unwrap());
        for webhook in [&deaf, &other] {
            assert!(webhooks::last(&mut tx, &webhook.id, 9).await.unwrap().is_empty());
        }
        let mut seen = Vec::new();
        while let Some(next) = webhooks::next(&mut tx, &lane).await.unwrap() {
            webhooks::note(&mut tx, &next, &taken(5)).await.unwrap();
            seen.push((next.kind, next.created_at, next.payload));
        }
        let wanted = [("a", 1), ("b", 1), ("a", 2)];
        let wanted = wanted.map(|(kind, m)| (kind.to_owned(), at(m), format!("{{\"at\":{m}}}")));
        assert_eq!(seen, wanted);
        let last = webhooks::last(&mut tx, &made.id, 2).await.unwrap();
        assert_eq!(last.len(), 2);
        assert!(last.iter().all(|delivery| delivery.delivered_at == Some(at(5))));
        assert_eq!(webhooks::prune(&mut tx, at(2)).await.unwrap(), 2);
        assert_eq!(webhooks::last(&mut tx, &made.id, 9).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_failed_try_is_kept_with_its_webhook_until_one_is_taken() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let made = webhook(house, &mut tx, &home, &["a"]).await;
        tell(house, &mut tx, &home, "a", 1).await;
        let lane = lane(&made, &home);
        let first = webhooks::next(&mut tx, &lane).await.unwrap().unwrap();
        let failed = Tried {
            at: at(2),
            status: Some(500),
            failure: Some("refused".into()),
            next_at: Some(at(7)),
        };
        webhooks::note(&mut tx, &first, &failed).await.unwrap();
        let next = webhooks::next(&mut tx, &lane).await.unwrap().unwrap();
        let seen = (next.tries, next.status, next.failure.as_deref(), next.next_at);
        assert_eq!(seen, (1, Some(500), Some("refused"), Some(at(7))));
        let row = webhooks::load(&mut tx, &made.id).await.unwrap().unwrap();
        assert_eq!((row.failing_since, row.last_success_at), (Some(at(2)), None));
        webhooks::note(&mut tx, &first, &taken(8)).await.unwrap();
        let row = webhooks::load(&mut tx, &made.id).await.unwrap().unwrap();
        assert_eq!((row.failing_since, row.last_success_at), (None, Some(at(8))));
        let given_up = Tried { next_at: None, ..failed };
        webhooks::note(&mut tx, &first, &given_up).await.unwrap();
        assert_eq!(webhooks::next(&mut tx, &lane).await.unwrap(), None);
        let over = webhooks::delivery(&mut tx, &made.id, &first.id).await.unwrap().unwrap();
        assert_eq!((over.given_up_at, over.delivered_at), (Some(at(2)), None));
    })
    .await;
}

#[tokio::test]
async fn a_disabled_one_is_told_nothing_and_goes_on_where_it_stopped() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let made = webhook(house, &mut tx, &home, &["a"]).await;
        tell(house, &mut tx, &home, "a", 1).await;
        for why in [("gone", "it wants no more"), ("gave_up", "twice")] {
            webhooks::disable(&mut tx, &made, why, at(2), &house.dice).await.unwrap();
        }
        let row = webhooks::load(&mut tx, &made.id).await.unwrap().unwrap();
        assert_eq!(row.disabled, Some((at(2), "gone".into())));
        let acts = audit::list(&mut tx, &home.account, &audit::Wanted::default(), (None, 9))
            .await
            .unwrap();
        assert_eq!(acts.len(), 1, "it was disabled once");
        tell(house, &mut tx, &home, "a", 3).await;
        webhooks::enable(&mut tx, &made.id, at(4), &house.dice).await.unwrap();
        let all = webhooks::last(&mut tx, &made.id, 9).await.unwrap();
        assert_eq!(all.len(), 1, "what happened meanwhile is not told");
        assert_eq!(all[0].next_at, Some(at(4)));
        assert_eq!(webhooks::load(&mut tx, &made.id).await.unwrap().unwrap().disabled, None);
    })
    .await;
}

#[tokio::test]
async fn what_is_told_again_keeps_its_id_and_holds_up_nobody() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let made = webhook(house, &mut tx, &home, &["a"]).await;
        tell(house, &mut tx, &home, "a", 1).await;
        let lane = lane(&made, &home);
        let first = webhooks::next(&mut tx, &lane).await.unwrap().unwrap();
        webhooks::deliver_anew(&mut tx, &first, at(3), &house.dice).await.unwrap();
        let next = webhooks::next(&mut tx, &lane).await.unwrap().unwrap();
        assert_eq!((&next.id, next.next_at), (&first.id, Some(at(3))), "it stays in its lane");
        webhooks::note(&mut tx, &next, &taken(4)).await.unwrap();
        let over: Delivery =
            webhooks::delivery(&mut tx, &made.id, &first.id).await.unwrap().unwrap();
        webhooks::deliver_anew(&mut tx, &over, at(5), &house.dice).await.unwrap();
        assert_eq!(webhooks::next(&mut tx, &lane).await.unwrap(), None);
        let own = Lane { webhook: made.id.clone(), name: first.id.to_string() };
        let again = webhooks::next(&mut tx, &own).await.unwrap().unwrap();
        assert_eq!((again.tries, again.delivered_at), (0, None));
        // Something about no connection has a lane of its own from the beginning.
        let new = NewDelivery { kind: "test", connection: None, payload: "{}" };
        let id = webhooks::put(&mut tx, &made.id, &new, at(6), &house.dice).await.unwrap();
        let own = Lane { webhook: made.id.clone(), name: id.to_string() };
        assert_eq!(webhooks::next(&mut tx, &own).await.unwrap().unwrap().id, id);
    })
    .await;
}

#[tokio::test]
async fn a_webhook_for_which_too_much_waits_is_disabled() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let made = webhook(house, &mut tx, &home, &["a"]).await;
        tell(house, &mut tx, &home, "a", 1).await;
        tell(house, &mut tx, &home, "a", 2).await;
        tx.commit().await.unwrap();
        let mut tx = house.db.begin().await.unwrap();
        assert_eq!(webhooks::load(&mut tx, &made.id).await.unwrap().unwrap().disabled, None);
        drop(tx);
        house.tamper("UPDATE webhook_deliveries SET position = -4998 WHERE position = 1").await;
        let mut tx = house.db.begin().await.unwrap();
        tell(house, &mut tx, &home, "a", 3).await;
        let disabled = webhooks::load(&mut tx, &made.id).await.unwrap().unwrap().disabled;
        assert_eq!(disabled, Some((at(3), "too_many_waiting".into())));
    })
    .await;
}

#[tokio::test]
async fn a_key_is_known_until_it_is_ended() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let key = ApiKey {
            id: ApiKeyId::new(at(0), &house.dice),
            account: home.account.clone(),
            name: "Reports".into(),
            scopes: vec!["read".into()],
            created_at: at(0),
            last_used_at: None,
        };
        api_keys::insert(&mut tx, &key, &[1; 32]).await.unwrap();
        assert!(api_keys::is_known(&mut tx, &key.id).await.unwrap());
        assert!(api_keys::delete(&mut tx, &home.account, &key.id).await.unwrap());
        assert!(!api_keys::is_known(&mut tx, &key.id).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn changes_of_a_calendar_are_told_once() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let id = &home.calendar;
        assert!(!calendars::take_untold(&mut tx, id).await.unwrap());
        calendars::note_untold(&mut tx, id, at(1)).await.unwrap();
        calendars::note_untold(&mut tx, id, at(2)).await.unwrap();
        assert!(calendars::take_untold(&mut tx, id).await.unwrap());
        assert!(!calendars::take_untold(&mut tx, id).await.unwrap());
    })
    .await;
}
