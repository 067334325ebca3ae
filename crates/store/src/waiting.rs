//! Accounts that were signed in to where another was to be repaired: each waits, sealed, until the
//! person says whether it takes the other's place; for a few minutes, for one session, once.

use std::borrow::Cow;

use connection::{
    AttemptId, CalendarAccess, Conference, ConnectionId, Examined, IntegrationKind, OwnAnswer,
    Principal, RemoteCalendar, RemoteId, UserId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::connections::{credential_from_json, credential_to_json};
use crate::seal::Sealed;
use crate::statement::{Statement, sql};
use crate::{Result, Tx, codec};

const COLUMN: &str = "waiting_accounts.found_sealed";

/// One of them.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The try in which it was found.
    pub attempt: AttemptId,
    /// Whose account it may replace.
    pub connection: ConnectionId,
    /// The session in which it was signed in to.
    pub session: [u8; 32],
    pub found: Examined,
    pub expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct FoundJson<'a> {
    principal_id: String,
    principal_name: String,
    addresses: Vec<String>,
    credential: Cow<'a, str>,
    calendars: Vec<CalendarJson>,
}

#[derive(Serialize, Deserialize)]
struct CalendarJson {
    id: String,
    name: String,
    color: Option<String>,
    access: String,
    time_zone: Option<String>,
    takes_time: bool,
    own_answer: String,
    conference: Option<String>,
}

impl CalendarJson {
    fn of(calendar: &RemoteCalendar) -> Self {
        Self {
            id: calendar.id.as_str().to_owned(),
            name: calendar.name.clone(),
            color: calendar.color.clone(),
            access: calendar.access.as_str().to_owned(),
            time_zone: calendar.time_zone.clone(),
            takes_time: calendar.takes_time,
            own_answer: calendar.own_answer.as_str().to_owned(),
            conference: calendar.conference.map(|conference| conference.as_str().to_owned()),
        }
    }

    fn read(self) -> Result<RemoteCalendar> {
        let conference = self.conference.as_deref();
        let conference = conference.map(|word| codec::word(COLUMN, word, Conference::parse));
        Ok(RemoteCalendar {
            id: RemoteId::new(self.id),
            name: self.name,
            color: self.color,
            access: codec::word(COLUMN, &self.access, CalendarAccess::parse)?,
            time_zone: self.time_zone,
            takes_time: self.takes_time,
            own_answer: codec::word(COLUMN, &self.own_answer, OwnAnswer::parse)?,
            conference: conference.transpose()?,
        })
    }
}

fn to_json(found: &Examined) -> Zeroizing<String> {
    let credential = credential_to_json(&found.credential);
    Zeroizing::new(codec::json(&FoundJson {
        principal_id: found.principal.id.clone(),
        principal_name: found.principal.name.clone(),
        addresses: found.principal.addresses.clone(),
        credential: credential.as_str().into(),
        calendars: found.calendars.iter().map(CalendarJson::of).collect(),
    }))
}

fn from_json(text: &str) -> Result<Examined> {
    let json: FoundJson<'_> = codec::from_json(COLUMN, text)?;
    let secret = Zeroizing::new(json.credential.into_owned());
    let credential = credential_from_json(COLUMN, &secret)?;
    let principal =
        Principal { id: json.principal_id, name: json.principal_name, addresses: json.addresses };
    let calendars = json.calendars.into_iter().map(CalendarJson::read).collect::<Result<_>>()?;
    Ok(Examined { principal, credential, calendars })
}

/// Keeps it. False where its session has ended.
pub async fn insert(tx: &mut Tx, new: &Waiting) -> Result<bool> {
    let sealed = tx.keys().seal(
        Sealed::WaitingAccount,
        new.attempt.as_str(),
        to_json(&new.found).as_bytes(),
    )?;
    let text = "INSERT INTO waiting_accounts (attempt_id, connection_id, session_hash, \
                found_sealed, expires_at) SELECT $1, $2, token_hash, $3, $4 FROM sessions \
                WHERE token_hash = $5";
    let statement = sql(text)
        .bind(new.attempt.as_str())
        .bind(new.connection.as_str())
        .bind(sealed)
        .bind(new.expires_at)
        .bind(&new.session);
    Ok(tx.run(statement).await? > 0)
}

type Row = (String, String, Vec<u8>, Vec<u8>, i64);

const COLUMNS: &str = "SELECT attempt_id, connection_id, session_hash, found_sealed, expires_at \
    FROM waiting_accounts ";
const DELETED: &str =
    " RETURNING attempt_id, connection_id, session_hash, found_sealed, expires_at";

/// Those of them that can be read. One that cannot, as it was sealed with a key that is not here,
/// can take nobody's place, and is no reason to keep the others.
fn readable(tx: &Tx, rows: Vec<Row>) -> Vec<Waiting> {
    let say = |failure: &_| tracing::warn!(%failure, "an account that waits cannot be read");
    rows.into_iter().filter_map(|row| read(tx, row).inspect_err(say).ok()).collect()
}

fn read(tx: &Tx, (attempt, connection, session, sealed, expires_at): Row) -> Result<Waiting> {
    let plain = tx.keys().open_text(Sealed::WaitingAccount, &attempt, &sealed)?;
    Ok(Waiting {
        attempt: codec::id(&attempt)?,
        connection: codec::id(&connection)?,
        session: codec::hash("waiting_accounts.session_hash", &session)?,
        found: from_json(&Zeroizing::new(plain))?,
        expires_at: codec::instant(expires_at)?,
    })
}

/// What waits since that try, for that session and no other.
pub async fn find(
    tx: &mut Tx,
    (attempt, session): (&AttemptId, &[u8; 32]),
    now: Timestamp,
) -> Result<Option<Waiting>> {
    let text = "WHERE attempt_id = $1 AND session_hash = $2 AND expires_at > $3";
    let statement = sql(COLUMNS).text(text).bind(attempt.as_str()).bind(session).bind(now);
    let row: Option<Row> = tx.one(statement).await?;
    row.map(|row| read(tx, row)).transpose()
}

/// Does an account of that kind wait anywhere?
pub async fn has_principal(
    tx: &mut Tx,
    (kind, principal): (&IntegrationKind, &str),
    now: Timestamp,
) -> Result<bool> {
    let text = "WHERE expires_at > $1 \
                AND connection_id IN (SELECT id FROM connections WHERE integration = $2)";
    let rows: Vec<Row> = tx.all(sql(COLUMNS).text(text).bind(now).bind(kind.as_str())).await?;
    Ok(readable(tx, rows).iter().any(|waiting| waiting.found.principal.id == principal))
}

/// Forgets it. False where nothing of that session's waits: it was decided before.
pub async fn take(
    tx: &mut Tx,
    (attempt, session): (&AttemptId, &[u8; 32]),
    now: Timestamp,
) -> Result<bool> {
    let text = "DELETE FROM waiting_accounts \
                WHERE attempt_id = $1 AND session_hash = $2 AND expires_at > $3";
    let statement = sql(text).bind(attempt.as_str()).bind(session).bind(now);
    Ok(tx.run(statement).await? > 0)
}

/// Forgets those that have waited for too long; says which, as far as they can be read.
pub async fn take_expired(tx: &mut Tx, now: Timestamp) -> Result<Vec<Waiting>> {
    forget(tx, sql("DELETE FROM waiting_accounts WHERE expires_at <= $1").bind(now)).await
}

/// Forgets what waits in a session that is about to end; says which.
pub async fn take_of_session(tx: &mut Tx, session: &[u8; 32]) -> Result<Vec<Waiting>> {
    let text = "DELETE FROM waiting_accounts WHERE session_hash = $1";
    forget(tx, sql(text).bind(session)).await
}

/// The same of all sessions of a user but the one to keep.
pub async fn take_of_user(
    tx: &mut Tx,
    user: &UserId,
    keep: Option<&[u8; 32]>,
) -> Result<Vec<Waiting>> {
    let text = "DELETE FROM waiting_accounts WHERE session_hash <> $2 \
                AND session_hash IN (SELECT token_hash FROM sessions WHERE user_id = $1)";
    forget(tx, sql(text).bind(user.as_str()).bind(keep.unwrap_or(&[0; 32]))).await
}

/// Forgets what waits to take the place of the account of a connection that is about to end.
pub async fn take_of_connection(tx: &mut Tx, connection: &ConnectionId) -> Result<Vec<Waiting>> {
    let text = "DELETE FROM waiting_accounts WHERE connection_id = $1";
    forget(tx, sql(text).bind(connection.as_str())).await
}

async fn forget(tx: &mut Tx, deletion: Statement<'_>) -> Result<Vec<Waiting>> {
    let rows: Vec<Row> = tx.all(deletion.text(DELETED)).await?;
    Ok(readable(tx, rows))
}
