//! A whole world for tests: the sandbox in process, a store in a folder of its own, a clock that
//! is moved by hand, and jobs that run when they are told to.

#![expect(dead_code, reason = "each test binary uses the part of the world that it needs")]

pub(crate) mod gate;
pub(crate) mod mortal;
pub(crate) mod post_office;
pub(crate) mod receiver;
pub(crate) mod rings;
pub(crate) mod seeds;
pub(crate) mod tls;

use std::collections::BTreeMap;
use std::sync::Arc;

use connection::{
    AccountId, Calendar, Catalogue, Clock, ConnectionId, ConnectionStatus, Counts, Dice, FixedDice,
    Integration, IntegrationKind, Level, ManualClock, Secret, SignIn, SignInForm, StatusFacts,
    UserId, Watching,
};
use jiff::{SignedDuration, Timestamp};
use sandbox::{
    Access, CalendarKind, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, MICROSOFT_CLIENT_ID,
    MICROSOFT_CLIENT_SECRET, Sandbox,
};
use store::people::{self, Account, CalendarSettings, Role, User};
use store::{Db, Keyring, Location, calendars, connections, events};
use sync::connect::{self, Outcome, Request, Wishes};
use sync::{By, Context, Handlers};
use tokio::sync::OnceCell;
use tokio_util::task::TaskTracker;

/// The one person of the sandbox.
pub(crate) const PERSON: &str = "dana@icloud.example";
/// Her app-specific password.
pub(crate) const PASSWORD: &str = "abcd-efgh-ijkl-mnop";
/// Where the sandbox answers, in process.
pub(crate) const BASE: &str = "http://sandbox.test/";

/// How often what rings is asked all the same, as the program does it.
pub(crate) const POLL_RINGING_S: i64 = 540;

/// The world and everything in it.
pub(crate) struct World {
    /// What sync works with.
    pub(crate) ctx: Context,
    /// The handlers of sync's jobs.
    pub(crate) handlers: Handlers,
    /// The way to it.
    pub(crate) client: outbound::Client,
    /// The far side.
    pub(crate) sandbox: Sandbox,
    /// The time, at both ends.
    pub(crate) clock: Arc<ManualClock>,
    /// Our tenant.
    pub(crate) account: AccountId,
    /// Our person.
    pub(crate) user: UserId,
    /// Where the store lies.
    folder: tempfile::TempDir,
}

impl World {
    /// An empty store, and a sandbox with one person who has one calendar.
    pub(crate) async fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = location(&folder);
        Self::around(seed, folder, &location).await
    }

    /// The same with the store on a disk of memory, where there is one, which nobody else opens: a
    /// process that dies in the middle of a statement takes a SQLite that is memory alone with it.
    pub(crate) async fn in_memory(seed: u64) -> Self {
        let folder = folder_in_memory();
        let path = folder.path().join(STORE);
        std::fs::write(&path, EMPTY.get_or_init(empty_store).await).unwrap();
        Self::around(seed, folder, &Location::Own(path)).await
    }

    async fn around(seed: u64, folder: tempfile::TempDir, location: &Location) -> Self {
        let clock = Arc::new(ManualClock::new("2026-11-22T12:00:00Z".parse().unwrap()));
        let theirs = Arc::clone(&clock);
        let sandbox = Sandbox::empty(seed).with_clock(sandbox::Clock::new(move || theirs.now()));
        let sandbox = sandbox.with_unsigned_tokens();
        sandbox.add_person(PERSON, PASSWORD);
        sandbox.add_calendar(PERSON, "Home", CalendarKind::Events, Access::Owner).unwrap();
        let client = way_to(&sandbox, &clock);
        let db = Db::open(location, keyring()).await.unwrap();
        let dice: Arc<dyn Dice> = Arc::new(FixedDice::new(seed));
        let catalogue = Arc::new(catalogue(&client));
        let tasks = TaskTracker::new();
        let public_url = Some("http://127.0.0.1:8080".to_owned());
        let ctx = Context {
            db,
            clock: clock.clone(),
            dice,
            catalogue,
            outward: client.clone(),
            public_url,
            post: None,
            connections_max: connect::CONNECTIONS_MAX,
            tasks,
        };
        let (account, user) = move_in(&ctx).await;
        Self { ctx, handlers: sync::handlers(), client, sandbox, clock, account, user, folder }
    }

    /// Another way to the sandbox, which remembers nothing.
    fn a_client(&self) -> outbound::Client {
        way_to(&self.sandbox, &self.clock)
    }

    /// Where the store lies, for another process.
    pub(crate) fn location(&self) -> Location {
        location(&self.folder)
    }

    /// One more person of our tenant.
    pub(crate) async fn another_user(&self, nth: usize) -> UserId {
        let mut tx = self.ctx.db.begin().await.unwrap();
        let first = people::user(&mut tx, &self.user).await.unwrap().unwrap();
        let id = UserId::new(self.now(), self.ctx.dice.as_ref());
        let user = User { id: id.clone(), email: format!("p{nth}@test.example"), ..first };
        people::insert_user(&mut tx, &user).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Connects the sandbox's person, as iCloud.
    pub(crate) async fn connect(&self) -> ConnectionId {
        match self.try_connect(PASSWORD).await {
            Outcome::Connected(id) | Outcome::Repaired(id) => id,
            Outcome::Refused { refusal, .. } => panic!("refused: {}", refusal.say),
        }
    }

    /// Tries to connect the sandbox's person with a password.
    pub(crate) async fn try_connect(&self, password: &str) -> Outcome {
        connect::connect(&self.ctx, self.request(password)).await.unwrap()
    }

    /// What connecting the sandbox's person takes.
    pub(crate) fn request(&self, password: &str) -> Request {
        self.request_of(PERSON, password)
    }

    /// The user, as who acts.
    pub(crate) fn dana(&self) -> By {
        By::User(self.user.clone())
    }

    /// What connecting any of the sandbox's people takes.
    pub(crate) fn request_of(&self, username: &str, password: &str) -> Request {
        let form = SignInForm {
            username: Some(username.into()),
            password: Some(Secret::new(password)),
            ..SignInForm::default()
        };
        let integration = IntegrationKind::new("icloud");
        let (account, user, by) = (self.account.clone(), self.user.clone(), self.dana());
        let (proof, repairs, wishes) = (form.into(), None, Wishes::default());
        Request { by, account, user, integration, proof, repairs, wishes }
    }

    /// Connects a feed of the sandbox.
    pub(crate) async fn connect_feed(&self, address: &str) -> Outcome {
        let form = SignInForm { address: Some(Secret::new(address)), ..SignInForm::default() };
        let integration = IntegrationKind::new("feed");
        let (account, user, by) = (self.account.clone(), self.user.clone(), self.dana());
        let (proof, repairs, wishes) = (form.into(), None, Wishes::default());
        let request = Request { by, account, user, integration, proof, repairs, wishes };
        connect::connect(&self.ctx, request).await.unwrap()
    }

    /// Puts an event into the sandbox's calendar.
    pub(crate) fn put(&self, name: &str, lines: &str) {
        let text = event(name, lines);
        self.sandbox.put_event(PERSON, "home", &format!("{name}.ics"), &text).unwrap();
    }

    /// Does all jobs that are due now.
    pub(crate) async fn run(&self) -> usize {
        sync::run_due(&self.ctx, &self.handlers).await.unwrap()
    }

    /// Moves the clock, and does what has become due.
    pub(crate) async fn later(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
        self.run().await;
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A connection's calendars with their counts.
    pub(crate) async fn calendars(&self, id: &ConnectionId) -> Vec<(Calendar, Counts)> {
        let mut tx = self.ctx.db.read().await.unwrap();
        calendars::of_connection(&mut tx, id).await.unwrap()
    }

    /// How a connection stands.
    pub(crate) async fn status(&self, id: &ConnectionId) -> ConnectionStatus {
        let calendars = self.calendars(id).await;
        let mut tx = self.ctx.db.read().await.unwrap();
        let connection = connections::load(&mut tx, id).await.unwrap().unwrap();
        let facts = StatusFacts { connection: &connection, calendars: &calendars };
        ConnectionStatus::of(facts, self.now())
    }

    /// What our copy of a calendar holds: remote name to text.
    pub(crate) async fn copy(&self, calendar: &Calendar) -> BTreeMap<String, String> {
        let mut tx = self.ctx.db.read().await.unwrap();
        let bodies = events::bodies(&mut tx, &calendar.id, None, false, 100_000).await.unwrap();
        let name = |remote: &str| remote.rsplit('/').next().unwrap().to_owned();
        bodies
            .into_iter()
            .map(|event| (name(event.remote.as_str()), event.text.trim_end().to_owned()))
            .collect()
    }

    /// What the sandbox's calendar holds: resource name to text.
    pub(crate) fn original(&self, calendar: &str) -> BTreeMap<String, String> {
        let events = self.sandbox.list_events(PERSON, calendar).unwrap();
        events.into_iter().map(|event| (event.name, event.text.trim_end().to_owned())).collect()
    }

    /// The busy times of the user between two instants, as `start/end` texts.
    pub(crate) async fn busy(&self, from: &str, until: &str) -> Vec<String> {
        let (from, until) = (from.parse().unwrap(), until.parse().unwrap());
        let mut tx = self.ctx.db.read().await.unwrap();
        let answer = store::busy::of_user(&mut tx, &self.user, from, until, self.now());
        let answer = answer.await.unwrap();
        answer.busy.iter().map(|row| format!("{}/{}", row.start_at, row.end_at)).collect()
    }
}

fn way_to(sandbox: &Sandbox, clock: &Arc<ManualClock>) -> outbound::Client {
    let clock = Arc::clone(clock);
    let settings = outbound::Settings::new("Daymark/test", Arc::new(move || clock.now()));
    outbound::Client::in_process(settings, sandbox.router())
}

/// What the file of the store is called.
const STORE: &str = "daymark.sqlite";
/// A store in which nothing is: its schema is written once for all worlds.
static EMPTY: OnceCell<Vec<u8>> = OnceCell::const_new();

async fn empty_store() -> Vec<u8> {
    let folder = folder_in_memory();
    let path = folder.path().join(STORE);
    let db = Db::open(&Location::Own(path.clone()), keyring()).await.unwrap();
    db.close().await;
    std::fs::read(path).unwrap()
}

/// By which every world seals.
pub(crate) fn keyring() -> Keyring {
    Keyring::single([7; 32])
}

fn folder_in_memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn location(folder: &tempfile::TempDir) -> Location {
    Location::File(folder.path().join(STORE))
}

/// One event as iCalendar text.
pub(crate) fn event(uid: &str, lines: &str) -> String {
    let lines = lines.replace('\n', "\r\n");
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20261101T000000Z\r\nSUMMARY:{uid}\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn catalogue(client: &outbound::Client) -> Catalogue {
    let base: Option<url::Url> = Some(BASE.parse().unwrap());
    let google = google::Settings {
        base: base.clone(),
        client_id: Some(GOOGLE_CLIENT_ID.into()),
        client_secret: Some(Secret::new(GOOGLE_CLIENT_SECRET)),
    };
    let google = google::adapter(client.clone(), google);
    let outlook = microsoft::Settings {
        base: base.clone(),
        tenant: None,
        client_id: Some(MICROSOFT_CLIENT_ID.into()),
        client_secret: Some(Secret::new(MICROSOFT_CLIENT_SECRET)),
    };
    let outlook = microsoft::adapter(client.clone(), outlook);
    let watching = |adapter, hook| Watching { adapter, hook, poll_every_s: POLL_RINGING_S };
    Catalogue::new(vec![
        Integration {
            sign_in: SignIn::OAuth { adapter: google.sign_in },
            calendars: Some(google.calendars),
            free_busy: Some(google.free_busy),
            watch: Some(watching(google.watch, "/hooks/google")),
            ..row("google", caldav::feed(client.clone()), 300)
        },
        Integration {
            sign_in: SignIn::OAuth { adapter: outlook.sign_in },
            calendars: Some(outlook.calendars),
            free_busy: outlook.free_busy,
            watch: outlook.watch.map(|adapter| watching(adapter, "/hooks/microsoft")),
            ..row("outlook", caldav::feed(client.clone()), 300)
        },
        row("icloud", caldav::icloud(client.clone(), base), 120),
        row("feed", caldav::feed(client.clone()), 3_600),
    ])
}

pub(crate) fn row(kind: &str, adapter: caldav::Adapter, poll_every_s: i64) -> Integration {
    Integration {
        kind: IntegrationKind::new(kind),
        name: "Test",
        tagline: "",
        about: "",
        mark: "T",
        color: "#000000",
        level: Level::User,
        sign_in: SignIn::Password { adapter: adapter.sign_in, fields: &[] },
        calendars: Some(adapter.calendars),
        free_busy: None,
        watch: None,
        conference: None,
        poll_every_s,
        mend: "The password was refused: make a new one.",
        withdraw: "",
    }
}

async fn move_in(ctx: &Context) -> (AccountId, UserId) {
    let (now, dice) = (ctx.clock.now(), ctx.dice.as_ref());
    let account = Account {
        id: AccountId::new(now, dice),
        name: "Test".into(),
        time_zone: "Europe/Athens".into(),
        created_at: now,
    };
    let user = User {
        id: UserId::new(now, dice),
        account: account.id.clone(),
        name: "Dana".into(),
        email: "dana@test.example".into(),
        role: Role::Admin,
        time_zone: "Europe/Athens".into(),
        has_password: false,
        settings: CalendarSettings::default(),
        created_at: now,
    };
    let mut tx = ctx.db.begin().await.unwrap();
    people::insert_account(&mut tx, &account).await.unwrap();
    people::insert_user(&mut tx, &user).await.unwrap();
    tx.commit().await.unwrap();
    (account.id, user.id)
}
