//! The end of a server's certificate: said before to who connected it, over once it is renewed, and
//! in plain words when it has come.
#![expect(clippy::unwrap_used, reason = "a test fails where something is not as it must be")]

mod world;

use std::sync::Arc;

use connection::{Access, Attention, Catalogue, Clock, ConnectionId, Credential, Ending, Secret};
use outbound::Client;
use store::messages::{self, Message};
use store::renewals;
use sync::connect::Outcome;

use world::tls::{Behind, Certified};
use world::{World, row};

/// A feed at a server of somebody's own.
struct Own {
    world: World,
    server: Behind,
    id: ConnectionId,
}

/// A client that believes those certificates.
fn believing(world: &World, certificates: &[&Certified]) -> Client {
    let clock = Arc::clone(&world.clock);
    let mut settings = outbound::Settings::new("Daymark/test", Arc::new(move || clock.now()));
    settings.allow = "127.0.0.0/8".parse().unwrap();
    settings.roots = certificates.iter().map(|one| one.root.clone()).collect();
    Client::new(settings).unwrap()
}

impl Own {
    /// Its server shows the first of these certificates.
    async fn connected(seed: u64, certificates: &[&Certified]) -> Self {
        let mut world = World::new(seed).await;
        let client = believing(&world, certificates);
        let feed = row("feed", caldav::feed(client), 3_600);
        world.ctx.catalogue = Arc::new(Catalogue::new(vec![feed]));
        let text = world::event("rota", "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z");
        world.sandbox.put_feed("rota", &text);
        let server = Behind::serve(world.sandbox.router(), certificates[0]).await;
        let address = format!("{}feeds/rota.ics", server.base);
        let Outcome::Connected(id) = world.connect_feed(&address).await else { panic!("refused") };
        sync::begin_housekeeping(&world.ctx).await.unwrap();
        world.run().await;
        Self { world, server, id }
    }

    async fn days(&self, days: i64) {
        for _ in 0..days * 4 {
            self.world.later(6 * 60).await;
        }
    }

    async fn endings(&self) -> Vec<Ending> {
        let mut tx = self.world.ctx.db.read().await.unwrap();
        renewals::of_connection(&mut tx, &self.id).await.unwrap()
    }

    async fn is_soon(&self) -> bool {
        let [ending] = &self.endings().await[..] else { panic!("it shows a certificate") };
        ending.is_soon(self.world.now())
    }

    async fn told(&self) -> Vec<Message> {
        let mut tx = self.world.ctx.db.read().await.unwrap();
        let mut all = messages::of_user(&mut tx, &self.world.user, 99).await.unwrap();
        all.reverse();
        all
    }

    fn host(&self) -> &str {
        self.server.base.trim_start_matches("https://").trim_end_matches('/')
    }
}

#[tokio::test]
async fn the_end_of_a_certificate_is_said_two_weeks_and_three_days_before() {
    let certificate = Certified::until((2026, 12, 11));
    let own = Own::connected(1, &[&certificate]).await;
    assert!(!own.is_soon().await);
    own.days(4).await;
    assert!(own.told().await.is_empty());
    own.days(1).await;
    assert!(own.is_soon().await);
    let [told] = &own.told().await[..] else { panic!("it is told once") };
    let (host, id) = (own.host(), &own.id);
    let begins = format!("The certificate of {host} ends on 11 December: Test, ");
    assert!(told.new.subject.starts_with(&begins), "{}", told.new.subject);
    assert_eq!(told.new.href, format!("/calendars/settings/connections/{id}"));
    for part in [
        "ends on Friday 11 December 2026, 02:00 (Europe/Athens)",
        "ask whoever runs that server to renew it",
    ] {
        assert!(told.new.body.contains(part), "{}", told.new.body);
    }
    own.days(11).await;
    let days: Vec<_> = own.told().await.iter().map(|message| message.new.day).collect();
    assert_eq!(days, [14, 3]);
}

#[tokio::test]
async fn a_certificate_that_was_renewed_is_not_spoken_of_any_more() {
    let (old, new) = (Certified::until((2026, 12, 1)), Certified::until((2027, 6, 1)));
    let own = Own::connected(2, &[&old, &new]).await;
    assert!(own.is_soon().await);
    own.world.later(64).await;
    assert_eq!(own.told().await.len(), 1);
    own.server.show(&new);
    own.world.later(64).await;
    assert!(!own.is_soon().await);
    own.days(12).await;
    assert_eq!(own.told().await.len(), 1);
}

#[tokio::test]
async fn a_certificate_that_has_ended_is_named_with_its_day_and_with_who_can_renew_it() {
    let (old, new) = (Certified::until((2026, 11, 24)), Certified::until((2027, 6, 1)));
    let own = Own::connected(3, &[&old, &new]).await;
    own.days(3).await;
    let trouble = async || own.world.calendars(&own.id).await.remove(0).0.trouble;
    let host = own.host();
    assert_eq!(
        trouble().await.unwrap().say,
        format!(
            "The certificate of {host} ended on 24 November 2026; ask whoever runs that server \
             to renew it."
        )
    );
    let status = own.world.status(&own.id).await;
    assert_eq!(status.attention, None::<Attention>, "nobody has to sign in again for that");
    own.server.show(&new);
    own.days(1).await;
    assert_eq!(trouble().await, None);
}

#[tokio::test]
async fn only_servers_whose_address_was_typed_are_asked_for_their_certificate() {
    let certificate = Certified::until((2026, 12, 1));
    let own = Own::connected(4, &[&certificate]).await;
    let client = believing(&own.world, &[&certificate]);
    let held = Credential::Password {
        base: own.server.base.clone(),
        username: world::PERSON.into(),
        password: Secret::new(world::PASSWORD),
    };
    let icloud = caldav::icloud(client.clone(), Some(own.server.base.parse().unwrap()));
    let server = caldav::server(client);
    assert_eq!(server.sign_in.certificate(&held), None, "it was not called yet");
    // Whatever it answers, it has shown its certificate.
    let _ = icloud.calendars.calendars(&Access::new(held.clone())).await;
    let shown = server.sign_in.certificate(&held).unwrap();
    assert_eq!(shown.host, own.host());
    assert_eq!(shown.ends_at.to_string(), "2026-12-01T00:00:00Z");
    assert_eq!(icloud.sign_in.certificate(&held), None, "Apple looks after its own");
    let file = Credential::File { text: Secret::new(""), name: None };
    let feed = own.world.ctx.catalogue.find("feed").unwrap();
    assert_eq!(feed.sign_in.password().unwrap().certificate(&file), None);
}
