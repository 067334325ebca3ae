//! A Google of one's own for each test: the sandbox in this process, with one empty account.

use std::sync::{Arc, Mutex, PoisonError};

use calendar::Horizon;
use connection::{
    Access, Check, CheckResult, ConsentRequest, Credential, Cursor, Examined, Page, ProviderError,
    Redemption, Refusal, RemoteId, Secret, Tokens, Witness,
};
use google::{Adapter, Settings};
use http::{HeaderValue, Method, header};
use jiff::Timestamp;
use outbound::{Client, Request};
use sandbox::{GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GoogleLevers, Sandbox};
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

pub(crate) const WHO: &str = "ada@gmail.example";
pub(crate) const BACK: &str = "http://127.0.0.1:8080/connect/google/callback";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const BASE: &str = "http://127.0.0.1/";
pub(crate) const SCOPES: [&str; 6] = [
    "openid",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
    "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
    "https://www.googleapis.com/auth/calendar.events",
    "https://www.googleapis.com/auth/calendar.events.freebusy",
];

/// What a test needs.
pub(crate) struct House {
    pub(crate) sandbox: Sandbox,
    pub(crate) google: GoogleLevers,
    pub(crate) client: Client,
    pub(crate) adapter: Adapter,
    pub(crate) primary: RemoteId,
}

/// What came of a sign-in, and what was told meanwhile.
pub(crate) type Outcome = (Result<Examined, Refusal>, Lines);

/// The code that a browser brought back.
pub(crate) fn code(back: &Url) -> String {
    let code = back.query_pairs().find(|(name, _)| name == "code");
    code.unwrap_or_else(|| panic!("no code came back: {back}")).1.into_owned()
}

/// What a program asks at Google's page, with the verifier of these tests.
pub(crate) fn consent_request(hint: Option<&str>) -> ConsentRequest {
    ConsentRequest {
        redirect_uri: BACK.into(),
        state: "state-1".into(),
        challenge: outbound::oauth::challenge(VERIFIER),
        login_hint: hint.map(str::to_owned),
    }
}

/// The lines of an examination.
#[derive(Default)]
pub(crate) struct Lines(Mutex<Vec<Check>>);

impl Witness for Lines {
    fn saw(&self, check: Check) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(check);
    }
}

impl Lines {
    /// Each line as `name result: sentence`.
    pub(crate) fn all(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let one = |it: &Check| format!("{} {}: {}", it.name.as_str(), it.result.as_str(), it.say);
        lines.iter().map(one).collect()
    }

    pub(crate) fn failed(&self) -> Option<Check> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().find(|it| it.result == CheckResult::Fail).cloned()
    }
}

pub(crate) fn outbound_settings(now: Timestamp) -> outbound::Settings {
    let mut settings = outbound::Settings::new("Daymark/test", Arc::new(move || now));
    settings.allow = "127.0.0.0/8".parse().unwrap();
    settings
}

pub(crate) fn settings(base: &str) -> Settings {
    Settings {
        base: Some(base.parse().unwrap()),
        client_id: Some(GOOGLE_CLIENT_ID.into()),
        client_secret: Some(Secret::new(GOOGLE_CLIENT_SECRET)),
    }
}

/// Nothing is so far away that the tests would not see it.
pub(crate) fn horizon() -> Horizon {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    Horizon::new(at("2026-10-01T00:00:00Z"), at("2027-11-01T00:00:00Z")).unwrap()
}

impl House {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::empty(7);
        sandbox.google().add_person(WHO, "Ada Byron");
        Self::around(sandbox)
    }

    pub(crate) fn around(sandbox: Sandbox) -> Self {
        let google = sandbox.google();
        let client = Client::in_process(outbound_settings(sandbox.now()), sandbox.router());
        let adapter = google::adapter(client.clone(), settings(BASE));
        Self { sandbox, google, client, adapter, primary: RemoteId::new(WHO) }
    }

    /// Tokens that are good now.
    pub(crate) async fn tokens(&self) -> Tokens {
        self.tokens_of(WHO, &SCOPES).await
    }

    pub(crate) async fn tokens_of(&self, who: &str, scopes: &[&str]) -> Tokens {
        let stale = Tokens {
            account: format!("google:{who}"),
            access: Secret::new("none yet"),
            expires_at: Timestamp::UNIX_EPOCH,
            refresh: Secret::new(self.google.consent(who, scopes).unwrap()),
            scopes: Vec::new(),
            ends_at: None,
        };
        let sign_in = self.adapter.sign_in.as_ref().unwrap();
        sign_in.refresh(&stale, self.sandbox.now()).await.unwrap()
    }

    pub(crate) async fn access(&self) -> Access {
        Access::new(Credential::Tokens(self.tokens().await))
    }

    /// The address of the page that a person sees.
    pub(crate) fn authorize(&self, hint: Option<&str>) -> Url {
        let sign_in = self.adapter.sign_in.as_ref().unwrap();
        sign_in.authorize_url(&consent_request(hint)).parse().unwrap()
    }

    /// What a person decides there; where the browser goes then.
    pub(crate) async fn decide(&self, hint: Option<&str>, decision: &[(&str, &str)]) -> Url {
        self.decide_at(&self.authorize(hint), decision).await
    }

    async fn decide_at(&self, page: &Url, decision: &[(&str, &str)]) -> Url {
        let mut form = Serializer::new(String::new());
        form.append_pair("query", page.query().unwrap()).append_pair("account", WHO);
        form.extend_pairs(decision);
        let mut to = page.clone();
        to.set_query(None);
        to.path_segments_mut().unwrap().push("decision");
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let asked =
            Request::new(Method::POST, to).header(header::CONTENT_TYPE, kind).body(form.finish());
        // The way back leads to a page that the sandbox does not have; its address is enough.
        self.client.send(asked).await.unwrap().url
    }

    /// Signs in by the page, with every box ticked or only those of `scopes`.
    pub(crate) async fn examine(&self, scopes: Option<&[&str]>) -> Outcome {
        let decision = match scopes {
            None => vec![("decision", "allow_all")],
            Some(scopes) => {
                let ticked = scopes.iter().map(|scope| ("scope", *scope));
                [("decision", "allow")].into_iter().chain(ticked).collect()
            }
        };
        let back = self.decide(None, &decision).await;
        self.redeem(&code(&back), VERIFIER).await
    }

    /// Signs in by a page of that address, with every box ticked.
    pub(crate) async fn examine_by(&self, page: &Url) -> Outcome {
        let back = self.decide_at(page, &[("decision", "allow_all")]).await;
        self.redeem(&code(&back), VERIFIER).await
    }

    pub(crate) async fn redeem(&self, code: &str, verifier: &str) -> Outcome {
        let redemption = Redemption {
            code: Secret::new(code),
            redirect_uri: BACK.into(),
            verifier: Secret::new(verifier),
        };
        let lines = Lines::default();
        let sign_in = self.adapter.sign_in.as_ref().unwrap();
        let examined = sign_in.examine(&redemption, self.sandbox.now(), &lines).await;
        (examined, lines)
    }

    pub(crate) async fn page(&self, access: &Access, from: &Cursor) -> Result<Page, ProviderError> {
        self.adapter.calendars.changes(access, &self.primary, from, horizon()).await
    }

    /// A call to the Calendar API as another program of the same person makes it, about an event.
    pub(crate) async fn api(
        &self,
        access: &Access,
        method: Method,
        event: &str,
        body: Option<Value>,
    ) -> (u16, String) {
        let url = format!("{BASE}calendar/v3/calendars/primary/events/{event}");
        let token = access.bearer().unwrap().reveal().to_owned();
        let kind = HeaderValue::from_static("application/json");
        let mut request = Request::new(method, url.parse().unwrap())
            .bearer(token.into(), "another program")
            .header(header::CONTENT_TYPE, kind);
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let answer = self.client.send(request).await.unwrap();
        (answer.status.as_u16(), String::from_utf8_lossy(&answer.body).into_owned())
    }

    pub(crate) fn put(&self, event: Value) -> String {
        self.google.put_event(WHO, "primary", event).unwrap()
    }
}

/// An address that the environment gives. Without it the test fails where servers are required,
/// and says that it did not run elsewhere.
#[expect(clippy::disallowed_methods, reason = "the test runner says where its servers are")]
#[expect(clippy::print_stderr, reason = "no test is skipped silently")]
pub(crate) fn given(variable: &str) -> Option<String> {
    let address = std::env::var(variable).ok().filter(|text| !text.is_empty());
    let is_required = std::env::var("DAYMARK_TEST_SERVERS").is_ok_and(|word| word == "required");
    assert!(
        address.is_some() || !is_required,
        "servers are required, and {variable} does not say where"
    );
    if address.is_none() {
        eprintln!("NOT RUN: {variable} is not set; cargo xtask test starts the server");
    }
    address
}
