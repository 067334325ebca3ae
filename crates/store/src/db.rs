//! The database: its pools, its transactions, and the news of what was committed.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connection::{AttemptId, CalendarId, ConnectionId};
use sqlx::postgres::{PgListener, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteLockingMode, SqlitePool, SqlitePoolOptions};
use tokio::sync::broadcast;
use tokio::task::JoinSet;

use crate::statement::sql;
use crate::tx::Engine;
use crate::{Keyring, Result, StoreError, Tx, codec, connections, dialect, migrations, turning};

/// How many changes a slow listener may fall behind before it is told that it missed some.
const CHANGES_MAX: usize = 1024;
/// Readers of one SQLite file at once.
const READERS_MAX: u32 = 4;
/// Connections to PostgreSQL of one process.
const POSTGRES_MAX: u32 = 10;
/// A reader that nobody needs gives its memory back after this long.
const IDLE: Duration = Duration::from_mins(1);
/// Before it tries again to hear PostgreSQL's notices.
const LISTEN_AGAIN: Duration = Duration::from_secs(2);

/// Where everything is kept.
#[derive(Debug, Clone)]
pub enum Location {
    /// A SQLite in memory, private to the `Db` that opened it. It has one connection: whoever
    /// holds a transaction keeps all others waiting.
    Memory,
    /// A SQLite file that this process has for itself, with one connection as above: nobody else
    /// can open it meanwhile, and nobody has to be asked for a lock.
    Own(PathBuf),
    /// A SQLite file.
    File(PathBuf),
    /// The address of a PostgreSQL database.
    Postgres(String),
}

/// Something that was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A connection, or the set of its calendars.
    Connection(ConnectionId),
    /// A calendar or its events.
    Calendar(CalendarId),
    /// An attempt to connect.
    Attempt(AttemptId),
    /// A job became ready.
    JobReady,
    /// Notices of other processes were lost: anything may have changed.
    Everything,
}

impl Change {
    /// As it travels through PostgreSQL.
    pub(crate) fn to_notice(&self) -> String {
        match self {
            Self::Connection(id) => id.to_string(),
            Self::Calendar(id) => id.to_string(),
            Self::Attempt(id) => id.to_string(),
            Self::JobReady => "job".to_owned(),
            Self::Everything => "everything".to_owned(),
        }
    }

    /// A notice of an unknown kind comes from a newer process: anything may have changed.
    fn from_notice(notice: &str) -> Self {
        let connection = || notice.parse().map(Self::Connection);
        let calendar = |_| notice.parse().map(Self::Calendar);
        let attempt = |_| notice.parse().map(Self::Attempt);
        match notice {
            "job" => Self::JobReady,
            _ => connection().or_else(calendar).or_else(attempt).unwrap_or(Self::Everything),
        }
    }
}

/// What all transactions of a `Db` share.
pub(crate) struct House {
    pub(crate) keys: Keyring,
    pub(crate) changes: broadcast::Sender<Change>,
    /// Hears PostgreSQL's notices until the end.
    listening: Mutex<JoinSet<()>>,
}

enum Pools {
    Lite { writer: SqlitePool, readers: SqlitePool },
    Postgres(PgPool),
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pools: Arc<Pools>,
    house: Arc<House>,
}

impl Db {
    /// Opens it, brings its schema up to date and makes sure that the keys belong to it.
    pub async fn open(location: &Location, keys: Keyring) -> Result<Self> {
        let pools = open_pools(location).await?;
        match &pools {
            Pools::Lite { writer, .. } => {
                // The writer's lock keeps a second process waiting until all steps are done.
                let mut tx = writer.begin_with(dialect::LITE_WRITE).await?;
                migrations::migrator().run(&mut *tx).await?;
                tx.commit().await?;
            }
            Pools::Postgres(pool) => migrations::migrator().run(pool).await?,
        }
        let (changes, _) = broadcast::channel(CHANGES_MAX);
        let house = House { keys, changes, listening: Mutex::new(JoinSet::new()) };
        let db = Self { pools: Arc::new(pools), house: Arc::new(house) };
        db.check_keys().await?;
        if let Pools::Postgres(pool) = &*db.pools {
            let listener = listen(pool).await?;
            let heard = hear(listener, pool.clone(), db.house.changes.clone());
            db.house.listening.lock().unwrap_or_else(PoisonError::into_inner).spawn(heard);
        }
        Ok(db)
    }

    /// A transaction that writes. On SQLite there is one at a time.
    pub async fn begin(&self) -> Result<Tx> {
        let engine = match &*self.pools {
            Pools::Lite { writer, .. } => {
                Engine::Lite(writer.begin_with(dialect::LITE_WRITE).await?)
            }
            Pools::Postgres(pool) => {
                Engine::Postgres(pool.begin_with(dialect::POSTGRES_WRITE).await?)
            }
        };
        Ok(Tx::new(engine, Arc::clone(&self.house)))
    }

    /// A transaction that only reads, and sees one state of things.
    pub async fn read(&self) -> Result<Tx> {
        let engine = match &*self.pools {
            Pools::Lite { readers, .. } => {
                Engine::Lite(readers.begin_with(dialect::LITE_READ).await?)
            }
            Pools::Postgres(pool) => {
                Engine::Postgres(pool.begin_with(dialect::POSTGRES_READ).await?)
            }
        };
        Ok(Tx::new(engine, Arc::clone(&self.house)))
    }

    /// Opens one secret that was sealed here, if there is any: a key that does not fit, or a file
    /// that was tampered with, shows.
    pub async fn check_seals(&self) -> Result<()> {
        let mut tx = self.read().await?;
        let statement = sql("SELECT id FROM connections ORDER BY id DESC LIMIT 1");
        if let Some((id,)) = tx.one::<(String,)>(statement).await? {
            connections::credential(&mut tx, &codec::id(&id)?).await?;
        }
        Ok(())
    }

    /// What is committed from now on; on PostgreSQL by other processes too.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.house.changes.subscribe()
    }

    /// Waits for the transactions that are under way, then lets go of the database.
    pub async fn close(&self) {
        let mut listening = std::mem::take(
            &mut *self.house.listening.lock().unwrap_or_else(PoisonError::into_inner),
        );
        listening.shutdown().await;
        match &*self.pools {
            Pools::Lite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// A database remembers by which keys it was sealed. Where one of them is not at hand, secrets
    /// in it would turn out unreadable one failure at a time: better to say so at the start.
    async fn check_keys(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        let seen: Vec<(String,)> = tx.all(sql("SELECT id FROM keys")).await?;
        let keys = &self.house.keys;
        if let Some((missing,)) = seen.iter().find(|(id,)| !keys.holds(id)) {
            return Err(StoreError::Unusable {
                say: format!(
                    "This database was sealed with key {missing}, which is not at hand: what it \
                     sealed cannot be read. Put back the key that was made together with the \
                     database; one that was turned belongs among the older keys \
                     (DAYMARK_OLD_SECRET_KEYS) until everything is sealed anew."
                ),
            });
        }
        turning::register(&mut tx).await?;
        tx.commit().await
    }
}

async fn open_pools(location: &Location) -> Result<Pools> {
    // A file does not hang up: nobody has to ask whether it is still there.
    let lite = SqlitePoolOptions::new().test_before_acquire(false);
    let one = lite.clone().max_connections(1).idle_timeout(None).max_lifetime(None);
    Ok(match location {
        Location::Memory => {
            let pool = one.connect_with(dialect::lite_memory()).await?;
            Pools::Lite { writer: pool.clone(), readers: pool }
        }
        Location::Own(path) => {
            dialect::make_private(path).map_err(sqlx::Error::Io)?;
            let options = dialect::lite_file(path).locking_mode(SqliteLockingMode::Exclusive);
            let pool = dialect::open_writer(one, &options).await?;
            Pools::Lite { writer: pool.clone(), readers: pool }
        }
        Location::File(path) => {
            dialect::make_private(path).map_err(sqlx::Error::Io)?;
            let options = dialect::lite_file(path);
            let writer = dialect::open_writer(one, &options).await?;
            let readers = lite
                .max_connections(READERS_MAX)
                .idle_timeout(IDLE)
                .connect_lazy_with(options.pragma("query_only", "on"));
            Pools::Lite { writer, readers }
        }
        Location::Postgres(address) => {
            let options = PgPoolOptions::new().max_connections(POSTGRES_MAX).idle_timeout(IDLE);
            Pools::Postgres(options.connect(address).await?)
        }
    })
}

async fn listen(pool: &PgPool) -> Result<PgListener> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(&dialect::channel(pool).await?).await?;
    Ok(listener)
}

/// Passes PostgreSQL's notices on, for as long as the pool is open. A gap is said aloud.
async fn hear(mut listener: PgListener, pool: PgPool, changes: broadcast::Sender<Change>) {
    while !pool.is_closed() {
        let change = match listener.try_recv().await {
            Ok(Some(notice)) => Change::from_notice(notice.payload()),
            Ok(None) => Change::Everything,
            Err(error) => {
                let failure = error;
                tracing::warn!(%failure, "changes of others are not heard; trying again");
                tokio::time::sleep(LISTEN_AGAIN).await;
                let Ok(again) = listen(&pool).await else { continue };
                listener = again;
                Change::Everything
            }
        };
        // Nobody may be listening: that is no failure.
        let _ = changes.send(change);
    }
}
