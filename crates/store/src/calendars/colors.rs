//! Which colour a calendar is shown in: its own, unless another of the same person has it already;
//! then, and where it has none, one that is free.

use connection::{ConnectionId, RemoteCalendar};

use crate::statement::sql;
use crate::{Result, Tx};

/// For calendars that come without a colour, in the order in which they are given out.
const COLORS: [&str; 16] = [
    "#1a66d6", "#0f8a5f", "#b4540a", "#8a3ffc", "#c2255c", "#0b7285", "#5c6b00", "#6741d9",
    "#a61e4d", "#2b8a3e", "#846300", "#364fc7", "#ad3fae", "#087f8c", "#8f4a2b", "#495b72",
];

/// As it is listed, without its colour where another calendar of the same owner has that.
pub async fn with_free_color(
    tx: &mut Tx,
    connection: &ConnectionId,
    remote: &RemoteCalendar,
) -> Result<RemoteCalendar> {
    let text = "SELECT c.id FROM calendars c JOIN connections k ON k.id = c.connection_id \
                WHERE k.owner_id = (SELECT owner_id FROM connections WHERE id = $1) \
                AND c.color = $2 AND NOT (c.connection_id = $3 AND c.remote_id = $4) LIMIT 1";
    let statement = sql(text)
        .bind(connection.as_str())
        .bind(remote.color.as_deref())
        .bind(connection.as_str())
        .bind(remote.id.as_str());
    let taken: Option<(String,)> = tx.one(statement).await?;
    let color = remote.color.clone().filter(|_| taken.is_none());
    Ok(RemoteCalendar { color, ..remote.clone() })
}

/// The first colour that no calendar of the same owner has; where all are taken, any by count.
pub(super) async fn free(tx: &mut Tx, connection: &ConnectionId) -> Result<&'static str> {
    let text = "SELECT c.color FROM calendars c JOIN connections k ON k.id = c.connection_id \
                WHERE k.owner_id = (SELECT owner_id FROM connections WHERE id = $1)";
    let taken: Vec<(String,)> = tx.all(sql(text).bind(connection.as_str())).await?;
    let free = COLORS.into_iter().find(|color| taken.iter().all(|(taken,)| taken != color));
    Ok(free.unwrap_or(COLORS[taken.len() % COLORS.len()]))
}
