//! Microsoft in front of the house: Outlook's real adapter against the sandbox, its consent page in
//! a browser, and rings that are carried by hand.

use axum::body::Body;
use connection::{
    Catalogue, Conference, Connection, Integration, IntegrationKind, Secret, SignIn, Watching,
};
use http::Request;
use sandbox::{AccountKind, MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET};
use store::connections;

use super::at_google::ALL;
use super::{Answer, Browser, House, LIST};
use crate::google::{self, Decision};

/// A person at work.
pub(crate) const KIM: &str = "kim@contoso.example";
/// A colleague of theirs.
pub(crate) const LEE: &str = "lee@contoso.example";
/// Where a sign-in at Microsoft begins.
pub(crate) const GO: &str = "/oauth/go/outlook";

impl Browser<'_> {
    /// The whole way out and back, with the page of the attempt at its end.
    pub(crate) async fn sign_in_at_microsoft(
        &mut self,
        who: &str,
        decision: Decision<'_>,
    ) -> Answer {
        let back = self.decide(GO, who, decision).await;
        self.come_back(&back).await
    }

    /// One account more, connected and read, whose calendars ring: the connection's page.
    pub(crate) async fn with_outlook(&mut self, who: &str) -> String {
        let choose = self.sign_in_at_microsoft(who, ALL).await.expect(303).to();
        self.house.run().await;
        choose.strip_suffix("/calendars").unwrap().to_owned()
    }
}

impl House {
    /// A house in which Outlook and Google can be connected, with two people at one organisation.
    pub(crate) async fn with_microsoft() -> Self {
        let house = Self::of("http://127.0.0.1:8080/", catalogue).await;
        let microsoft = house.sandbox.microsoft();
        microsoft.add_person(KIM, "Kim Doe", AccountKind::Work);
        microsoft.add_person(LEE, "Lee Fox", AccountKind::Work);
        house
    }

    /// Rings at Microsoft's door.
    pub(crate) async fn notify(&self, batch: &serde_json::Value) -> Answer {
        let body = Body::from(batch.to_string());
        self.send(Request::post("/hooks/microsoft").body(body).unwrap()).await
    }

    /// The connection of that page.
    pub(crate) async fn connection(&self, page: &str) -> Connection {
        let id = page.strip_prefix(LIST).unwrap().trim_matches('/').parse().unwrap();
        let mut tx = self.ctx.db.read().await.unwrap();
        connections::load(&mut tx, &id).await.unwrap().unwrap()
    }
}

fn catalogue(client: &outbound::Client) -> Catalogue {
    Catalogue::new(vec![google::google(client), outlook(client)])
}

/// Outlook as the program offers it.
fn outlook(client: &outbound::Client) -> Integration {
    let settings = microsoft::Settings {
        base: Some("http://sandbox.test/".parse().unwrap()),
        tenant: None,
        client_id: Some(MICROSOFT_CLIENT_ID.into()),
        client_secret: Some(Secret::new(MICROSOFT_CLIENT_SECRET)),
    };
    let adapter = microsoft::adapter(client.clone(), settings);
    Integration {
        kind: IntegrationKind::new("outlook"),
        sign_in: SignIn::OAuth { adapter: adapter.sign_in },
        calendars: Some(adapter.calendars),
        free_busy: adapter.free_busy,
        watch: adapter.watch.map(|adapter| Watching {
            adapter,
            hook: "/hooks/microsoft",
            poll_every_s: 1_800,
        }),
        ..google::unset("outlook", Conference::Teams)
    }
}
