//! What the houses of both doors stand on in tests: a store in memory, the sandbox behind real
//! adapters, a clock that is moved by hand, and the pages and the API side by side.

use std::sync::Arc;

use axum::Router;
use connection::{
    AccountId, Catalogue, Clock, Dice, Field, FixedDice, Integration, IntegrationKind, Level,
    ManualClock, SignIn,
};
use jiff::SignedDuration;
use sandbox::{Access, CalendarKind, Sandbox};
use store::people::{self, Account};
use store::{Db, Keyring, Location};
use sync::Context;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::google;

/// A person of the sandbox.
pub(crate) const PERSON: &str = "dana@icloud.example";
/// Their app-specific password.
pub(crate) const APP_PASSWORD: &str = "abcd-efgh-ijkl-mnop";

pub(crate) struct Ground {
    pub(crate) ctx: Context,
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Arc<ManualClock>,
}

impl Ground {
    /// A sandbox with one person, and an empty store.
    pub(crate) async fn new(catalogue: impl FnOnce(&outbound::Client) -> Catalogue) -> Self {
        let clock = Arc::new(ManualClock::new("2026-11-22T12:00:00Z".parse().unwrap()));
        let (ours, theirs) = (Arc::clone(&clock), Arc::clone(&clock));
        let sandbox = Sandbox::empty(7).with_clock(sandbox::Clock::new(move || theirs.now()));
        sandbox.add_person(PERSON, APP_PASSWORD);
        sandbox.add_calendar(PERSON, "Home", CalendarKind::Events, Access::Owner).unwrap();
        sandbox.add_calendar(PERSON, "School", CalendarKind::Events, Access::Read).unwrap();
        google::people(&sandbox);
        let settings = outbound::Settings::new("Daymark/test", Arc::new(move || ours.now()));
        let client = outbound::Client::in_process(settings, sandbox.router());
        let dice: Arc<dyn Dice> = Arc::new(FixedDice::new(7));
        let ctx = Context {
            db: Db::open(&Location::Memory, Keyring::single([7; 32])).await.unwrap(),
            clock: clock.clone(),
            dice,
            catalogue: Arc::new(catalogue(&client)),
            outward: client,
            public_url: Some("http://127.0.0.1:8080".into()),
            post: None,
            connections_max: sync::connect::CONNECTIONS_MAX,
            tasks: TaskTracker::new(),
        };
        Self { ctx, sandbox, clock }
    }

    /// An account with nobody in it.
    pub(crate) async fn account(ctx: &Context, name: &str) -> AccountId {
        let now = ctx.clock.now();
        let account = Account {
            id: AccountId::new(now, ctx.dice.as_ref()),
            name: name.into(),
            time_zone: "Europe/Athens".into(),
            created_at: now,
        };
        let mut tx = ctx.db.begin().await.unwrap();
        people::insert_account(&mut tx, &account).await.unwrap();
        tx.commit().await.unwrap();
        account.id
    }
}

/// Both doors at that address; with what ends their streams, and what they began.
pub(crate) fn doors(
    ctx: &Context,
    address: &str,
    open_id: Option<Arc<dyn web::OpenIdProvider>>,
) -> (Router, CancellationToken, TaskTracker) {
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let address: url::Url = address.parse().unwrap();
    let pages = web::Web {
        ctx: ctx.clone(),
        tasks: tasks.clone(),
        stop: stop.clone(),
        streams: web::Streams::default(),
        settings: Arc::new(web::Settings {
            address: address.clone(),
            secure_cookies: false,
            version: "0.0.0",
            trusted_proxies: web::Proxies::new(|address| address.is_loopback()),
            open_id,
            demo_note: None,
        }),
    };
    let programs = api::House {
        ctx: ctx.clone(),
        tasks: tasks.clone(),
        stop: stop.clone(),
        address,
        version: "0.0.0",
    };
    (api::router(programs).merge(web::router(pages)), stop, tasks)
}

/// Does all jobs that are due now.
pub(crate) async fn run(ctx: &Context) {
    sync::run_due(ctx, &sync::handlers()).await.unwrap();
}

/// Moves the clock.
pub(crate) fn later(clock: &ManualClock, seconds: i64) {
    clock.advance(SignedDuration::from_secs(seconds));
}

/// Puts an event into the sandbox's calendar.
pub(crate) fn put(sandbox: &Sandbox, uid: &str, lines: &str) {
    sandbox.put_event(PERSON, "home", &format!("{uid}.ics"), &event(uid, lines)).unwrap();
}

/// One event as iCalendar text.
pub(crate) fn event(uid: &str, lines: &str) -> String {
    let lines = lines.replace('\n', "\r\n");
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20261101T000000Z\r\nSUMMARY:{uid}\r\n{lines}\r\nEND:VEVENT\r\n\
         END:VCALENDAR\r\n"
    )
}

/// A field of a form.
pub(crate) const fn field(name: &'static str, tip: &'static str, optional: bool) -> Field {
    let (label, hint, example) = (name, "", "");
    Field { name, label, tip, hint, example, pattern: "", pattern_say: "", optional }
}

/// Where the sandbox plays iCloud.
pub(crate) fn base() -> url::Url {
    "http://sandbox.test/".parse().unwrap()
}

/// A real adapter, to be called what the test wants.
pub(crate) fn row(
    (kind, name): (&str, &'static str),
    adapter: caldav::Adapter,
    fields: &'static [Field],
) -> Integration {
    Integration {
        kind: IntegrationKind::new(kind),
        name,
        tagline: "A tagline",
        about: "",
        mark: "T",
        color: "#000000",
        level: Level::User,
        sign_in: SignIn::Password { adapter: adapter.sign_in, fields },
        calendars: Some(adapter.calendars),
        free_busy: None,
        watch: None,
        conference: None,
        poll_every_s: 300,
        mend: "Make a new app-specific password.",
        withdraw: "Delete the app-specific password there.",
    }
}
