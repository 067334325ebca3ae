//! What other programs are told: signed, at least once, in order, for three days, and guarded.
#![cfg(test)]

mod world;

use connection::{ConnectionId, MessageId, Secret, WebhookId};
use jiff::SignedDuration;
use serde_json::json;
use store::messages::{self, MessageKind, NewMessage};
use store::webhooks::{self, Delivery, NewDelivery, Webhook};
use store::{audit, connections};
use world::World;
use world::receiver::{ADDRESS, Post, Receiver, Reply};

const KINDS: [&str; 2] = ["connection.changed", "calendar.changed"];

/// A world, a webhook that is told everything, and the program behind it.
struct Told {
    world: World,
    receiver: Receiver,
    webhook: WebhookId,
}

impl Told {
    async fn new() -> Self {
        Self::at(ADDRESS).await
    }

    async fn at(url: &str) -> Self {
        let mut world = World::new(9).await;
        let receiver = Receiver::new();
        world.ctx.outward = receiver.client(&world.ctx.clock);
        let webhook = Webhook {
            id: WebhookId::new(world.now(), world.ctx.dice.as_ref()),
            account: world.account.clone(),
            url: Secret::new(url),
            events: KINDS.map(str::to_owned).to_vec(),
            previous_until: None,
            created_at: world.now(),
            last_success_at: None,
            failing_since: None,
            disabled: None,
        };
        let secret = sync::webhooks::new_secret(&world.ctx);
        let mut tx = world.ctx.db.begin().await.unwrap();
        webhooks::insert(&mut tx, &webhook, &secret).await.unwrap();
        tx.commit().await.unwrap();
        Self { world, receiver, webhook: webhook.id }
    }

    async fn secrets(&self) -> Vec<Secret> {
        let mut tx = self.world.ctx.db.read().await.unwrap();
        webhooks::secrets(&mut tx, &self.webhook, self.world.now()).await.unwrap()
    }

    async fn row(&self) -> Webhook {
        let mut tx = self.world.ctx.db.read().await.unwrap();
        webhooks::load(&mut tx, &self.webhook).await.unwrap().unwrap()
    }

    /// What it was told, the last first.
    async fn log(&self) -> Vec<Delivery> {
        let mut tx = self.world.ctx.db.read().await.unwrap();
        webhooks::last(&mut tx, &self.webhook, 50).await.unwrap()
    }

    /// Something that a connection is told to have done.
    async fn happens(&self, connection: &ConnectionId, what: &str) {
        let ctx = &self.world.ctx;
        let payload = json!({ "type": KINDS[0], "what": what }).to_string();
        let new = NewDelivery { kind: KINDS[0], connection: Some(connection), payload: &payload };
        let mut tx = ctx.db.begin().await.unwrap();
        let (account, now) = (&self.world.account, self.world.now());
        webhooks::tell(&mut tx, account, &new, now, ctx.dice.as_ref()).await.unwrap();
        tx.commit().await.unwrap();
    }

    fn a_connection(&self) -> ConnectionId {
        ConnectionId::new(self.world.now(), self.world.ctx.dice.as_ref())
    }

    /// What arrived since it was last asked.
    fn arrived(&self) -> Vec<String> {
        let what = |json: serde_json::Value| json["what"].as_str().unwrap().to_owned();
        self.receiver.take().iter().map(|post| what(post.json())).collect()
    }

    fn later(&self, seconds: i64) {
        self.world.clock.advance(SignedDuration::from_secs(seconds));
    }
}

#[tokio::test]
async fn how_a_connection_stands_and_what_changed_arrives_signed_and_in_order() {
    let told = Told::new().await;
    told.world.put("Dentist", "DTSTART:20261124T100000Z\nDTEND:20261124T110000Z");
    let id = told.world.connect().await;
    told.world.run().await;
    let posts = told.receiver.take();
    let kinds: Vec<_> = posts.iter().map(Post::kind).collect();
    assert_eq!(kinds, ["connection.changed", "calendar.changed", "connection.changed"]);
    let secret = told.secrets().await.remove(0);
    assert!(secret.reveal().starts_with("whsec_"));
    for post in &posts {
        assert_eq!(post.signature, post.signed_by(secret.reveal()));
        assert_eq!(post.timestamp, told.world.now().as_second());
        assert!(post.id.starts_with("dlv_"));
        assert!(!post.body.contains("Dentist"), "no titles: {}", post.body);
        let data = &post.json()["data"];
        assert_eq!(data["connection"], id.as_str());
        assert_eq!(data["account"], told.world.account.as_str());
        assert_eq!(data["user"], told.world.user.as_str());
    }
    assert_eq!(posts[0].json()["data"]["state"], "processing");
    assert_eq!(posts[1].json()["data"]["changed"], 1);
    assert_eq!(posts[2].json()["data"]["state"], "synced");
    assert_eq!(posts[2].json()["timestamp"], told.world.now().to_string());
}

#[tokio::test]
async fn the_loss_of_a_second_calendar_is_told_with_what_it_means_and_where_it_is_mended() {
    let told = Told::new().await;
    let world = &told.world;
    let (kind, access) = (sandbox::CalendarKind::Events, sandbox::Access::Owner);
    world.sandbox.add_calendar(world::PERSON, "Work", kind, access).unwrap();
    world.sandbox.add_calendar(world::PERSON, "Family", kind, access).unwrap();
    let id = world.connect().await;
    world.run().await;
    told.receiver.take();
    for lost in ["Work", "Family"] {
        world.sandbox.lose_calendar(world::PERSON, lost, true).unwrap();
        world.later(70).await;
    }
    let mut posts: Vec<_> =
        told.receiver.take().iter().map(|post| post.json()["data"].clone()).collect();
    posts.retain(|data| data["state"] == "attention");
    assert_eq!(posts.len(), 2, "{posts:?}");
    assert!(posts[1]["say"].as_str().unwrap().contains("“Work” and “Family”"), "{}", posts[1]);
    let page = format!("http://127.0.0.1:8080/calendars/settings/connections/{id}#calendars");
    for data in &posts {
        assert_eq!((&data["reason"], &data["repair_url"]), (&json!("calendar_gone"), &json!(page)));
        assert_eq!(data["blind_from"], data["since"], "what is gone is not known from then on");
    }
    assert_eq!(posts[0]["since"], posts[1]["since"]);
}

#[tokio::test]
async fn disconnecting_is_the_last_that_is_told_and_ends_what_is_on_its_way() {
    let told = Told::new().await;
    let world = &told.world;
    let id = world.connect().await;
    world.run().await;
    told.receiver.take();
    let message = NewMessage {
        id: MessageId::new(world.now(), world.ctx.dice.as_ref()),
        account: world.account.clone(),
        user: world.user.clone(),
        connection: Some(id.clone()),
        kind: MessageKind::Foretold,
        about_at: world.now() + SignedDuration::from_hours(24),
        day: 1,
        reason: "grant".into(),
        asks: Vec::new(),
        subject: "Renew".into(),
        body: "It ends.".into(),
        href: "/x".into(),
        to_email: None,
        created_at: world.now(),
    };
    let mut tx = world.ctx.db.begin().await.unwrap();
    messages::insert(&mut tx, &message).await.unwrap();
    tx.commit().await.unwrap();
    assert!(sync::connect::disconnect(&world.ctx, &id, &world.dana()).await.unwrap());
    let mut tx = world.ctx.db.read().await.unwrap();
    assert_eq!(connections::load(&mut tx, &id).await.unwrap(), None);
    let message = messages::load(&mut tx, &message.id).await.unwrap().unwrap();
    assert_eq!(message.stopped_at, Some(world.now()), "before anything else ran");
    drop(tx);
    assert!(!sync::connect::disconnect(&world.ctx, &id, &world.dana()).await.unwrap());
    world.run().await;
    let posts = told.receiver.take();
    let data: Vec<_> = posts.iter().map(|post| post.json()["data"].clone()).collect();
    assert_eq!(data.len(), 1, "{data:?}");
    assert_eq!((posts[0].kind(), &data[0]["state"]), (KINDS[0].to_owned(), &json!("disconnected")));
    assert_eq!((&data[0]["connection"], &data[0]["reason"]), (&json!(id.as_str()), &json!(null)));
    assert_eq!(data[0]["since"], json!(world.now().to_string()));
}

#[tokio::test]
async fn a_refused_password_is_told_with_its_reason() {
    let told = Told::new().await;
    told.world.connect().await;
    told.world.run().await;
    told.receiver.take();
    told.world.sandbox.revoke_password(world::PERSON).unwrap();
    for _ in 0..3 {
        told.world.later(3).await;
    }
    let states: Vec<_> = told.receiver.take().iter().map(Post::json).collect();
    let last = states.last().expect("something was told");
    assert_eq!(last["data"]["state"], "attention");
    assert_eq!(last["data"]["reason"], "password_refused");
    assert_eq!(last["data"]["say"], "The password was refused: make a new one.");
}

#[tokio::test]
async fn a_failing_one_holds_back_its_own_connection_and_no_other() {
    let told = Told::new().await;
    let (one, other) = (told.a_connection(), told.a_connection());
    told.receiver
        .answers(|post| Reply::Status(if post.body.contains("one-a") { 500 } else { 200 }));
    for (connection, what) in
        [(&one, "one-a"), (&one, "one-b"), (&other, "other-a"), (&other, "other-b")]
    {
        told.happens(connection, what).await;
    }
    told.world.run().await;
    let mut arrived = told.arrived();
    arrived.sort();
    assert_eq!(arrived, ["one-a", "other-a", "other-b"], "one-b waits for one-a");
    // What happens meanwhile does not wake it before its time.
    told.happens(&one, "one-c").await;
    told.world.run().await;
    assert_eq!(told.arrived(), Vec::<String>::new());
    told.receiver.answers(|_| Reply::Status(200));
    told.later(6);
    told.world.run().await;
    assert_eq!(told.arrived(), ["one-a", "one-b", "one-c"]);
    assert!(told.log().await.iter().all(|delivery| delivery.delivered_at.is_some()));
    assert_eq!(told.row().await.failing_since, None);
}

#[tokio::test]
async fn whatever_goes_wrong_is_written_down_and_tried_again_after_five_seconds() {
    let cases = [
        (Reply::Status(500), Some(500), "refused"),
        (Reply::Status(404), Some(404), "refused"),
        (Reply::After(2), Some(503), "refused"),
        (Reply::Redirect, None, "redirected"),
        (Reply::Late, None, "timed_out"),
        (Reply::Long, None, "too_large"),
    ];
    for (reply, status, failure) in cases {
        let told = Told::new().await;
        told.receiver.answers(move |_| reply);
        told.happens(&told.a_connection(), "it").await;
        told.world.run().await;
        let log = told.log().await;
        assert_eq!((log[0].status, log[0].failure.as_deref()), (status, Some(failure)));
        assert_eq!((log[0].tries, log[0].given_up_at), (1, None));
        assert_eq!(told.row().await.failing_since, Some(told.world.now()));
        assert_eq!(told.receiver.take().len(), 1, "no redirect is followed");
        told.receiver.answers(|_| Reply::Status(200));
        told.later(6);
        told.world.run().await;
        assert_eq!(told.arrived(), ["it"], "{failure}");
        let log = told.log().await;
        assert_eq!((log[0].tries, log[0].failure.as_deref()), (2, None), "{failure}");
    }
}

#[tokio::test]
async fn who_asks_to_wait_is_left_alone_until_then() {
    let told = Told::new().await;
    told.receiver.answers(|_| Reply::After(3_600));
    told.happens(&told.a_connection(), "it").await;
    told.world.run().await;
    told.receiver.take();
    told.receiver.answers(|_| Reply::Status(200));
    told.later(3_000);
    told.world.run().await;
    assert_eq!(told.arrived(), Vec::<String>::new());
    told.later(700);
    told.world.run().await;
    assert_eq!(told.arrived(), ["it"]);
}

#[tokio::test]
async fn private_addresses_and_plain_http_are_not_called() {
    for (url, failure) in [
        ("https://10.0.0.7/hook", "address_forbidden"),
        ("https://[::1]/hook", "address_forbidden"),
        ("https://169.254.169.254/latest", "address_forbidden"),
        ("https://hooks.example:8443/hook", "address_forbidden"),
        ("http://hooks.example/hook", "address_insecure"),
    ] {
        let told = Told::at(url).await;
        told.happens(&told.a_connection(), "it").await;
        told.world.run().await;
        assert_eq!(told.log().await[0].failure.as_deref(), Some(failure), "{url}");
        assert!(told.receiver.take().is_empty(), "{url} was called");
    }
}

#[tokio::test]
async fn who_answers_410_is_told_nothing_more() {
    let told = Told::new().await;
    told.receiver.answers(|_| Reply::Status(410));
    let (one, other) = (told.a_connection(), told.a_connection());
    told.happens(&one, "a").await;
    told.world.run().await;
    told.happens(&other, "b").await;
    told.later(90_000);
    told.world.run().await;
    assert_eq!(told.arrived(), ["a"]);
    let (since, why) = told.row().await.disabled.unwrap();
    assert_eq!((why.as_str(), since < told.world.now()), ("gone", true));
    let mut tx = told.world.ctx.db.read().await.unwrap();
    let acts = audit::list(&mut tx, &told.world.account, &audit::Wanted::default(), (None, 9))
        .await
        .unwrap();
    let act = acts.iter().find(|entry| entry.act == "webhook.disabled").expect("it is written");
    assert_eq!(act.subject_name.as_deref(), Some("hooks.example"), "without path and query");
}

/// Moves the clock in small steps until that many seconds are over; says after how many seconds
/// something arrived.
async fn arrivals(told: &Told, seconds: i64) -> Vec<i64> {
    let mut at = Vec::new();
    let mut now = 0;
    told.world.run().await;
    while now <= seconds {
        at.extend(told.receiver.take().iter().map(|_| now));
        let step = if now < 60 { 1 } else { 300 };
        now += step;
        told.later(step);
        told.world.run().await;
    }
    at
}

#[tokio::test]
async fn it_is_tried_for_three_days_and_then_given_up_and_said_so() {
    let told = Told::new().await;
    told.receiver.answers(|_| Reply::Status(500));
    told.happens(&told.a_connection(), "it").await;
    let at = arrivals(&told, 100 * 3_600).await;
    assert_eq!(at.len(), 10, "{at:?}");
    assert_eq!(at[0], 0);
    assert!((4..=7).contains(&at[1]), "{at:?}");
    let days = *at.last().unwrap() / 3_600;
    assert!((72..=84).contains(&days), "the last try comes after three days: {days} h");
    let log = told.log().await;
    assert!(log[0].given_up_at.is_some() && log[0].next_at.is_none());
    assert_eq!(told.row().await.disabled.unwrap().1, "gave_up");
    // Turned on again, and told again under the same id, it arrives.
    let id = log[0].id.clone();
    told.receiver.answers(|_| Reply::Status(200));
    let ctx = &told.world.ctx;
    let mut tx = ctx.db.begin().await.unwrap();
    let (now, dice) = (told.world.now(), ctx.dice.as_ref());
    webhooks::enable(&mut tx, &told.webhook, now, dice).await.unwrap();
    webhooks::deliver_anew(&mut tx, &log[0], now, dice).await.unwrap();
    tx.commit().await.unwrap();
    told.world.run().await;
    let posts = told.receiver.take();
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].id, id.as_str());
}

#[tokio::test]
async fn one_that_alone_is_refused_is_given_up_and_the_rest_goes_on() {
    let told = Told::new().await;
    let (one, other) = (told.a_connection(), told.a_connection());
    told.receiver.answers(|post| Reply::Status(if post.body.contains("odd") { 500 } else { 200 }));
    told.happens(&one, "odd").await;
    told.happens(&one, "after").await;
    told.world.run().await;
    told.later(60);
    told.happens(&other, "fine").await;
    let days = arrivals(&told, 100 * 3_600).await;
    assert!(!days.is_empty());
    assert_eq!(told.row().await.disabled, None);
    let log = told.log().await;
    let of = |what: &str| log.iter().find(|d| d.payload.contains(what)).unwrap();
    assert!(of("odd").given_up_at.is_some());
    assert!(of("after").delivered_at.is_some() && of("fine").delivered_at.is_some());
}

#[tokio::test]
async fn what_was_taken_while_we_died_is_sent_again_under_the_same_id() {
    let told = Told::new().await;
    told.happens(&told.a_connection(), "it").await;
    let heard = told.receiver.heard.clone();
    told.receiver.answers(|_| Reply::Never);
    tokio::select! {
        biased;
        _ = told.world.run() => panic!("it came to its end"),
        () = heard.notified() => {}
    }
    told.receiver.answers(|_| Reply::Status(204));
    let first = told.receiver.take();
    assert_eq!(first.len(), 1);
    assert_eq!(told.log().await[0].tries, 0, "nothing was written down");
    told.later(30);
    told.world.run().await;
    let second = told.receiver.take();
    assert_eq!(second.len(), 1, "the lease ran out");
    assert_eq!(second[0].id, first[0].id);
    assert!(told.log().await[0].delivered_at.is_some());
}

#[tokio::test]
async fn for_a_day_both_secrets_sign() {
    let told = Told::new().await;
    let old = told.secrets().await.remove(0);
    let new = sync::webhooks::new_secret(&told.world.ctx);
    let day = SignedDuration::from_hours(24);
    let until = told.world.now() + day;
    let mut tx = told.world.ctx.db.begin().await.unwrap();
    let now = told.world.now();
    webhooks::turn_secret(&mut tx, &told.webhook, &new, (now, until)).await.unwrap();
    tx.commit().await.unwrap();
    told.happens(&told.a_connection(), "it").await;
    told.world.run().await;
    let post = told.receiver.take().remove(0);
    let both = format!("{} {}", post.signed_by(new.reveal()), post.signed_by(old.reveal()));
    assert_eq!(post.signature, both);
    told.later(24 * 3_600);
    told.happens(&told.a_connection(), "it").await;
    told.world.run().await;
    let post = told.receiver.take().remove(0);
    assert_eq!(post.signature, post.signed_by(new.reveal()));
}

#[tokio::test]
async fn changes_that_were_stored_before_we_died_are_told_all_the_same() {
    let told = Told::new().await;
    told.world.connect().await;
    told.world.run().await;
    told.receiver.take();
    told.world.put("Dentist", "DTSTART:20261124T100000Z\nDTEND:20261124T110000Z");
    told.later(130);
    let mut changes = told.world.ctx.db.changes();
    let stored = async {
        // Listed first, then held.
        let mut seen = 0;
        while seen < 2 {
            seen += i32::from(matches!(changes.recv().await, Ok(store::Change::Calendar(_))));
        }
    };
    tokio::select! {
        biased;
        _ = told.world.run() => panic!("it came to its end"),
        () = stored => {}
    }
    assert!(told.receiver.take().is_empty(), "nothing was told yet");
    told.later(30);
    told.world.run().await;
    let kinds: Vec<_> = told.receiver.take().iter().map(Post::kind).collect();
    assert_eq!(kinds, ["calendar.changed"]);
    told.world.later(3).await;
    assert!(told.receiver.take().is_empty(), "and only once");
}
