//! What ends by itself: when a grant does, so that its owner can be told before.

use connection::{AccountId, ConnectionId, Credential};
use jiff::Timestamp;

use crate::statement::sql;
use crate::{Result, Tx, codec};

/// A connection whose grant ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    pub connection: ConnectionId,
    pub renew_before: Timestamp,
}

type Row = (String, i64);

fn read((connection, renew_before): Row) -> Result<Renewal> {
    Ok(Renewal { connection: codec::id(&connection)?, renew_before: codec::instant(renew_before)? })
}

/// Written with every credential that is kept: when it ends, where the far side says so.
pub(crate) async fn note(tx: &mut Tx, id: &ConnectionId, credential: &Credential) -> Result<()> {
    let ends_at = match credential {
        Credential::Tokens(tokens) => tokens.ends_at,
        Credential::Password { .. } | Credential::Address { .. } | Credential::File { .. } => None,
    };
    let text = "UPDATE connections SET renew_before = $1 WHERE id = $2";
    tx.run(sql(text).bind(ends_at).bind(id.as_str())).await?;
    Ok(())
}

/// When the grant of a connection ends, where that is known.
pub async fn of_connection(tx: &mut Tx, id: &ConnectionId) -> Result<Option<Timestamp>> {
    let statement = sql("SELECT renew_before FROM connections WHERE id = $1").bind(id.as_str());
    let row: Option<(Option<i64>,)> = tx.one(statement).await?;
    codec::instant_maybe(row.and_then(|(renew_before,)| renew_before))
}

/// Those of an account that end, its users' too, the soonest first.
pub async fn of_account(tx: &mut Tx, account: &AccountId) -> Result<Vec<Renewal>> {
    let text = "SELECT id, renew_before FROM connections \
                WHERE account_id = $1 AND renew_before IS NOT NULL ORDER BY renew_before, id";
    let rows: Vec<Row> = tx.all(sql(text).bind(account.as_str())).await?;
    rows.into_iter().map(read).collect()
}

/// Those of all accounts that end between two instants, the soonest first.
pub async fn due(tx: &mut Tx, (from, until): (Timestamp, Timestamp)) -> Result<Vec<Renewal>> {
    let text = "SELECT id, renew_before FROM connections \
                WHERE renew_before > $1 AND renew_before <= $2 ORDER BY renew_before, id";
    let rows: Vec<Row> = tx.all(sql(text).bind(from).bind(until)).await?;
    rows.into_iter().map(read).collect()
}
