//! What truly differs between the two engines, each difference with a name.

use std::borrow::Cow;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::postgres::PgPool;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

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
/// How long a statement waits for another process's lock on the file: SQLite has no queue, so a
/// command beside a busy server may lose many times in a row.
const BUSY: Duration = Duration::from_secs(20);
/// Before a locked file is tried again.
const LOCKED_AGAIN: Duration = Duration::from_millis(10);

pub(crate) fn lite_memory() -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
    options.statement_cache_capacity(STATEMENTS_MAX)
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
/// puts beside it take over the same. A file that is there is not touched: closing it would drop
/// the locks that this process holds on it.
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    match OpenOptions::new().append(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// The one connection that writes to a file. While another process turns a new file's journal to
/// WAL, SQLite says "locked" at once and never waits: so this asks again, as long as a statement
/// would have waited.
pub(crate) async fn open_writer(
    pool: SqlitePoolOptions,
    options: &SqliteConnectOptions,
) -> sqlx::Result<SqlitePool> {
    let until = Instant::now() + BUSY;
    loop {
        match pool.clone().connect_with(options.clone()).await {
            Err(error) if is_locked(&error) && Instant::now() < until => {
                tokio::time::sleep(LOCKED_AGAIN).await;
            }
            opened => return opened,
        }
    }
}

/// `SQLITE_BUSY`, in any of its forms (<https://www.sqlite.org/rescode.html#busy>).
fn is_locked(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 5)
}

/// Keeps the row to this transaction until it ends. SQLite has one writer: it is kept already.
pub(crate) fn for_update(engine: &Engine) -> &'static str {
    match engine {
        Engine::Lite(_) => "",
        Engine::Postgres(_) => " FOR UPDATE",
    }
}

/// Keeps others from changing the row; what refers to it may come and go beside.
pub(crate) fn for_change(engine: &Engine) -> &'static str {
    match engine {
        Engine::Lite(_) => "",
        Engine::Postgres(_) => " FOR NO KEY UPDATE",
    }
}

/// Keeps the row to this transaction too, passing over rows that someone else keeps.
pub(crate) fn skip_locked(engine: &Engine) -> &'static str {
    match engine {
        Engine::Lite(_) => "",
        Engine::Postgres(_) => " FOR UPDATE SKIP LOCKED",
    }
}

/// Keeps others from changing the row until this transaction ends; several may do so at once.
pub(crate) fn for_share(engine: &Engine) -> &'static str {
    match engine {
        Engine::Lite(_) => "",
        Engine::Postgres(_) => " FOR SHARE",
    }
}

/// A text with this many places gets them without names on SQLite, which looks through the names of
/// all of them for each value.
const PLACES_MANY: usize = 16;

/// The text as SQLite binds it quickest: `?` for `$1`, `$2` and so on, where there are many and
/// they stand in order.
pub(crate) fn lite_text(text: Cow<'static, str>, values: usize) -> Cow<'static, str> {
    let unnamed = if values < PLACES_MANY { None } else { unnamed(&text) };
    unnamed.map_or(text, Cow::Owned)
}

fn unnamed(text: &str) -> Option<String> {
    let mut parts = text.split('$');
    let mut plain = String::with_capacity(text.len());
    plain.push_str(parts.next()?);
    for (nth, part) in parts.enumerate() {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        if number.parse() != Ok(nth + 1) {
            return None;
        }
        plain.push('?');
        plain.push_str(rest);
    }
    Some(plain)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lose_their_names_only_where_they_stand_in_order() {
        let many = (1..=PLACES_MANY).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
        let lite = |text: &str, values| lite_text(text.to_owned().into(), values).into_owned();
        assert_eq!(lite(&many, PLACES_MANY), ["?"; PLACES_MANY].join(", "));
        assert_eq!(lite(&many, PLACES_MANY - 1), many);
        for odd in ["$1 = $1", "$2, $1", "$1, '$.x'"] {
            assert_eq!(lite(odd, PLACES_MANY), odd);
        }
    }
}
