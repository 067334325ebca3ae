//! What truly differs between the two engines, each difference with a name.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sqlx::postgres::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::Result;
use crate::db::Change;
use crate::statement::{Statement, sql};
use crate::tx::Engine;

/// SQLite must take the writer's lock before the first read: a transaction that reads, then
/// writes, fails at once when another wrote in between.
pub(crate) const LITE_WRITE: &str = "BEGIN IMMEDIATE";
pub(crate) const LITE_READ: &str = "BEGIN";
pub(crate) const POSTGRES_WRITE: &str = "BEGIN";
/// A reader sees one state of things, as it does on SQLite.
pub(crate) const POSTGRES_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Statements that a connection keeps prepared: lists of values have a text for each length.
const STATEMENTS_MAX: usize = 400;
/// How long a statement waits for another process's lock on the file.
const BUSY: Duration = Duration::from_secs(5);

pub(crate) fn lite_memory() -> SqliteConnectOptions {
    SqliteConnectOptions::new().in_memory(true).foreign_keys(true)
}

pub(crate) fn lite_file(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .statement_cache_capacity(STATEMENTS_MAX)
}

/// SQLite leaves who may read its file to whoever makes it: its owner alone. The files that it
/// puts beside it take over the same.
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop)
}

/// Keeps the row to this transaction until it ends. SQLite has one writer: it is kept already.
pub(crate) fn for_update(engine: &Engine) -> &'static str {
    match engine {
        Engine::Lite(_) => "",
        Engine::Postgres(_) => " FOR UPDATE",
    }
}

/// The same, passing over rows that someone else keeps.
pub(crate) fn skip_locked(engine: &Engine) -> &'static str {
    match engine {
        Engine::Lite(_) => "",
        Engine::Postgres(_) => " FOR UPDATE SKIP LOCKED",
    }
}

/// PostgreSQL's word to all processes of the house, which share a schema; it is sent at the
/// commit.
pub(crate) fn notify<'q>(change: &Change) -> Statement<'q> {
    sql("SELECT pg_notify('daymark:' || current_schema(), $1)").bind(change.to_notice())
}

/// The channel on which that word is heard.
pub(crate) async fn channel(pool: &PgPool) -> Result<String> {
    let text = "SELECT 'daymark:' || current_schema()";
    Ok(sqlx::query_scalar(text).fetch_one(pool).await?)
}
