//! What the tests have in common: a sandbox in this process, a way to it, and a witness that
//! keeps what it sees.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use caldav::Adapter;
use calendar::Horizon;
use connection::{
    Access, Calendars, Check, Cursor, Examined, Page, Refusal, RemoteCalendar, RemoteId, Result,
    Secret, SignInForm, SyncToken, Witness,
};
use jiff::Timestamp;
use outbound::{Client, Settings};
use sandbox::{CalendarKind, Preset, Sandbox};

pub(crate) const NOW: &str = "2026-11-22T12:00:00Z";
pub(crate) const USER: &str = "kim@cloud.example";
pub(crate) const PASSWORD: &str = "abcd-efgh-ijkl-mnop";

/// Keeps the lines of an examination as `name result: sentence`.
#[derive(Default)]
pub(crate) struct Notes(Mutex<Vec<String>>);

impl Witness for Notes {
    fn saw(&self, check: Check) {
        let line = format!("{} {}: {}", check.name.as_str(), check.result.as_str(), check.say);
        self.0.lock().unwrap().push(line);
    }
}

pub(crate) fn client(router: Router) -> Client {
    let now: Timestamp = NOW.parse().unwrap();
    let mut settings = Settings::new("Daymark/test", Arc::new(move || now));
    settings.allow = "127.0.0.0/8".parse().unwrap();
    Client::in_process(settings, router)
}

pub(crate) fn form(address: &str, username: &str, password: &str) -> SignInForm {
    SignInForm {
        address: Some(Secret::new(address)),
        username: Some(username.into()),
        password: Some(Secret::new(password)),
        file: None,
        file_name: None,
    }
}

/// Examines, and says how it ended and what was seen on the way.
pub(crate) async fn examine(
    adapter: &Adapter,
    form: &SignInForm,
) -> (std::result::Result<Examined, Refusal>, Vec<String>) {
    let notes = Notes::default();
    let ended = adapter.sign_in.examine(form, NOW.parse().unwrap(), &notes).await;
    (ended, notes.0.into_inner().unwrap())
}

/// One person with one calendar at a server of some kind, and the way there.
pub(crate) struct Place {
    pub(crate) sandbox: Sandbox,
    pub(crate) segment: String,
    pub(crate) adapter: Adapter,
    pub(crate) access: Access,
    pub(crate) calendar: RemoteId,
}

impl Place {
    pub(crate) async fn new(preset: Preset) -> Self {
        let sandbox = Sandbox::empty(5);
        sandbox.add_person(USER, PASSWORD);
        sandbox.set_preset(Some(USER), preset).unwrap();
        let owner = sandbox::Access::Owner;
        let segment = sandbox.add_calendar(USER, "Rota", CalendarKind::Events, owner).unwrap();
        let adapter = caldav::server(client(sandbox.router()));
        let (ended, _) = examine(&adapter, &form("http://127.0.0.1/", USER, PASSWORD)).await;
        let examined = ended.unwrap();
        let is_it = |calendar: &&RemoteCalendar| calendar.name == "Rota";
        let calendar = examined.calendars.iter().find(is_it).unwrap().id.clone();
        let access = Access::new(examined.credential);
        sandbox.forget_visits();
        Self { sandbox, segment, adapter, access, calendar }
    }

    pub(crate) fn calendars(&self) -> &dyn Calendars {
        &*self.adapter.calendars
    }

    pub(crate) fn add(&self, name: &str) {
        let text = event(name, "Shift");
        self.sandbox.put_event(USER, &self.segment, &format!("{name}.ics"), &text).unwrap();
    }

    pub(crate) async fn changes(&self, from: &Cursor) -> Result<Page> {
        self.calendars().changes(&self.access, &self.calendar, from, within()).await
    }

    /// The bookmark after a first pull and the listing that confirms it, and all names told.
    pub(crate) async fn pull(&self) -> (SyncToken, Vec<RemoteId>) {
        let mut cursor = Cursor::Beginning;
        let mut names = BTreeSet::new();
        loop {
            let page = self.changes(&cursor).await.unwrap();
            names.extend(page.listed.into_iter().map(|listed| listed.id));
            match page.next {
                Cursor::Settled(place) if !place.as_str().starts_with("whole") => {
                    return (place, names.into_iter().collect());
                }
                next => cursor = next,
            }
        }
    }
}

pub(crate) fn event(uid: &str, title: &str) -> String {
    [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Test//EN",
        "BEGIN:VEVENT",
        &format!("UID:{uid}"),
        "DTSTAMP:20261101T120000Z",
        "DTSTART:20261201T150000Z",
        "DTEND:20261201T153000Z",
        &format!("SUMMARY:{title}"),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    .join("\r\n")
}

/// The stretch of time that is asked for; who lists all there is does not mind it.
pub(crate) fn within() -> Horizon {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    Horizon::new(at("2026-11-01T00:00:00Z"), at("2027-11-01T00:00:00Z")).unwrap()
}
