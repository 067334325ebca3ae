//! The page on which administrators make keys and webhooks.

use door::outgoing::{self, NotDone};
use http::Request;
use http_body_util::BodyExt;
use store::audit::{self, Actor};
use store::{api_keys, webhooks};

use crate::house::{Browser, House};
use crate::receiver::{ADDRESS, Receiver, Reply};
use crate::second_step::acts;

const PAGE: &str = "/settings/developers";

async fn told() -> (House, Receiver) {
    let mut house = House::new().await;
    let receiver = Receiver::new();
    house.ctx.outward = receiver.client(&house.ctx.clock);
    (house, receiver)
}

/// What stands in the page between two texts.
fn between<'p>(html: &'p str, before: &str, after: &str) -> &'p str {
    let (_, rest) = html.split_once(before).unwrap_or_else(|| panic!("no {before} in {html}"));
    rest.split_once(after).unwrap().0
}

async fn add(dana: &mut Browser<'_>) -> (String, String) {
    let typed = [("url", ADDRESS), ("event", "connection.changed"), ("event", "calendar.changed")];
    let page = dana.post(&format!("{PAGE}/webhooks"), &typed).await.expect(200);
    let secret = between(&page.html, "data-copy=\"", "\"").to_owned();
    let id = between(&page.html, &format!("action=\"{PAGE}/webhooks/"), "/").to_owned();
    (format!("{PAGE}/webhooks/{id}"), secret)
}

async fn status_with(house: &House, key: &str) -> u16 {
    let request = Request::builder()
        .uri("/api/v1/account")
        .header("authorization", format!("Bearer {key}"))
        .body(axum::body::Body::empty())
        .unwrap();
    let response = house.open(request).await;
    let status = response.status().as_u16();
    response.into_body().collect().await.unwrap();
    status
}

#[tokio::test]
async fn a_key_is_shown_once_carries_its_scopes_and_ends_at_once() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    dana.get(PAGE).await.expect(200).says(&["There is no key yet", "There is no webhook yet"]);
    let typed = [("name", "Reports"), ("scope", "read")];
    let made = dana.post(&format!("{PAGE}/keys"), &typed).await.expect(200);
    let key = between(&made.html, "data-copy=\"", "\"").to_owned();
    assert!(key.starts_with("dmk_"));
    made.says(&["shown only this once", "Reports", "May read ·", "never used"]);
    dana.get(PAGE).await.expect(200).says(&["Reports"]).hides(&[key.as_str(), "shown only"]);
    assert_eq!(status_with(&house, &key).await, 200);
    dana.get(PAGE).await.expect(200).says(&["last used "]);
    let mut tx = house.ctx.db.read().await.unwrap();
    let row = api_keys::of_account(&mut tx, &house.account).await.unwrap().remove(0);
    drop(tx);
    assert_eq!(row.scopes, ["read"]);
    let end = format!("{PAGE}/keys/{}/end", row.id);
    let mut stranger = house.stranger().await;
    stranger.post(&end, &[]).await.expect(404);
    assert_eq!(status_with(&house, &key).await, 200);
    let to = dana.post(&end, &[]).await.expect(303).to();
    dana.get(&to).await.expect(200).says(&["The key is ended"]).hides(&["Reports"]);
    assert_eq!(status_with(&house, &key).await, 401);
    dana.post(&end, &[]).await.expect(404);
    let mut tx = house.ctx.db.read().await.unwrap();
    let acts =
        audit::list(&mut tx, &house.account, &audit::Wanted::default(), (None, 9)).await.unwrap();
    let acts: Vec<_> = acts.iter().map(|entry| entry.act.as_str()).collect();
    for act in ["api_key.made", "api_key.ended"] {
        assert!(acts.contains(&act), "{acts:?}");
    }
}

#[tokio::test]
async fn a_form_that_lacks_something_says_so_beside_it() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    let keys = format!("{PAGE}/keys");
    dana.post(&keys, &[("name", "x")]).await.expect(422).says(&["Tick what it may do"]);
    let odd = [("name", ""), ("scope", "admin")];
    dana.post(&keys, &odd).await.expect(422).says(&["Fill this in", "Tick what it may do"]);
    let hooks = format!("{PAGE}/webhooks");
    dana.post(&hooks, &[("url", ADDRESS)])
        .await
        .expect(422)
        .says(&["Tick what it is told", ADDRESS]);
    let private = [("url", "https://192.168.1.4/"), ("event", "calendar.changed")];
    dana.post(&hooks, &private).await.expect(422).says(&["DAYMARK_ALLOW_ADDRESSES"]);
    let plain = [("url", "http://hooks.example/"), ("event", "calendar.changed")];
    dana.post(&hooks, &plain).await.expect(422).says(&["Give the https address"]);
}

#[tokio::test]
async fn a_webhook_shows_its_secret_once_its_deliveries_and_a_test() {
    let (house, receiver) = told().await;
    let mut dana = house.dana().await;
    let (page, secret) = add(&mut dana).await;
    assert!(secret.starts_with("whsec_"));
    let shown = dana.get(&page).await.expect(200);
    shown.says(&["hooks.example", "Nothing was sent yet", ADDRESS]).hides(&[secret.as_str()]);
    dana.get(PAGE)
        .await
        .expect(200)
        .says(&["hooks.example", "Nothing sent yet"])
        .hides(&["token="]);
    let to = dana.post(&format!("{page}/test"), &[]).await.expect(303).to();
    dana.get(&to).await.expect(200).says(&["The test is on its way", "waiting", "0 tries"]);
    house.run().await;
    let post = receiver.take().remove(0);
    assert_eq!(post.signature, post.signed_by(&secret));
    let after = dana.get(&page).await.expect(200);
    after.says(&["webhook.test", "delivered", "1 try", "answered 204", &post.id, "Well, last"]);
    let replay = format!("{page}/deliveries/{}/replay", post.id);
    let to = dana.post(&replay, &[]).await.expect(303).to();
    dana.get(&to).await.expect(200).says(&["on its way again"]);
    house.run().await;
    assert_eq!(receiver.take().remove(0).id, post.id);
    let turned = dana.post(&format!("{page}/turn-secret"), &[]).await.expect(200);
    assert_ne!(between(&turned.html, "data-copy=\"", "\""), secret);
    turned.says(&["signs as well until"]);
    let to = dana.post(&format!("{page}/delete"), &[]).await.expect(303).to();
    dana.get(&to).await.expect(200).says(&["The webhook is deleted", "There is no webhook yet"]);
    dana.get(&page).await.expect(404);
}

#[tokio::test]
async fn what_fails_says_why_and_when_it_is_tried_next() {
    let (house, receiver) = told().await;
    let mut dana = house.dana().await;
    let (page, _) = add(&mut dana).await;
    receiver.answers(|_| Reply::Status(500));
    dana.post(&format!("{page}/test"), &[]).await.expect(303);
    house.run().await;
    house.later(6);
    house.run().await;
    let failing = dana.get(&page).await.expect(200);
    failing.says(&[
        "Failing since",
        "answered 500",
        "next try",
        "2 tries",
        "tries again by itself",
    ]);
    dana.get(PAGE).await.expect(200).says(&["Failing since"]);
    receiver.answers(|_| Reply::Status(410));
    house.later(400);
    house.run().await;
    let off = dana.get(&page).await.expect(200);
    off.says(&["Off since", "wants nothing more", "Turn on again", "given up"])
        .hides(&["Send test</button>", ">Replay<"]);
    let to = dana.post(&format!("{page}/test"), &[]).await.expect(303).to();
    dana.get(&to).await.expect(200).says(&["while it is off"]);
    let to = dana.post(&format!("{page}/enable"), &[]).await.expect(303).to();
    dana.get(&to).await.expect(200).says(&["turned on again", "Send test"]);
}

#[tokio::test]
async fn others_than_administrators_find_no_such_page() {
    let (house, _) = told().await;
    let mut dana = house.dana().await;
    let (page, _) = add(&mut dana).await;
    let to = dana.post(&format!("{page}/test"), &[]).await.expect(303).to();
    let told = dana.get(&to).await.expect(200).html;
    let delivery = between(&told, "class=\"row\" id=\"", "\"").to_owned();
    assert!(delivery.starts_with("dlv_"), "{delivery}");
    let mut stranger = house.stranger().await;
    let mut member = house.colleague_of(&house.account, "member@northwind.example").await;
    let nothing = member.get("/settings/nothing").await.expect(404).html;
    for path in [PAGE, page.as_str()] {
        assert_eq!(member.get(path).await.expect(404).html, nothing);
    }
    let acts = ["test", "turn-secret", "enable", "delete"].map(|act| format!("{page}/{act}"));
    let more = [format!("{PAGE}/keys"), format!("{PAGE}/webhooks")];
    let replay = format!("{page}/deliveries/{delivery}/replay");
    for path in acts.iter().chain(&more).chain([&replay]) {
        let typed = [("name", "x"), ("scope", "read"), ("url", ADDRESS)];
        assert_eq!(member.post(path, &typed).await.expect(404).html, nothing, "{path}");
    }
    stranger.get(PAGE).await.expect(200).hides(&["hooks.example"]);
    stranger.get(&page).await.expect(404);
    for path in acts.iter().chain([&replay]) {
        stranger.post(path, &[]).await.expect(404);
    }
    member.get("/settings/profile").await.expect(200).hides(&[PAGE]);
    house.browser().get(PAGE).await.expect(303);
    let mut tx = house.ctx.db.read().await.unwrap();
    assert_eq!(webhooks::of_account(&mut tx, &house.account).await.unwrap().len(), 1);
    assert!(api_keys::of_account(&mut tx, &house.account).await.unwrap().is_empty());
}

#[tokio::test]
async fn nothing_is_done_to_a_webhook_that_somebody_else_just_deleted() {
    let (house, _receiver) = told().await;
    let page = add(&mut house.dana().await).await.0;
    let id = page.rsplit('/').next().unwrap().parse().unwrap();
    let (ctx, who) = (&house.ctx, (&house.account, Actor::User(&house.user)));
    outgoing::delete(ctx, who, &id).await.unwrap();
    let before = acts(&house).await;
    assert!(before.iter().any(|act| act.starts_with("webhook.deleted")));
    // As whoever opened the page before does.
    let refused = [
        outgoing::delete(ctx, who, &id).await.unwrap_err(),
        outgoing::turn_secret(ctx, who, &id).await.unwrap_err(),
        outgoing::enable(ctx, who, &id).await.unwrap_err(),
        outgoing::test(ctx, who, &id).await.unwrap_err(),
    ];
    assert!(refused.iter().all(|why| matches!(why, NotDone::Gone)), "{refused:?}");
    assert_eq!(acts(&house).await, before);
}
