//! What was chosen for the calendars of a connection, kept for a while after it was disconnected:
//! who connects the same account again finds everything as it was.

use connection::{ConnectionId, IntegrationKind, Owner, RemoteId};
use jiff::Timestamp;

use crate::connections::owner_id;
use crate::statement::sql;
use crate::{Result, Tx};

/// What was chosen for one calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The far side's name of the calendar.
    pub remote: String,
    pub counts_as_busy: bool,
    pub all_day_is_busy: bool,
    /// Were bookings written there?
    pub linked: bool,
}

#[derive(sqlx::FromRow)]
struct ChoiceRow {
    remote_id: String,
    counts_as_busy: bool,
    all_day_is_busy: bool,
    linked: bool,
}

/// Keeps what is chosen for the calendars of a connection that is about to be forgotten. Those of
/// an account that it held before are kept already, under the names that they have there.
pub async fn remember(tx: &mut Tx, id: &ConnectionId, until: Timestamp) -> Result<()> {
    let text = "INSERT INTO remembered_choices (owner_id, account_id, integration, principal_id, \
                remote_id, counts_as_busy, all_day_is_busy, linked, busy_only, until_at) \
                SELECT owner_id, account_id, integration, principal_id, remote_id, \
                counts_as_busy, all_day_is_busy, \
                EXISTS (SELECT 1 FROM users WHERE linked_calendar_id = calendars.id), \
                busy_only, $2 \
                FROM calendars JOIN connections ON connections.id = connection_id \
                WHERE connection_id = $1 AND remote_id NOT LIKE $3 || '%' \
                ON CONFLICT (owner_id, integration, principal_id, remote_id) DO UPDATE SET \
                counts_as_busy = excluded.counts_as_busy, \
                all_day_is_busy = excluded.all_day_is_busy, linked = excluded.linked, \
                busy_only = excluded.busy_only, until_at = excluded.until_at";
    tx.run(sql(text).bind(id.as_str()).bind(until).bind(RemoteId::NOWHERE)).await?;
    Ok(())
}

/// Were the times of events all that was kept of that principal's?
pub async fn was_busy_only(
    tx: &mut Tx,
    owner: &Owner,
    (kind, principal): (&IntegrationKind, &str),
    now: Timestamp,
) -> Result<bool> {
    let text = "SELECT COUNT(*) FROM remembered_choices WHERE owner_id = $1 AND integration = $2 \
                AND principal_id = $3 AND until_at > $4 AND busy_only";
    let statement = sql(text).bind(owner_id(owner)).bind(kind.as_str()).bind(principal).bind(now);
    Ok(tx.number(statement).await? > 0)
}

/// Takes what is kept for that principal out of the table; what is too old is not handed out.
pub async fn recall(
    tx: &mut Tx,
    owner: &Owner,
    (kind, principal): (&IntegrationKind, &str),
    now: Timestamp,
) -> Result<Vec<Choice>> {
    let whose = "WHERE owner_id = $1 AND integration = $2 AND principal_id = $3";
    let of = |text| sql(text).text(whose).bind(owner_id(owner)).bind(kind.as_str()).bind(principal);
    let columns = "SELECT remote_id, counts_as_busy, all_day_is_busy, linked \
                   FROM remembered_choices ";
    let rows: Vec<ChoiceRow> = tx.all(of(columns).text(" AND until_at > $4").bind(now)).await?;
    tx.run(of("DELETE FROM remembered_choices ")).await?;
    let read = |row: ChoiceRow| Choice {
        remote: row.remote_id,
        counts_as_busy: row.counts_as_busy,
        all_day_is_busy: row.all_day_is_busy,
        linked: row.linked,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Forgets what was kept until before `now`; says how much.
pub async fn prune(tx: &mut Tx, now: Timestamp) -> Result<i64> {
    tx.run(sql("DELETE FROM remembered_choices WHERE until_at <= $1").bind(now)).await
}
