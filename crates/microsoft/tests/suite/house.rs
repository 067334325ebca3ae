//! A Microsoft of one's own for each test: the sandbox in this process, with one empty account.

use std::collections::BTreeMap;
use std::sync::Arc;

use calendar::{Horizon, Interval, Owner, Switches};
use connection::{
    Access, Calendars, ConsentRequest, Credential, Cursor, Examined, Extent, OAuthSignIn, Page,
    ProviderError, Redemption, Refusal, RemoteCalendar, RemoteEvent, RemoteId, Secret, Tokens,
};
use http::{HeaderValue, Method, header};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use microsoft::{Adapter, Settings};
use outbound::{Client, Request};
use sandbox::{
    AccountKind, MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET, MicrosoftLevers, MicrosoftManners,
    Sandbox,
};
use serde_json::{Value, json};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::far::{Told, within};

pub(crate) const WHO: &str = "ada@contoso.example";
pub(crate) const BACK: &str = "http://127.0.0.1:8080/connect/outlook/callback";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const SCOPES: [&str; 6] = [
    "openid",
    "offline_access",
    "User.Read",
    "Calendars.ReadWrite",
    "Calendars.ReadWrite.Shared",
    "MailboxSettings.Read",
];

/// What a test needs.
pub(crate) struct House {
    pub(crate) sandbox: Sandbox,
    pub(crate) levers: MicrosoftLevers,
    pub(crate) client: Client,
    pub(crate) adapter: Adapter,
}

/// What is known of a calendar after a pull, as the store keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) events: BTreeMap<RemoteId, RemoteEvent>,
    pub(crate) place: Option<Cursor>,
    pub(crate) pages: usize,
}

impl House {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::empty(7);
        sandbox.microsoft().add_person(WHO, "Ada King", AccountKind::Work);
        Self::around(sandbox)
    }

    pub(crate) fn around(sandbox: Sandbox) -> Self {
        let now = sandbox.now();
        let mut outbound = outbound::Settings::new("Daymark/test", Arc::new(move || now));
        outbound.allow = "127.0.0.0/8".parse().unwrap();
        let client = Client::in_process(outbound, sandbox.router());
        let settings = Settings {
            base: Some("http://127.0.0.1/".parse().unwrap()),
            client_id: Some(MICROSOFT_CLIENT_ID.into()),
            client_secret: Some(Secret::new(MICROSOFT_CLIENT_SECRET)),
            tenant: None,
        };
        let adapter = microsoft::adapter(client.clone(), settings);
        Self { levers: sandbox.microsoft(), sandbox, client, adapter }
    }

    pub(crate) fn manners(&self, change: impl FnOnce(&mut MicrosoftManners)) {
        let mut manners = self.levers.manners();
        change(&mut manners);
        self.levers.set_manners(manners);
    }

    pub(crate) fn sign_in(&self) -> &dyn OAuthSignIn {
        &**self.adapter.sign_in.as_ref().unwrap()
    }

    pub(crate) fn calendars(&self) -> &dyn Calendars {
        &*self.adapter.calendars
    }

    pub(crate) async fn access(&self) -> Access {
        self.access_of(WHO).await
    }

    pub(crate) async fn access_of(&self, who: &str) -> Access {
        let stale = Tokens {
            account: who.to_owned(),
            access: Secret::new("none yet"),
            expires_at: Timestamp::UNIX_EPOCH,
            refresh: Secret::new(self.levers.consent(who, &SCOPES).unwrap()),
            scopes: SCOPES.map(str::to_owned).to_vec(),
            ends_at: None,
        };
        let tokens = self.sign_in().refresh(&stale, self.sandbox.now()).await.unwrap();
        Access::new(Credential::Tokens(tokens))
    }

    /// The default calendar.
    pub(crate) async fn calendar(&self, access: &Access) -> RemoteCalendar {
        self.calendars().calendars(access).await.unwrap().remove(0)
    }

    pub(crate) fn put(&self, event: &Value) -> String {
        self.levers.put_event(WHO, "default", event.clone()).unwrap()
    }

    /// Signs in at the page, and decides this there.
    pub(crate) async fn decide(&self, who: &str, decision: &str) -> Url {
        let request = ConsentRequest {
            redirect_uri: BACK.into(),
            state: "state-1".into(),
            challenge: outbound::oauth::challenge(VERIFIER),
            login_hint: None,
        };
        let page: Url = self.sign_in().authorize_url(&request).parse().unwrap();
        let mut form = Serializer::new(String::new());
        form.append_pair("query", page.query().unwrap());
        form.append_pair("account", who).append_pair("decision", decision);
        let mut to = page.clone();
        to.set_query(None);
        to.path_segments_mut().unwrap().push("decision");
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let asked =
            Request::new(Method::POST, to).header(header::CONTENT_TYPE, kind).body(form.finish());
        // The way back leads to a page that the sandbox does not have; its address is enough.
        self.client.send(asked).await.unwrap().url
    }

    pub(crate) async fn examine(&self, code: &str) -> (Result<Examined, Refusal>, Told) {
        let redemption = Redemption {
            code: Secret::new(code),
            redirect_uri: BACK.into(),
            verifier: Secret::new(VERIFIER),
        };
        let told = Told::default();
        let examined = self.sign_in().examine(&redemption, self.sandbox.now(), &told).await;
        (examined, told)
    }

    /// Pulls to the end, and keeps what the store would.
    pub(crate) async fn pull(
        &self,
        access: &Access,
        calendar: &RemoteId,
        known: Known,
    ) -> Result<Known, ProviderError> {
        let mut from = known.place.clone().unwrap_or(Cursor::Beginning);
        let mut then = Known { pages: 0, ..known };
        let mut whole: Option<BTreeMap<RemoteId, RemoteEvent>> = None;
        loop {
            let page = self.calendars().changes(access, calendar, &from, within()).await?;
            then.pages += 1;
            let held = match page.extent {
                Extent::Everything => whole.get_or_insert_default(),
                Extent::Changes => &mut then.events,
            };
            keep(held, &page);
            from = page.next;
            if matches!(from, Cursor::Settled(_)) {
                then.events = whole.unwrap_or(then.events);
                then.place = Some(from);
                return Ok(then);
            }
        }
    }
}

fn keep(held: &mut BTreeMap<RemoteId, RemoteEvent>, page: &Page) {
    for line in &page.listed {
        held.insert(line.id.clone(), line.event.clone().unwrap());
    }
    for id in &page.removed {
        held.remove(id);
        held.retain(|_, event| event.series.as_ref() != Some(id));
    }
}

impl Known {
    /// Each event as one object, the parts of a series together, as the store reads them.
    pub(crate) fn objects(&self) -> Vec<String> {
        let is_part = |event: &RemoteEvent| {
            event.series.as_ref().is_some_and(|series| self.events.contains_key(series))
        };
        let whole = self.events.values().filter(|event| !is_part(event));
        let join = |event: &RemoteEvent| {
            let parts = self.events.values().filter(|p| p.series.as_ref() == Some(&event.id));
            calendar::series::join(&event.text, parts.map(|part| part.text.as_str()))
        };
        whole.map(join).collect()
    }

    /// What blocks within a stretch of time, in order.
    pub(crate) fn busy(&self, within: Horizon) -> Vec<Interval> {
        let switches = Switches { counts_as_busy: true, all_day_is_busy: false };
        let (local, owner) = (TimeZone::get("Europe/Berlin").unwrap(), Owner::nobody());
        let mut busy = Vec::new();
        for object in self.objects() {
            let reading = calendar::read(&object).unwrap();
            assert!(reading.problems.is_empty(), "{:?} in {object}", reading.problems);
            for event in &reading.events {
                for it in calendar::expand(event, within, &local).occurrences {
                    let blocking = it.component.blocking(&owner);
                    if calendar::busy_kind(blocking, it.all_day, switches).is_some() {
                        busy.extend(it.interval());
                    }
                }
            }
        }
        busy.sort_by_key(|it| it.start());
        busy
    }
}

/// An event as Graph writes it.
pub(crate) fn event(subject: &str, (start, end): (&str, &str), zone: &str) -> Value {
    json!({"subject": subject, "start": {"dateTime": start, "timeZone": zone},
        "end": {"dateTime": end, "timeZone": zone}})
}
