//! Google in front of a house: the real adapter against the sandbox, and its consent page. For both
//! houses, that of the API and that of the pages.

use axum::body::Body;
use connection::{Conference, Integration, IntegrationKind, Level, Secret, SignIn, Watching};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{Request, StatusCode};
use sandbox::{GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, Sandbox};
use tower::ServiceExt;
use url::Url;
use url::form_urlencoded::Serializer;

/// A person at Google.
pub(crate) const ADA: &str = "ada@gmail.example";
/// Another.
pub(crate) const BEA: &str = "bea@gmail.example";

/// What is decided on Google's page.
pub(crate) type Decision<'d> = &'d [(&'d str, &'d str)];

/// Two people at Google.
pub(crate) fn people(sandbox: &Sandbox) {
    sandbox.google().add_person(ADA, "Ada Byron");
    sandbox.google().add_person(BEA, "Bea Quick");
}

/// Decides on the page that we have sent a browser to: the path of ours that it is sent back to.
pub(crate) async fn decide(
    sandbox: &Sandbox,
    page: &str,
    who: &str,
    decision: Decision<'_>,
) -> String {
    let page: Url = page.parse().unwrap();
    let mut form = Serializer::new(String::new());
    form.append_pair("query", page.query().unwrap()).append_pair("account", who);
    form.extend_pairs(decision);
    let asked = Request::post(format!("{}/decision", page.path()))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.finish()))
        .unwrap();
    let answer = sandbox.router().oneshot(asked).await.unwrap();
    assert_eq!(answer.status(), StatusCode::FOUND);
    ours(answer.headers()[LOCATION].to_str().unwrap())
}

/// An address of ours as a path.
pub(crate) fn ours(address: &str) -> String {
    address.strip_prefix("http://127.0.0.1:8080").unwrap().to_owned()
}

/// Google as the program offers it.
pub(crate) fn google(client: &outbound::Client) -> Integration {
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
pub(crate) fn unset(kind: &str, conference: Conference) -> Integration {
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
        withdraw: "Daymark's access is taken back at Google, too.",
    }
}
