//! Connections and their sealed credentials.

mod broken;
mod era;
mod hold;
mod refresh;
mod sealed;

use connection::{
    AccountId, Attention, Check, CheckName, CheckResult, Connection, ConnectionId, ConnectionState,
    Credential, IntegrationKind, Owner, Principal, UserId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use broken::{Broken, broken};
pub use era::begin_era;
pub use hold::{hold, hold_era, hold_of_calendar, hold_of_user, share_era};
pub use refresh::{end_refresh, extend_refresh, take_refresh};
pub use sealed::{credential, rewrite_credential};
pub(crate) use sealed::{credential_from_json, credential_to_json};

use self::sealed::{open_credential, seal_credential};
use crate::seal::Sealed;
use crate::statement::{Statement, sql};
use crate::{Keyring, Result, StoreError, Tx, codec, renewals};

/// What has passed its examination.
#[derive(Debug, Clone)]
pub struct NewConnection {
    pub connection: Connection,
    pub credential: Credential,
}

const COLUMNS: &str = "SELECT id, account_id, user_id, integration, principal_id, \
    principal_name, addresses_sealed, checks, attention_reason, attention_say, attention_at, \
    refused_at, paused_at, throttled_until, last_success_at, last_change_at, repaired_at, \
    scopes, era, created_at";
const FROM: &str = " FROM connections ";

#[derive(sqlx::FromRow)]
struct ConnectionRow {
    id: String,
    account_id: String,
    user_id: Option<String>,
    integration: String,
    principal_id: String,
    principal_name: String,
    addresses_sealed: Vec<u8>,
    checks: String,
    attention_reason: Option<String>,
    attention_say: Option<String>,
    attention_at: Option<i64>,
    refused_at: Option<i64>,
    paused_at: Option<i64>,
    throttled_until: Option<i64>,
    last_success_at: Option<i64>,
    last_change_at: Option<i64>,
    repaired_at: Option<i64>,
    scopes: String,
    era: i64,
    created_at: i64,
}

/// A check as its column keeps it.
#[derive(Serialize, Deserialize)]
struct CheckJson {
    name: String,
    result: String,
    say: String,
}

pub(crate) fn checks_to_json(checks: &[Check]) -> String {
    let rows: Vec<_> = checks
        .iter()
        .map(|check| CheckJson {
            name: check.name.as_str().to_owned(),
            result: check.result.as_str().to_owned(),
            say: check.say.clone(),
        })
        .collect();
    codec::json(&rows)
}

pub(crate) fn checks_from_json(column: &str, text: &str) -> Result<Vec<Check>> {
    let rows: Vec<CheckJson> = codec::from_json(column, text)?;
    let read = |row: CheckJson| {
        Ok(Check {
            name: codec::word(column, &row.name, CheckName::parse)?,
            result: codec::word(column, &row.result, CheckResult::parse)?,
            say: row.say,
        })
    };
    rows.into_iter().map(read).collect()
}

impl ConnectionRow {
    fn read(self, keys: &Keyring) -> Result<Connection> {
        let account: AccountId = codec::id(&self.account_id)?;
        let owner = match &self.user_id {
            Some(user) => Owner::User(codec::id(user)?),
            None => Owner::Account(account.clone()),
        };
        let addresses = keys.open_text(Sealed::Addresses, &self.id, &self.addresses_sealed)?;
        Ok(Connection {
            attention: self.attention()?,
            id: codec::id(&self.id)?,
            account,
            owner,
            integration: IntegrationKind::new(self.integration),
            principal: Principal {
                id: self.principal_id,
                name: self.principal_name,
                addresses: codec::from_json("connections.addresses_sealed", &addresses)?,
            },
            checks: checks_from_json("connections.checks", &self.checks)?,
            scopes: self.scopes.split_whitespace().map(str::to_owned).collect(),
            refused_at: codec::instant_maybe(self.refused_at)?,
            paused_at: codec::instant_maybe(self.paused_at)?,
            throttled_until: codec::instant_maybe(self.throttled_until)?,
            last_success_at: codec::instant_maybe(self.last_success_at)?,
            last_change_at: codec::instant_maybe(self.last_change_at)?,
            repaired_at: codec::instant_maybe(self.repaired_at)?,
            era: self.era,
            created_at: codec::instant(self.created_at)?,
        })
    }

    fn attention(&self) -> Result<Option<Attention>> {
        let Some(reason) = self.attention_reason.clone() else { return Ok(None) };
        let (Some(say), Some(since)) = (self.attention_say.clone(), self.attention_at) else {
            return Err(StoreError::corrupt("connections.attention_say is missing"));
        };
        Ok(Some(Attention { reason, say, since: codec::instant(since)? }))
    }
}

fn seal_addresses(keys: &Keyring, id: &ConnectionId, principal: &Principal) -> Result<Vec<u8>> {
    let addresses = codec::json(&principal.addresses);
    keys.seal(Sealed::Addresses, id.as_str(), addresses.as_bytes())
}

/// A second connection of one owner to the same principal is a conflict: it is a repair.
pub async fn insert(tx: &mut Tx, new: &NewConnection) -> Result<()> {
    let row = &new.connection;
    let addresses = seal_addresses(tx.keys(), &row.id, &row.principal)?;
    let credential = seal_credential(tx.keys(), &row.id, &new.credential)?;
    let text = "INSERT INTO connections (id, account_id, user_id, owner_id, integration, \
                principal_id, principal_name, addresses_sealed, credential_sealed, checks, \
                scopes, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let statement = sql(text)
        .bind(row.id.as_str())
        .bind(row.account.as_str())
        .bind(row.owner.user().map(UserId::as_str))
        .bind(owner_id(&row.owner))
        .bind(row.integration.as_str())
        .bind(&row.principal.id)
        .bind(&row.principal.name)
        .bind(addresses)
        .bind(credential)
        .bind(checks_to_json(&row.checks))
        .bind(scopes(&new.credential))
        .bind(row.created_at);
    tx.run(statement).await?;
    renewals::note(tx, &row.id, &new.credential).await
}

/// What was granted, as its column keeps it.
fn scopes(credential: &Credential) -> String {
    match credential {
        Credential::Tokens(tokens) => tokens.scopes.join(" "),
        Credential::Password { .. } | Credential::Address { .. } | Credential::File { .. } => {
            String::new()
        }
    }
}

pub(crate) fn owner_id(owner: &Owner) -> &str {
    match owner {
        Owner::User(user) => user.as_str(),
        Owner::Account(account) => account.as_str(),
    }
}

async fn one(tx: &mut Tx, statement: Statement<'_>) -> Result<Option<Connection>> {
    let row = tx.one::<ConnectionRow>(statement).await?;
    row.map(|row| row.read(tx.keys())).transpose()
}

async fn all(tx: &mut Tx, statement: Statement<'_>) -> Result<Vec<Connection>> {
    let rows = tx.all::<ConnectionRow>(statement).await?;
    rows.into_iter().map(|row| row.read(tx.keys())).collect()
}

/// For the doors: one of another account is not found.
pub async fn find(
    tx: &mut Tx,
    account: &AccountId,
    id: &ConnectionId,
) -> Result<Option<Connection>> {
    let text = "WHERE id = $1 AND account_id = $2";
    one(tx, sql(COLUMNS).text(FROM).text(text).bind(id.as_str()).bind(account.as_str())).await
}

/// For work of our own, which asks on nobody's behalf.
pub async fn load(tx: &mut Tx, id: &ConnectionId) -> Result<Option<Connection>> {
    one(tx, sql(COLUMNS).text(FROM).text("WHERE id = $1").bind(id.as_str())).await
}

#[derive(sqlx::FromRow)]
struct OpenedRow {
    #[sqlx(flatten)]
    connection: ConnectionRow,
    credential_sealed: Vec<u8>,
}

/// The same together with its credential, opened.
pub async fn load_opened(
    tx: &mut Tx,
    id: &ConnectionId,
) -> Result<Option<(Connection, Credential)>> {
    let statement = sql(COLUMNS).text(", credential_sealed").text(FROM).text("WHERE id = $1");
    let row: Option<OpenedRow> = tx.one(statement.bind(id.as_str())).await?;
    let Some(row) = row else { return Ok(None) };
    let credential = open_credential(tx.keys(), id, &row.credential_sealed)?;
    Ok(Some((row.connection.read(tx.keys())?, credential)))
}

/// Those a user holds, in the order in which they came.
pub async fn of_user(tx: &mut Tx, user: &UserId) -> Result<Vec<Connection>> {
    let text = "WHERE owner_id = $1 ORDER BY created_at, id";
    all(tx, sql(COLUMNS).text(FROM).text(text).bind(user.as_str())).await
}

/// All of an account, its users' too, in the order in which they came.
pub async fn of_account(tx: &mut Tx, account: &AccountId) -> Result<Vec<Connection>> {
    let text = "WHERE account_id = $1 ORDER BY created_at, id";
    all(tx, sql(COLUMNS).text(FROM).text(text).bind(account.as_str())).await
}

/// The connection that this owner already has to that principal.
pub async fn by_principal(
    tx: &mut Tx,
    owner: &Owner,
    kind: &IntegrationKind,
    principal: &str,
) -> Result<Option<Connection>> {
    let text = "WHERE owner_id = $1 AND integration = $2 AND principal_id = $3";
    let statement = sql(COLUMNS).text(FROM).text(text).bind(owner_id(owner));
    one(tx, statement.bind(kind.as_str()).bind(principal)).await
}

/// A repair: a new credential in place, and nothing left to mend. A refresh of the old one that is
/// under way loses its turn.
pub async fn renew(
    tx: &mut Tx,
    id: &ConnectionId,
    (principal, credential): (&Principal, &Credential),
    checks: &[Check],
) -> Result<()> {
    let addresses = seal_addresses(tx.keys(), id, principal)?;
    let sealed = seal_credential(tx.keys(), id, credential)?;
    let text = "UPDATE connections SET principal_id = $1, principal_name = $2, \
                addresses_sealed = $3, credential_sealed = $4, checks = $5, \
                attention_reason = NULL, attention_say = NULL, attention_at = NULL, \
                refused_at = NULL, throttled_until = NULL, probed_at = NULL, scopes = $6, \
                refresh_owner = NULL, refresh_until = NULL WHERE id = $7";
    let statement = sql(text)
        .bind(&principal.id)
        .bind(&principal.name)
        .bind(addresses)
        .bind(sealed)
        .bind(checks_to_json(checks))
        .bind(scopes(credential))
        .bind(id.as_str());
    tx.run(statement).await?;
    renewals::note(tx, id, credential).await
}

pub async fn set_attention(
    tx: &mut Tx,
    id: &ConnectionId,
    attention: Option<&Attention>,
) -> Result<()> {
    let text = "UPDATE connections SET attention_reason = $1, attention_say = $2, \
                attention_at = $3 WHERE id = $4";
    let statement = sql(text)
        .bind(attention.map(|attention| attention.reason.as_str()))
        .bind(attention.map(|attention| attention.say.as_str()))
        .bind(attention.map(|attention| attention.since))
        .bind(id.as_str());
    tx.run(statement).await?;
    Ok(())
}

/// When the far side refused the credential; `None` once it has let us in again.
pub async fn set_refused(tx: &mut Tx, id: &ConnectionId, at: Option<Timestamp>) -> Result<()> {
    let text = "UPDATE connections SET refused_at = $1 WHERE id = $2";
    tx.run(sql(text).bind(at).bind(id.as_str())).await?;
    Ok(())
}

pub async fn set_throttled(tx: &mut Tx, id: &ConnectionId, until: Option<Timestamp>) -> Result<()> {
    let text = "UPDATE connections SET throttled_until = $1 WHERE id = $2";
    tx.run(sql(text).bind(until).bind(id.as_str())).await?;
    Ok(())
}

/// It lets us in at `now`, and the wait that it asked for is over. One that it asks for meanwhile
/// stands.
pub async fn end_throttling(tx: &mut Tx, id: &ConnectionId, now: Timestamp) -> Result<()> {
    let text = "UPDATE connections SET throttled_until = NULL \
                WHERE id = $1 AND throttled_until <= $2";
    tx.run(sql(text).bind(id.as_str()).bind(now)).await?;
    Ok(())
}

pub async fn set_paused(tx: &mut Tx, id: &ConnectionId, at: Option<Timestamp>) -> Result<()> {
    let text = "UPDATE connections SET paused_at = $1 WHERE id = $2";
    tx.run(sql(text).bind(at).bind(id.as_str())).await?;
    Ok(())
}

/// Something was read or written there without failure.
pub async fn record_success(tx: &mut Tx, id: &ConnectionId, at: Timestamp) -> Result<bool> {
    let text = "UPDATE connections SET last_success_at = $1 WHERE id = $2 RETURNING told_state";
    was_synced(tx, sql(text).bind(at).bind(id.as_str())).await
}

/// The same, and an event was seen to change.
pub async fn record_change(tx: &mut Tx, id: &ConnectionId, at: Timestamp) -> Result<bool> {
    let text = "UPDATE connections SET last_success_at = $1, last_change_at = $1 WHERE id = $2 \
                RETURNING told_state";
    was_synced(tx, sql(text).bind(at).bind(id.as_str())).await
}

async fn was_synced(tx: &mut Tx, recording: Statement<'_>) -> Result<bool> {
    let told: Option<(Option<String>,)> = tx.one(recording).await?;
    Ok(told.and_then(|(state,)| state).as_deref() == Some(ConnectionState::Synced.as_str()))
}

/// A person mended it.
pub async fn record_repaired(tx: &mut Tx, id: &ConnectionId, now: Timestamp) -> Result<()> {
    let text = "UPDATE connections SET repaired_at = $1 WHERE id = $2";
    tx.run(sql(text).bind(now).bind(id.as_str())).await?;
    Ok(())
}

/// When it is to be looked at because a page of it is opened: now, or `every_s` after the last
/// time. `None` where that is planned already, or it is paused.
pub async fn plan_probe(
    tx: &mut Tx,
    id: &ConnectionId,
    (every_s, now): (i64, Timestamp),
) -> Result<Option<Timestamp>> {
    let text = "UPDATE connections SET probed_at = \
                CASE WHEN probed_at > $1 - $2 THEN probed_at + $2 ELSE $1 END \
                WHERE id = $3 AND paused_at IS NULL AND (probed_at IS NULL OR probed_at <= $1) \
                RETURNING probed_at";
    let statement = sql(text).bind(now).bind(every_s * 1_000).bind(id.as_str());
    let row: Option<(i64,)> = tx.one(statement).await?;
    codec::instant_maybe(row.map(|(at,)| at))
}

/// When a person last pressed Sync now.
pub async fn last_asked(tx: &mut Tx, id: &ConnectionId) -> Result<Option<Timestamp>> {
    let statement = sql("SELECT asked_at FROM connections WHERE id = $1").bind(id.as_str());
    let row: Option<(Option<i64>,)> = tx.one(statement).await?;
    codec::instant_maybe(row.and_then(|(asked_at,)| asked_at))
}

/// A person pressed Sync now.
pub async fn record_asked(tx: &mut Tx, id: &ConnectionId, now: Timestamp) -> Result<()> {
    let text = "UPDATE connections SET asked_at = $1 WHERE id = $2";
    tx.run(sql(text).bind(now).bind(id.as_str())).await?;
    Ok(())
}

/// With its calendars, their events and its runs; no one's bookings are written there any more.
/// Says whether it was there.
pub async fn delete(tx: &mut Tx, id: &ConnectionId) -> Result<bool> {
    let text = "UPDATE users SET linked_calendar_id = NULL WHERE linked_calendar_id IN \
                (SELECT id FROM calendars WHERE connection_id = $1)";
    tx.run(sql(text).bind(id.as_str())).await?;
    let statement = sql("DELETE FROM connections WHERE id = $1").bind(id.as_str());
    Ok(tx.run(statement).await? > 0)
}

/// The connections of that principal, whoever holds them.
pub async fn of_principal(
    tx: &mut Tx,
    (kind, principal): (&IntegrationKind, &str),
) -> Result<Vec<Connection>> {
    let text = "WHERE integration = $1 AND principal_id = $2 ORDER BY created_at, id";
    all(tx, sql(COLUMNS).text(FROM).text(text).bind(kind.as_str()).bind(principal)).await
}
