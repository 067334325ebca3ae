//! Google as a program of the API meets it: through links that a person follows.

use axum::body::Body;
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Request};
use serde_json::{Value, json};

use super::{Answer, House};
use crate::google::{ADA, decide, ours};

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
        let out = self.press(link).await.expect(303);
        let cookie = out.headers[SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
        let decision = [("decision", decision)];
        let back = decide(&self.sandbox, &to(&out.headers), ADA, &decision).await;
        self.browse(&back, cookie).await
    }

    /// Presses the button on the page of a link.
    pub(crate) async fn press(&self, link: &str) -> Answer {
        let page = self.browse(link, "").await.expect(200);
        let (at, ticket) = link.split_once("?ticket=").unwrap();
        let button = [format!("action=\"{at}\""), format!("value=\"{ticket}\"")];
        assert!(button.iter().all(|part| page.body.as_str().unwrap().contains(part)));
        let sent = Request::post(at)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("ticket={ticket}")));
        self.send(sent.unwrap()).await
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
