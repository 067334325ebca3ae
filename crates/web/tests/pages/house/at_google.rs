//! Google in front of the house: its consent page in a browser, and rings that are carried by hand.

use std::sync::Arc;

use axum::body::Body;
use connection::{
    ClientCheck, Integration, IntegrationKind, SetUp, SetUpSetting, SetUpStep, ToCopy,
};
use http::{Request, StatusCode};
use store::runs;

use super::{Answer, Browser, House, LIST};
use crate::google::{ADA, Decision, decide};

/// Every box ticked.
pub(crate) const ALL: Decision<'static> = &[("decision", "allow_all")];

impl Browser<'_> {
    /// Goes out to Google with a link of ours and decides there: the address that Google sends the
    /// browser back to.
    pub(crate) async fn decide(&mut self, link: &str, who: &str, decision: Decision<'_>) -> String {
        let page = self.get(link).await.expect(303).to();
        decide(&self.house.sandbox, &page, who, decision).await
    }

    /// The whole way out and back, with the page of the attempt at its end.
    pub(crate) async fn sign_in_at_google(&mut self, who: &str, decision: Decision<'_>) -> Answer {
        let back = self.decide("/oauth/go/google", who, decision).await;
        self.come_back(&back).await
    }

    /// Opens the way back and waits for the end of the examination.
    pub(crate) async fn come_back(&mut self, back: &str) -> Answer {
        let attempt = self.get(back).await.expect(303).to();
        self.wait().await;
        self.get(&attempt).await
    }
}

impl House {
    /// The house with one account at Google connected and read, whose calendar rings.
    pub(crate) async fn with_google(&self) -> (Browser<'_>, String) {
        let mut dana = self.dana().await;
        let choose = dana.sign_in_at_google(ADA, ALL).await.expect(303).to();
        self.run().await;
        self.carry_rings().await;
        self.run().await;
        (dana, choose.strip_suffix("/calendars").unwrap().to_owned())
    }

    /// Carries the rings that are due, and says how each was answered.
    pub(crate) async fn carry_rings(&self) -> Vec<u16> {
        let mut answered = Vec::new();
        while let Some(ring) = self.sandbox.take_ring() {
            let status = self.ring(&ring.headers()).await.as_u16();
            answered.push(status);
            self.sandbox.ring_answered(ring, Some(status));
        }
        answered
    }

    /// Rings at Google's door.
    pub(crate) async fn ring(&self, headers: &[(&'static str, String)]) -> StatusCode {
        let ring = Request::post("/hooks/google");
        let ring = headers.iter().fold(ring, |ring, (name, value)| ring.header(*name, value));
        self.send(ring.body(Body::empty()).unwrap()).await.status
    }

    /// How often the connection of that page was looked at because it rang.
    pub(crate) async fn rung(&self, page: &str) -> usize {
        let id = page.strip_prefix(LIST).unwrap().trim_matches('/').parse().unwrap();
        let mut tx = self.ctx.db.read().await.unwrap();
        let all = runs::last(&mut tx, &id, 50).await.unwrap();
        all.iter().filter(|run| run.cause == "rung").count()
    }

    /// A timed event of Ada's.
    pub(crate) fn put_at_google(&self, title: &str) {
        let at = |hour: u8| serde_json::json!({ "dateTime": format!("2026-11-23T{hour}:00:00Z") });
        let event = serde_json::json!({ "summary": title, "start": at(10), "end": at(11) });
        self.sandbox.google().put_event(ADA, "primary", event).unwrap();
    }
}

/// What the set-up page is made from: one that is entered, one that is not, and one that is
/// entered and whose accounts come later.
pub(super) fn set_ups(google: &Integration, zoom: zoom::Adapter) -> Vec<SetUp> {
    let one = |kind: &str, name, client: Option<Arc<dyn ClientCheck>>| SetUp {
        kind: IntegrationKind::new(kind),
        name,
        gives: "",
        later: (kind == "zoom").then_some("Its accounts come with a later version."),
        mark: "T",
        color: "#000000",
        steps: &STEPS,
        settings: vec![
            SetUpSetting {
                name: "DAYMARK_AN_ID",
                say: "The id.",
                is_set: client.is_some(),
                is_needed: true,
            },
            SetUpSetting { name: "DAYMARK_A_URL", say: "", is_set: false, is_needed: false },
        ],
        secret_ends: (kind == "google").then(|| "2026-12-01".parse().unwrap()),
        hook: Some(if kind == "zoom" { "/hooks/zoom" } else { "/hooks/google" }),
        notes: &["What is good to know."],
        client,
        notices: None,
    };
    let asked = google.sign_in.oauth().cloned().map(|known| -> Arc<dyn ClientCheck> { known });
    let zooms = SetUp { notices: zoom.notices, ..one("zoom", "Zoom", zoom.client) };
    vec![one("google", "Google", asked), one("outlook", "Microsoft", None), zooms]
}

static STEPS: [SetUpStep; 1] = [SetUpStep {
    title: "Make a client",
    say: "At https://console.example/clients make one.",
    copies: &[
        ToCopy::Callback,
        ToCopy::Hook,
        ToCopy::Text { label: "the scopes", value: "openid calendar" },
    ],
}];
