//! Google in front of the house: the real adapter against the sandbox, and its consent page.

use axum::body::Body;
use connection::{Conference, Integration, IntegrationKind, Level, Secret, SignIn, Watching};
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Request, StatusCode};
use sandbox::{GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, Sandbox};
use serde_json::{Value, json};
use tower::ServiceExt;
use url::Url;
use url::form_urlencoded::Serializer;

use super::{Answer, House};

/// A person at Google.
pub(crate) const ADA: &str = "ada@gmail.example";

impl House {
    /// A link for a person's browser, as a path of ours.
    pub(crate) async fn link(&self, return_to: Option<&str>) -> String {
        let mut body = json!({ "integration": "google", "user": self.user });
        if let Some(path) = return_to {
            body["return_to"] = json!(path);
        }
        let answer = self.post("/connections/sign-in", &body).await.expect(200).body;
        ours(answer["authorize_url"].as_str().unwrap())
    }

    /// Opens a link in a browser in which nobody is signed in, decides at Google, and comes back.
    pub(crate) async fn follow(&self, link: &str, decision: &str) -> Answer {
        let out = self.browse(link, "").await.expect(303);
        let cookie = out.headers[SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
        let page: Url = to(&out.headers).parse().unwrap();
        let mut form = Serializer::new(String::new());
        form.append_pair("query", page.query().unwrap()).append_pair("account", ADA);
        form.append_pair("decision", decision);
        let asked = Request::post(format!("{}/decision", page.path()))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.finish()))
            .unwrap();
        let answer = self.sandbox.router().oneshot(asked).await.unwrap();
        assert_eq!(answer.status(), StatusCode::FOUND);
        self.browse(&ours(&to(answer.headers())), cookie).await
    }

    /// A page, in a browser with that cookie.
    pub(crate) async fn browse(&self, path: &str, cookie: &str) -> Answer {
        let request = Request::get(path).header(COOKIE, cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// An account at Google, connected and read.
    pub(crate) async fn connect_google(&self) -> Value {
        self.follow(&self.link(None).await, "allow_all").await.expect(200);
        self.run().await;
        self.get("/connections").await.expect(200).body["items"][0].clone()
    }
}

/// Where an answer leads.
pub(crate) fn to(headers: &HeaderMap) -> String {
    headers[LOCATION].to_str().unwrap().to_owned()
}

fn ours(address: &str) -> String {
    address.strip_prefix("http://127.0.0.1:8080").unwrap().to_owned()
}

/// Somebody at Google.
pub(super) fn people(sandbox: &Sandbox) {
    sandbox.google().add_person(ADA, "Ada Byron");
}

/// Google as the program offers it.
pub(super) fn google(client: &outbound::Client) -> Integration {
    let settings = google::Settings {
        base: Some("http://sandbox.test/".parse().unwrap()),
        client_id: Some(GOOGLE_CLIENT_ID.into()),
        client_secret: Some(Secret::new(GOOGLE_CLIENT_SECRET)),
    };
    let adapter = google::adapter(client.clone(), settings);
    Integration {
        kind: IntegrationKind::new("google"),
        name: "Google",
        sign_in: SignIn::OAuth { adapter: adapter.sign_in },
        calendars: Some(adapter.calendars),
        free_busy: Some(adapter.free_busy),
        watch: Some(Watching {
            adapter: adapter.watch,
            hook: "/hooks/google",
            poll_every_s: 1_800,
        }),
        ..unset("google", Conference::Meet)
    }
}

/// An integration for which the operator has made no client.
pub(super) fn unset(kind: &str, conference: Conference) -> Integration {
    Integration {
        kind: IntegrationKind::new(kind),
        name: "Outlook",
        tagline: "A tagline",
        about: "",
        mark: "T",
        color: "#000000",
        level: Level::User,
        sign_in: SignIn::OAuth { adapter: None },
        calendars: None,
        free_busy: None,
        watch: None,
        conference: Some(conference),
        poll_every_s: 300,
        mend: "Sign in there again.",
        withdraw: "",
    }
}
