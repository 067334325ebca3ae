//! A transaction on either engine: what runs statements, and what announces changes once they
//! are committed.

use std::sync::Arc;

use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, FromRow, Transaction};

use crate::db::{Change, House};
use crate::dialect;
use crate::statement::{Statement, Value};
use crate::{Keyring, Result};

/// A transaction. Dropped without [`Tx::commit`] it leaves nothing behind.
pub struct Tx {
    pub(crate) engine: Engine,
    pub(crate) house: Arc<House>,
    changes: Vec<Change>,
}

/// The transaction of one engine or the other.
pub(crate) enum Engine {
    Lite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// What a row can be read into, whichever engine it comes from.
pub(crate) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Row for T
where
    T: for<'r> FromRow<'r, SqliteRow>,
    T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
}

macro_rules! arguments {
    ($name:ident, $arguments:ty) => {
        fn $name(values: Vec<Value<'_>>) -> Result<$arguments> {
            let mut arguments = <$arguments>::default();
            arguments.reserve(values.len(), values.len() * 32);
            for value in values {
                match value {
                    Value::Text(text) => Arguments::add(&mut arguments, text.as_deref()),
                    Value::Int(number) => Arguments::add(&mut arguments, number),
                    Value::Bool(truth) => Arguments::add(&mut arguments, truth),
                    Value::Bytes(bytes) => Arguments::add(&mut arguments, bytes.as_deref()),
                }
                .map_err(sqlx::Error::Encode)?;
            }
            Ok(arguments)
        }
    };
}

arguments!(lite_arguments, SqliteArguments);
arguments!(postgres_arguments, PgArguments);

/// Runs one expression on whichever engine it is, with its statement, arguments and connection.
macro_rules! on {
    ($tx:expr, $statement:expr, |$text:ident, $arguments:ident, $connection:ident| $run:expr) => {{
        let statement = $statement;
        match &mut $tx.engine {
            Engine::Lite(transaction) => {
                let $text = dialect::lite_text(statement.text, statement.values.len());
                let $text = AssertSqlSafe($text);
                let $arguments = lite_arguments(statement.values)?;
                let $connection = &mut **transaction;
                $run
            }
            Engine::Postgres(transaction) => {
                let $text = AssertSqlSafe(statement.text);
                let $arguments = postgres_arguments(statement.values)?;
                let $connection = &mut **transaction;
                $run
            }
        }
    }};
}

impl Tx {
    pub(crate) fn new(engine: Engine, house: Arc<House>) -> Self {
        Self { engine, house, changes: Vec::new() }
    }

    /// Tells those who listen to [`crate::Db::changes`], once this is committed.
    pub fn announce(&mut self, change: Change) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// Makes it true, then tells.
    pub async fn commit(mut self) -> Result<()> {
        if let Engine::Postgres(_) = &self.engine {
            // PostgreSQL tells at the commit, all processes alike, this one among them.
            for change in std::mem::take(&mut self.changes) {
                let notice = dialect::notify(&change);
                self.run(notice).await?;
            }
        }
        match self.engine {
            Engine::Lite(transaction) => transaction.commit().await?,
            Engine::Postgres(transaction) => transaction.commit().await?,
        }
        for change in self.changes {
            // Nobody may be listening: that is no failure.
            let _ = self.house.changes.send(change);
        }
        Ok(())
    }

    pub(crate) fn keys(&self) -> &Keyring {
        &self.house.keys
    }

    /// All rows.
    pub(crate) async fn all<T: Row>(&mut self, statement: Statement<'_>) -> Result<Vec<T>> {
        Ok(on!(self, statement, |text, arguments, connection| {
            sqlx::query_as_with(text, arguments).fetch_all(connection).await?
        }))
    }

    /// The one row, where there is one.
    pub(crate) async fn one<T: Row>(&mut self, statement: Statement<'_>) -> Result<Option<T>> {
        Ok(on!(self, statement, |text, arguments, connection| {
            sqlx::query_as_with(text, arguments).fetch_optional(connection).await?
        }))
    }

    /// How many rows it touched.
    pub(crate) async fn run(&mut self, statement: Statement<'_>) -> Result<i64> {
        let touched = on!(self, statement, |text, arguments, connection| {
            sqlx::query_with(text, arguments).execute(connection).await?.rows_affected()
        });
        Ok(i64::try_from(touched).unwrap_or(i64::MAX))
    }

    /// A number that the statement always answers with, such as a count.
    pub(crate) async fn number(&mut self, statement: Statement<'_>) -> Result<i64> {
        Ok(self.one::<(i64,)>(statement).await?.map_or(0, |(number,)| number))
    }
}
