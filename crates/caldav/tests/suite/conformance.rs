//! The conformance suite of `connection`, against the sandbox in this process and, where the
//! environment gives their addresses, against servers that nobody here wrote.

use async_trait::async_trait;
use caldav::Adapter;
use connection::conformance::{FarSide, Subject, conforms};
use connection::{Access, Check, Examined, RemoteId, Secret, SignInForm, Witness};
use http::{HeaderValue, Method, header};
use outbound::{Basic, Client, Request, Settings};
use sandbox::{Preset, Sandbox};
use url::Url;

const NOW: &str = "2026-11-22T12:00:00Z";
/// The name of the calendar that the suite works in.
const NAME: &str = "conformance";

struct Nobody;

impl Witness for Nobody {
    fn saw(&self, _: Check) {}
}

fn settings() -> Settings {
    let now: jiff::Timestamp = NOW.parse().unwrap();
    let mut settings = Settings::new("Daymark/test", std::sync::Arc::new(move || now));
    settings.allow = "127.0.0.0/8".parse().unwrap();
    settings
}

async fn sign_in(adapter: &Adapter, address: &str, username: &str, password: &str) -> Examined {
    let form = SignInForm {
        address: Some(Secret::new(address)),
        username: Some(username.to_owned()),
        password: Some(Secret::new(password)),
        file: None,
        file_name: None,
    };
    let examined = adapter.sign_in.examine(&form, NOW.parse().unwrap(), &Nobody).await;
    examined.unwrap_or_else(|refusal| panic!("signing in at {address}: {refusal:?}"))
}

/// A calendar of the sandbox, changed through its own controls.
struct InSandbox {
    sandbox: Sandbox,
    user: String,
    calendar: String,
}

#[async_trait]
impl FarSide for InSandbox {
    async fn put(&self, name: &str, text: &str) {
        self.sandbox.put_event(&self.user, &self.calendar, name, text).unwrap();
    }

    async fn delete(&self, name: &str) {
        // The suite clears up without asking what is left.
        let _ = self.sandbox.delete_event(&self.user, &self.calendar, name);
    }

    async fn forget(&self) -> Option<()> {
        self.sandbox.expire_sync_tokens(&self.user).unwrap();
        Some(())
    }
}

async fn sandbox_conforms(preset: Preset) {
    let sandbox = Sandbox::empty(7);
    let (user, password) = ("kim@cloud.example", "abcd-efgh-ijkl-mnop");
    sandbox.add_person(user, password);
    sandbox.set_preset(Some(user), preset).unwrap();
    let (kind, access) = (sandbox::CalendarKind::Events, sandbox::Access::Owner);
    let calendar = sandbox.add_calendar(user, NAME, kind, access).unwrap();
    let client = Client::in_process(settings(), sandbox.router());
    let adapter = caldav::server(client);
    let examined = sign_in(&adapter, "http://127.0.0.1/", user, password).await;
    let far_side = InSandbox { sandbox, user: user.into(), calendar };
    run(&adapter, examined, &far_side).await;
}

async fn run(adapter: &Adapter, examined: Examined, far_side: &dyn FarSide) {
    let access = Access::new(examined.credential);
    let it = examined.calendars.iter().find(|calendar| calendar.name == NAME);
    let calendar: &RemoteId = &it.expect("the suite's calendar is listed").id;
    let calendars = &*adapter.calendars;
    conforms(Subject { calendars, access: &access, calendar, far_side }).await;
}

#[tokio::test]
async fn icloud_conforms() {
    sandbox_conforms(Preset::ICloud).await;
}

#[tokio::test]
async fn nextcloud_conforms() {
    sandbox_conforms(Preset::Nextcloud).await;
}

#[tokio::test]
async fn fastmail_conforms() {
    sandbox_conforms(Preset::Fastmail).await;
}

#[tokio::test]
async fn sogo_conforms() {
    sandbox_conforms(Preset::Sogo).await;
}

#[tokio::test]
async fn gmx_without_sync_collection_conforms() {
    sandbox_conforms(Preset::Gmx).await;
}

#[tokio::test]
async fn the_sandboxs_radicale_conforms() {
    sandbox_conforms(Preset::Radicale).await;
}

/// A calendar of a real server, changed by plain requests.
struct OverHttp {
    client: Client,
    calendar: Url,
    password: String,
}

impl OverHttp {
    async fn send(&self, method: &[u8], url: Url, body: String) -> outbound::Response {
        let basic = Basic { username: "alice".into(), password: self.password.clone().into() };
        let text = HeaderValue::from_static("text/calendar; charset=utf-8");
        let xml = HeaderValue::from_static("application/xml; charset=utf-8");
        let request = Request::new(Method::from_bytes(method).unwrap(), url)
            .basic(basic)
            .header(header::CONTENT_TYPE, if method == b"PUT" { text } else { xml })
            .body(body);
        self.client.send(request).await.unwrap()
    }
}

#[async_trait]
impl FarSide for OverHttp {
    async fn put(&self, name: &str, text: &str) {
        let url = self.calendar.join(name).unwrap();
        let response = self.send(b"PUT", url, text.to_owned()).await;
        assert!(response.status.is_success(), "PUT {name}: {}", response.status);
    }

    async fn delete(&self, name: &str) {
        let url = self.calendar.join(name).unwrap();
        self.send(b"DELETE", url, String::new()).await;
    }

    async fn forget(&self) -> Option<()> {
        None
    }
}

/// An address that the environment gives. Without it the test fails where servers are required,
/// and says that it did not run elsewhere.
#[expect(clippy::disallowed_methods, reason = "the test runner says where its servers are")]
#[expect(clippy::print_stderr, reason = "no test is skipped silently")]
fn given(variable: &str) -> Option<(Url, String)> {
    let address = std::env::var(variable).ok().filter(|text| !text.is_empty());
    let is_required = std::env::var("DAYMARK_TEST_SERVERS").is_ok_and(|word| word == "required");
    match address {
        Some(address) => {
            let password = std::env::var("DAYMARK_TEST_CALDAV_PASSWORD");
            let password = password.expect("DAYMARK_TEST_CALDAV_PASSWORD goes with the address");
            Some((Url::parse(&address).expect("the address of the server"), password))
        }
        None if is_required => panic!("servers are required, and {variable} does not say where"),
        None => {
            eprintln!("NOT RUN: {variable} is not set; cargo xtask test starts the server");
            None
        }
    }
}

async fn real_server_conforms(variable: &str, home: &str) {
    let Some((base, password)) = given(variable) else { return };
    let client = Client::new(settings()).unwrap();
    let calendar = base.join(home).unwrap().join(&format!("{NAME}/")).unwrap();
    let far_side = OverHttp { client: client.clone(), calendar: calendar.clone(), password };
    far_side.send(b"DELETE", calendar.clone(), String::new()).await;
    let body = format!(
        r#"<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
        <D:displayname>{NAME}</D:displayname></D:prop></D:set></C:mkcalendar>"#
    );
    let made = far_side.send(b"MKCALENDAR", calendar, body).await;
    assert!(made.status.is_success(), "MKCALENDAR: {}", made.status);
    let adapter = caldav::server(client);
    let examined = sign_in(&adapter, base.as_str(), "alice", &far_side.password).await;
    run(&adapter, examined, &far_side).await;
}

#[tokio::test]
async fn radicale_conforms() {
    real_server_conforms("DAYMARK_TEST_RADICALE_URL", "/alice/").await;
}

#[tokio::test]
async fn xandikos_conforms() {
    real_server_conforms("DAYMARK_TEST_XANDIKOS_URL", "/alice/calendars/").await;
}
