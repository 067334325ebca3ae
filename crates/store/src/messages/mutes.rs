//! Whose reminders a person does not want.

use connection::{ConnectionId, UserId};
use jiff::Timestamp;

use crate::statement::sql;
use crate::{Result, Tx, codec};

/// The person is not reminded of it until they want to be again. False where it was so before.
pub async fn mute(
    tx: &mut Tx,
    user: &UserId,
    connection: &ConnectionId,
    now: Timestamp,
) -> Result<bool> {
    let text = "INSERT INTO mutes (user_id, connection_id, muted_at) VALUES ($1, $2, $3) \
                ON CONFLICT DO NOTHING";
    let statement = sql(text).bind(user.as_str()).bind(connection.as_str()).bind(now);
    Ok(tx.run(statement).await? > 0)
}

/// The person is reminded of it again. False where it was so before.
pub async fn unmute(tx: &mut Tx, user: &UserId, connection: &ConnectionId) -> Result<bool> {
    let text = "DELETE FROM mutes WHERE user_id = $1 AND connection_id = $2";
    Ok(tx.run(sql(text).bind(user.as_str()).bind(connection.as_str())).await? > 0)
}

/// Does the person not want to be reminded of it?
pub async fn is_muted(tx: &mut Tx, user: &UserId, connection: &ConnectionId) -> Result<bool> {
    let text = "SELECT 1 FROM mutes WHERE user_id = $1 AND connection_id = $2";
    let statement = sql(text).bind(user.as_str()).bind(connection.as_str());
    Ok(tx.one::<(i32,)>(statement).await?.is_some())
}

/// All that a person does not want to be reminded of.
pub async fn muted_by(tx: &mut Tx, user: &UserId) -> Result<Vec<ConnectionId>> {
    let text = "SELECT connection_id FROM mutes WHERE user_id = $1 ORDER BY connection_id";
    let rows: Vec<(String,)> = tx.all(sql(text).bind(user.as_str())).await?;
    rows.iter().map(|(id,)| codec::id(id)).collect()
}
