//! A database for one test, on each engine in turn, and the people and calendars in it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use connection::{
    AccountId, CalendarAccess, CalendarId, Connection, ConnectionId, Credential, FixedDice,
    IntegrationKind, OwnAnswer, Owner, Principal, RemoteCalendar, RemoteId, Secret, UserId,
};
use jiff::{SignedDuration, Timestamp};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use store::calendars::NewCalendar;
use store::connections::NewConnection;
use store::people::{Account, CalendarSettings, Role, User};
use store::{Db, Keyring, Location, Tx, calendars, connections, people};
use tempfile::TempDir;

/// The key of every test's database, unless the test turns it.
pub(crate) const KEY: [u8; 32] = [7; 32];

/// Noon of the day on which every test begins, and so many minutes later.
pub(crate) fn at(minutes: i64) -> Timestamp {
    "2026-11-22T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

/// A database of its own for one test, gone at its end.
pub(crate) struct House {
    pub(crate) db: Db,
    pub(crate) location: Location,
    pub(crate) dice: FixedDice,
    made: AtomicU32,
}

/// One user with one connection and one calendar.
pub(crate) struct Home {
    pub(crate) account: AccountId,
    pub(crate) user: UserId,
    pub(crate) connection: ConnectionId,
    pub(crate) calendar: CalendarId,
}

impl House {
    async fn open(location: Location) -> Self {
        let db = Db::open(&location, Keyring::single(KEY)).await.unwrap();
        Self { db, location, dice: FixedDice::new(1), made: AtomicU32::new(0) }
    }

    /// A second process that opens the same database.
    pub(crate) async fn open_again(&self, keys: Keyring) -> store::Result<Db> {
        Db::open(&self.location, keys).await
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.location, Location::Postgres(_))
    }

    /// Runs SQL behind the store's back.
    pub(crate) async fn tamper(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.location {
            Location::Memory | Location::Own(_) => {
                panic!("nobody else can reach it")
            }
            Location::File(path) => {
                let address = format!("sqlite://{}", path.display());
                let mut connection = SqliteConnection::connect(&address).await.unwrap();
                connection.execute(sql).await.unwrap();
                connection.close().await.unwrap();
            }
            Location::Postgres(address) => {
                let mut connection = PgConnection::connect(address).await.unwrap();
                connection.execute(sql).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }

    fn next(&self) -> u32 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) async fn account(&self, tx: &mut Tx) -> Account {
        let account = Account {
            id: AccountId::new(at(0), &self.dice),
            name: format!("Business {}", self.next()),
            time_zone: "Europe/Athens".into(),
            created_at: at(0),
        };
        people::insert_account(tx, &account).await.unwrap();
        account
    }

    pub(crate) async fn user(&self, tx: &mut Tx, account: &AccountId) -> User {
        let nth = self.next();
        let created_at = at(i64::from(nth));
        let user = User {
            id: UserId::new(created_at, &self.dice),
            account: account.clone(),
            name: "Dana".into(),
            email: format!("dana{nth}@example.org"),
            role: Role::Admin,
            time_zone: "Europe/Athens".into(),
            has_password: false,
            settings: CalendarSettings::default(),
            created_at,
        };
        people::insert_user(tx, &user).await.unwrap();
        user
    }

    pub(crate) fn new_connection(&self, user: &User) -> NewConnection {
        let nth = self.next();
        let created_at = at(i64::from(nth));
        NewConnection {
            connection: Connection {
                id: ConnectionId::new(created_at, &self.dice),
                account: user.account.clone(),
                owner: Owner::User(user.id.clone()),
                integration: IntegrationKind::new("caldav"),
                principal: Principal {
                    id: format!("https://dav.example/{nth}/"),
                    name: "dana at dav.example".into(),
                    addresses: vec!["dana@example.org".into()],
                },
                checks: vec![],
                attention: None,
                refused_at: None,
                paused_at: None,
                throttled_until: None,
                last_success_at: None,
                last_change_at: None,
                repaired_at: None,
                scopes: Vec::new(),
                era: 0,
                created_at,
            },
            credential: Credential::Password {
                base: "https://dav.example/home/".into(),
                username: "dana".into(),
                password: Secret::new("a \"quoted\" pässword"),
            },
        }
    }

    pub(crate) fn new_calendar(&self, connection: &ConnectionId) -> NewCalendar {
        let nth = self.next();
        NewCalendar {
            id: CalendarId::new(at(0), &self.dice),
            connection: connection.clone(),
            remote: RemoteCalendar {
                id: RemoteId::new(format!("/home/{nth}/")),
                name: format!("Calendar {nth}"),
                color: Some("#336699".into()),
                access: CalendarAccess::Writer,
                time_zone: None,
                takes_time: true,
                own_answer: OwnAnswer::ByAddress,
                conference: None,
            },
            position: i64::from(nth),
            counts_as_busy: true,
            poll_every_s: 300,
        }
    }

    /// A user with a connection and a calendar, in a transaction of the caller's.
    pub(crate) async fn home_in(&self, tx: &mut Tx) -> Home {
        let account = self.account(tx).await.id;
        let user = self.user(tx, &account).await;
        let new = self.new_connection(&user);
        connections::insert(tx, &new).await.unwrap();
        let connection = new.connection.id;
        let calendar = self.new_calendar(&connection);
        calendars::insert(tx, &calendar).await.unwrap();
        Home { account, user: user.id, connection, calendar: calendar.id }
    }

    /// The same, committed.
    pub(crate) async fn home(&self) -> Home {
        let mut tx = self.db.begin().await.unwrap();
        let home = self.home_in(&mut tx).await;
        tx.commit().await.unwrap();
        home
    }
}

/// Runs a test on SQLite in memory, on SQLite in a file, and on PostgreSQL.
pub(crate) async fn on_both_engines(test: impl AsyncFn(&House)) {
    let memory = House::open(Location::Memory).await;
    Box::pin(test(&memory)).await;
    memory.db.close().await;
    Box::pin(on_shared_engines(test)).await;
}

/// Runs a test on the engines that others can reach: a SQLite file and PostgreSQL.
pub(crate) async fn on_shared_engines(test: impl AsyncFn(&House)) {
    let folder = TempDir::new().unwrap();
    let file = House::open(Location::File(folder.path().join("daymark.db"))).await;
    Box::pin(test(&file)).await;
    file.db.close().await;
    if let Some(server) = postgres() {
        let schema = Schema::create(&server);
        let postgres = House::open(Location::Postgres(schema.address.clone())).await;
        Box::pin(test(&postgres)).await;
        postgres.db.close().await;
    }
}

/// Where the tests' PostgreSQL listens. Without one, its half of a test cannot run: that is said
/// aloud, and where servers are required it fails.
#[expect(clippy::disallowed_methods, reason = "where the servers are is a setting of the tests")]
#[expect(clippy::print_stderr, reason = "what did not run must say so")]
fn postgres() -> Option<String> {
    let address = std::env::var("DAYMARK_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty());
    if address.is_none() {
        let required = std::env::var("DAYMARK_TEST_SERVERS").is_ok_and(|word| word == "required");
        let say = "the PostgreSQL half of this test needs DAYMARK_TEST_POSTGRES_URL";
        assert!(!required, "{say}, and DAYMARK_TEST_SERVERS=required");
        eprintln!("Not run: {say}.");
    }
    address
}

/// A schema of its own on the tests' PostgreSQL; gone when dropped, also by a failing test.
struct Schema {
    server: String,
    name: String,
    address: String,
}

impl Schema {
    fn create(server: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let nth = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("daymark_test_{}_{nth}", std::process::id());
        let separator = if server.contains('?') { '&' } else { '?' };
        let address = format!("{server}{separator}options=-csearch_path%3D{name}");
        let schema = Self { server: server.to_owned(), name, address };
        schema.tell("DROP SCHEMA IF EXISTS {} CASCADE; CREATE SCHEMA {}");
        schema
    }

    /// Runs statements on the server, on a thread and runtime of its own: `drop` cannot wait.
    fn tell(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.replace("{}", &self.name));
        let told = async {
            let mut connection = PgConnection::connect(&self.server).await?;
            connection.execute(sql).await?;
            connection.close().await
        };
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(told).unwrap();
        };
        thread::scope(|scope| scope.spawn(run).join().unwrap());
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        self.tell("DROP SCHEMA {} CASCADE");
    }
}
