//! Museum row 2: one of three connections dies. It is told on the page, by message and to other
//! programs, within a minute of the first proof, and nothing happens to the other two.

use connection::{ConnectionId, ConnectionState, Secret, WebhookId};
use jiff::{SignedDuration, Timestamp};
use store::messages::{self, MessageKind};
use store::webhooks::{self, Webhook};
use store::{connections, runs};

use crate::places::{self, DAY, PLACES};
use crate::world::World;
use crate::world::receiver::{ADDRESS, Receiver};

/// The promise, from the first proof on.
const WITHIN: SignedDuration = SignedDuration::from_secs(60);
/// So old a calendar may be before it is unknown.
const TRUSTED_MIN: i64 = 24 * 60;

/// Somebody who listens to what becomes of connections.
async fn listen(world: &mut World) -> Receiver {
    let receiver = Receiver::new();
    world.ctx.outward = receiver.client(&world.ctx.clock);
    let webhook = Webhook {
        id: WebhookId::new(world.now(), world.ctx.dice.as_ref()),
        account: world.account.clone(),
        url: Secret::new(ADDRESS),
        events: vec!["connection.changed".to_owned()],
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
    receiver
}

/// When it was first refused.
async fn refused_at(world: &World, id: &ConnectionId) -> Option<Timestamp> {
    let mut tx = world.ctx.db.read().await.unwrap();
    let all = runs::last(&mut tx, id, 1_000).await.unwrap();
    let codes = ["password_refused", "token_refused", "signed_out"];
    let is_refusal = |code: &Option<String>| code.as_deref().is_some_and(|it| codes.contains(&it));
    all.iter().filter(|run| is_refusal(&run.failure)).map(|run| run.started_at).min()
}

/// Looks every few seconds until it is told; says when that was.
async fn is_told(world: &World, (dead, others): (&ConnectionId, &[&ConnectionId])) -> Timestamp {
    for _ in 0..2_000 {
        world.clock.advance(SignedDuration::from_secs(5));
        world.run().await;
        for other in others {
            assert_eq!(world.status(other).await.state, ConnectionState::Synced);
        }
        if world.status(dead).await.state == ConnectionState::Attention {
            return world.now();
        }
    }
    panic!("nobody is told");
}

/// The banner, the message and what other programs hear.
async fn is_everywhere(world: &World, dead: &ConnectionId, receiver: &Receiver) {
    let mut tx = world.ctx.db.read().await.unwrap();
    let banner = connections::broken(&mut tx, &world.account, None).await.unwrap();
    assert_eq!(banner.iter().map(|broken| &broken.id).collect::<Vec<_>>(), [dead]);
    let all = messages::of_user(&mut tx, &world.user, 99).await.unwrap();
    let told: Vec<_> = all.iter().map(|it| (it.new.kind, it.new.connection.as_ref())).collect();
    assert_eq!(told, [(MessageKind::Attention, Some(dead))]);
    let posts = receiver.take();
    let told: Vec<_> = posts.iter().map(|post| post.json()["data"].clone()).collect();
    let ends = |it: &&serde_json::Value| it["state"] == "attention";
    let dead_ones: Vec<_> = told.iter().filter(ends).map(|it| &it["connection"]).collect();
    assert_eq!(dead_ones, [dead.as_str()]);
}

#[tokio::test]
async fn museum_02_one_dead_connection_is_told_everywhere_and_harms_no_other() {
    for (nth, dying) in (0..).zip(PLACES) {
        let mut world = World::new(190 + nth).await;
        let receiver = listen(&mut world).await;
        sync::begin_housekeeping(&world.ctx).await.unwrap();
        let mut ids = Vec::new();
        for place in PLACES {
            ids.push(places::live(&world, place, 2).await);
        }
        receiver.take();
        let at = PLACES.iter().position(|place| *place == dying).unwrap();
        let others: Vec<_> = ids.iter().filter(|id| **id != ids[at]).collect();
        places::revoke(&world, dying);
        let told_at = is_told(&world, (&ids[at], &others)).await;
        let first = refused_at(&world, &ids[at]).await.unwrap();
        let took = told_at.duration_since(first);
        assert!(took <= WITHIN, "{dying}: told {took} after the first proof");
        is_everywhere(&world, &ids[at], &receiver).await;
        assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 6, "{dying}: nothing is free for that");
        // A day later its own times are unknown, and nobody else's.
        for _ in 0..(TRUSTED_MIN + 60) / 20 {
            world.later(20).await;
            world.carry_rings().await;
        }
        world.run().await;
        let (from, until) = (DAY.0.parse().unwrap(), DAY.1.parse().unwrap());
        let mut tx = world.ctx.db.read().await.unwrap();
        let answer = store::busy::of_user(&mut tx, &world.user, from, until, world.now());
        let blind: Vec<_> = answer.await.unwrap().blind.into_iter().map(|it| it.calendar).collect();
        drop(tx);
        let its: Vec<_> =
            world.calendars(&ids[at]).await.into_iter().map(|(it, _)| it.id).collect();
        assert_eq!(blind, its, "{dying}");
        for other in others {
            assert_eq!(world.status(other).await.state, ConnectionState::Synced, "{dying}");
        }
    }
}
