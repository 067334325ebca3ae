//! Google's and Microsoft's sides of the world: accounts of the sandbox, connected by their consent
//! pages, and rings carried by hand.

use std::collections::BTreeMap;

use connection::{ConnectionId, IntegrationKind, Proof, Redemption, Secret, UserId};
use http::{HeaderValue, Method, header};
use sandbox::{AccountKind, Ring, Sender};
use serde_json::{Value, json};
use sync::connect::{self, Outcome, Request, Wishes};
use sync::notices::{self, Notice};
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

    /// An account at Microsoft, with its default calendar.
    pub(crate) fn outlook_person(&self, email: &str, kind: AccountKind) {
        self.sandbox.microsoft().add_person(email, "Ada Byron", kind);
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
        match self.sign_in_as(user, ("google", email)).await {
            Outcome::Connected(id) | Outcome::Repaired(id) => id,
            Outcome::Refused { refusal, .. } => panic!("refused: {}", refusal.say),
        }
    }

    /// The whole way out and back.
    pub(crate) async fn sign_in_at_google(&self, email: &str) -> Outcome {
        self.sign_in_at("google", email).await
    }

    /// The whole way out and back, at any provider with a page of its own.
    pub(crate) async fn sign_in_at(&self, integration: &str, email: &str) -> Outcome {
        self.sign_in_as(&self.user, (integration, email)).await
    }

    /// The same for another person of ours.
    pub(crate) async fn sign_in_as(&self, user: &UserId, at: (&str, &str)) -> Outcome {
        let request = self.request_by_consent(user, at).await;
        connect::connect(&self.ctx, request).await.unwrap()
    }

    /// What came back from there, not yet connected.
    pub(crate) async fn request_by_consent(
        &self,
        user: &UserId,
        (integration, email): (&str, &str),
    ) -> Request {
        let begin = Begin {
            user: user.clone(),
            integration: IntegrationKind::new(integration),
            repairs: None,
            redirect_uri: "https://daymark.example/oauth/callback".into(),
            return_to: None,
            wishes: Wishes::default(),
        };
        let state = sign_in::begin(&self.ctx, begin).await.unwrap();
        let onward = sign_in::go(&self.ctx, &state, None).await.unwrap().unwrap();
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
        // A person's browser knows nothing of what Daymark was asked to wait for. The way back
        // leads to a page that the sandbox does not have; its address is enough.
        self.a_client().send(asked).await.unwrap().url
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
        let mut all = Vec::new();
        while let Some(ring) = self.sandbox.take_ring() {
            let heard = self.hear(&ring).await;
            let status = if heard.contains(&Rung::Heard) { 204 } else { 404 };
            self.sandbox.ring_answered(ring, Some(status));
            all.extend(heard);
        }
        all
    }

    /// Hears one ring, as the web does.
    pub(crate) async fn hear(&self, ring: &Ring) -> Vec<Rung> {
        match ring.sender {
            Sender::Google => vec![self.hear_google(ring).await],
            Sender::Microsoft => self.hear_microsoft(ring).await,
        }
    }

    async fn hear_google(&self, ring: &Ring) -> Rung {
        let headers = ring.headers();
        let header = |name: &str| {
            let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let Ok(id) = header("x-goog-channel-id").parse() else { return Rung::Unknown };
        let says_changed = header("x-goog-resource-state") != "sync";
        let token = header("x-goog-channel-token");
        watch::ring(&self.ctx, &id, &token, says_changed).await.unwrap()
    }

    /// Graph gathers notices; each carries the secret that begins with the name of its channel.
    async fn hear_microsoft(&self, ring: &Ring) -> Vec<Rung> {
        let body: Value = serde_json::from_str(ring.body()).unwrap();
        let mut heard = Vec::new();
        for notice in body["value"].as_array().unwrap() {
            let secret = notice["clientState"].as_str().unwrap_or_default();
            let notice = match notice["lifecycleEvent"].as_str() {
                None | Some("missed") => Notice::Changed,
                Some("subscriptionRemoved") => Notice::Removed,
                Some(_) => Notice::Needed,
            };
            let one = BTreeMap::from([(secret.to_owned(), notice)]);
            let taken = notices::take(&self.ctx, &one).await.unwrap();
            heard.push(if taken == 1 { Rung::Heard } else { Rung::Unknown });
        }
        heard
    }
}

/// A request that redeems a code that nobody gave.
pub(crate) fn made_up(world: &World) -> Request {
    Request {
        by: world.dana(),
        account: world.account.clone(),
        user: world.user.clone(),
        integration: IntegrationKind::new("google"),
        proof: Proof::Code(Redemption {
            code: Secret::new("made-up"),
            redirect_uri: "https://daymark.example/oauth/callback".into(),
            verifier: Secret::new("made-up"),
        }),
        repairs: None,
        wishes: Wishes::default(),
    }
}
