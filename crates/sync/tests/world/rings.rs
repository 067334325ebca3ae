//! Google's side of the world: an account of the sandbox, connected by its consent page, and rings
//! carried by hand.

use connection::{ConnectionId, IntegrationKind, Proof, Redemption, Secret, UserId};
use http::{HeaderValue, Method, header};
use serde_json::{Value, json};
use sync::connect::{self, Outcome, Request};
use sync::sign_in::{self, Back, Begin, CameIn};
use sync::watch::{self, Rung};
use url::Url;
use url::form_urlencoded::Serializer;

use super::World;

/// The person at Google.
pub(crate) const ADA: &str = "ada@gmail.example";

impl World {
    /// An account at Google, with its primary calendar.
    pub(crate) fn google_person(&self, email: &str) {
        self.sandbox.google().add_person(email, "Ada Byron");
    }

    /// Connects it by going out to its consent page and back, everything allowed.
    pub(crate) async fn connect_google(&self, email: &str) -> ConnectionId {
        match self.sign_in_at_google(email).await {
            Outcome::Connected(id) | Outcome::Repaired(id) => id,
            Outcome::Refused { refusal, .. } => panic!("refused: {}", refusal.say),
        }
    }

    /// The same for another person of ours.
    pub(crate) async fn connect_google_as(&self, user: &UserId, email: &str) -> ConnectionId {
        let request = self.request_of_google(user, email).await;
        match connect::connect(&self.ctx, request).await.unwrap() {
            Outcome::Connected(id) | Outcome::Repaired(id) => id,
            Outcome::Refused { refusal, .. } => panic!("refused: {}", refusal.say),
        }
    }

    /// The whole way out and back.
    pub(crate) async fn sign_in_at_google(&self, email: &str) -> Outcome {
        let request = self.request_of_google(&self.user, email).await;
        connect::connect(&self.ctx, request).await.unwrap()
    }

    async fn request_of_google(&self, user: &UserId, email: &str) -> Request {
        let begin = Begin {
            user: user.clone(),
            integration: IntegrationKind::new("google"),
            repairs: None,
            redirect_uri: "https://daymark.example/oauth/callback".into(),
            return_to: None,
        };
        let state = sign_in::begin(&self.ctx, begin).await.unwrap();
        let onward = sign_in::go(&self.ctx, &state).await.unwrap().unwrap();
        let back = self.decide(&onward.authorize_url, email).await;
        let part = |name: &str| {
            back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        assert_eq!(part("state").as_deref(), Some(&*state));
        let back = Back {
            state,
            code: part("code").map(Secret::new),
            refused: connection::CameBack::default(),
            verifier: Some(onward.verifier),
        };
        match sign_in::come_back(&self.ctx, back).await.unwrap() {
            CameIn::Request(request, _) => *request,
            other => panic!("the way back was not understood: {other:?}"),
        }
    }

    /// Allows everything on the consent page, and answers where the browser goes.
    async fn decide(&self, page: &str, email: &str) -> Url {
        let page: Url = page.parse().unwrap();
        let mut form = Serializer::new(String::new());
        form.append_pair("query", page.query().unwrap()).append_pair("account", email);
        form.append_pair("decision", "allow_all");
        let mut to = page.clone();
        to.set_query(None);
        to.path_segments_mut().unwrap().push("decision");
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let asked = outbound::Request::new(Method::POST, to.clone())
            .header(header::CONTENT_TYPE, kind)
            .body(form.finish())
            .trusting(&to);
        // The way back leads to a page that the sandbox does not have; its address is enough.
        self.client.send(asked).await.unwrap().url
    }

    /// A timed event of the primary calendar.
    pub(crate) fn put_at_google(&self, email: &str, title: &str, start: &str, end: &str) -> String {
        let event = json!({
            "summary": title,
            "start": {"dateTime": start, "timeZone": "UTC"},
            "end": {"dateTime": end, "timeZone": "UTC"},
        });
        self.put_json(email, event)
    }

    /// Any event of the primary calendar.
    pub(crate) fn put_json(&self, email: &str, event: Value) -> String {
        self.sandbox.google().put_event(email, "primary", event).unwrap()
    }

    /// Carries the rings that are due, and says how each was taken.
    pub(crate) async fn carry_rings(&self) -> Vec<Rung> {
        let mut heard = Vec::new();
        while let Some(ring) = self.sandbox.take_ring() {
            let headers = ring.headers();
            let header = |name: &str| {
                let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.clone()).unwrap_or_default()
            };
            let rung = match header("x-goog-channel-id").parse() {
                Ok(id) => {
                    let says_changed = header("x-goog-resource-state") != "sync";
                    let token = header("x-goog-channel-token");
                    watch::ring(&self.ctx, &id, &token, says_changed).await.unwrap()
                }
                Err(_) => Rung::Unknown,
            };
            heard.push(rung);
            let status = if rung == Rung::Heard { 204 } else { 404 };
            self.sandbox.ring_answered(ring, Some(status));
        }
        heard
    }
}

/// A request that redeems a code that nobody gave.
pub(crate) fn made_up(world: &World) -> Request {
    Request {
        account: world.account.clone(),
        user: world.user.clone(),
        integration: IntegrationKind::new("google"),
        proof: Proof::Code(Redemption {
            code: Secret::new("made-up"),
            redirect_uri: "https://daymark.example/oauth/callback".into(),
            verifier: Secret::new("made-up"),
        }),
        repairs: None,
    }
}
