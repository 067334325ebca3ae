//! Calendars of connections, the choices made for them, and our place in pulling each.

mod colors;
mod place;
mod replaced;
mod standing;

use calendar::Switches;
use connection::{
    AccountId, Calendar, CalendarAccess, CalendarId, Conference, ConnectionId, Counts, OwnAnswer,
    PushTrouble, RemoteCalendar, RemoteId, Trouble, UserId,
};
use jiff::Timestamp;

pub use colors::with_free_color;
pub use place::{Place, begin_generation, keep, place, save_cursor, set_horizon};
pub use replaced::{begin_anew, set_apart, unlink};
pub use standing::{
    note_untold, release_brake, set_brake, set_gone, set_known, set_trouble, take_untold,
};

use self::place::{BEGINNING, PlaceRow};
use crate::statement::{Statement, sql};
use crate::{Result, StoreError, Tx, codec};

/// A calendar that is listed for the first time.
#[derive(Debug, Clone)]
pub struct NewCalendar {
    pub id: CalendarId,
    pub connection: ConnectionId,
    pub remote: RemoteCalendar,
    /// Its place among its connection's calendars.
    pub position: i64,
    pub counts_as_busy: bool,
    pub poll_every_s: i64,
}

/// The columns of [`CalendarRow`].
const COLUMNS: &str = "SELECT c.id, c.connection_id, c.remote_id, c.name, c.color, c.access, \
    c.time_zone, c.counts_as_busy, c.all_day_is_busy, c.known_at, c.known_until, c.brake, \
    c.braked_at, c.gone_at, \
    c.trouble_code, c.trouble_say, c.trouble_at, c.again_at, c.poll_every_s, \
    c.own_answer, c.conference, c.push, c.push_say, c.push_at, c.write_lost_at";
const FROM: &str = " FROM calendars c ";
/// The columns of [`Counts`]: what is counted lies in indexes that are nearly empty at rest.
const COUNTS: &str = ", c.event_count AS events, \
     (SELECT COUNT(*) FROM events e WHERE e.calendar_id = c.id \
      AND (e.held_etag IS NULL OR e.held_etag <> e.listed_etag)) AS pending, \
     (SELECT COUNT(*) FROM events e WHERE e.calendar_id = c.id \
      AND e.problem_code IS NOT NULL) AS not_understood";

#[derive(sqlx::FromRow)]
struct CalendarRow {
    id: String,
    connection_id: String,
    remote_id: String,
    name: String,
    color: String,
    access: String,
    time_zone: Option<String>,
    counts_as_busy: bool,
    all_day_is_busy: bool,
    known_at: Option<i64>,
    known_until: Option<i64>,
    brake: Option<String>,
    braked_at: Option<i64>,
    gone_at: Option<i64>,
    trouble_code: Option<String>,
    trouble_say: Option<String>,
    trouble_at: Option<i64>,
    again_at: Option<i64>,
    poll_every_s: i64,
    own_answer: String,
    conference: Option<String>,
    push: bool,
    push_say: Option<String>,
    push_at: Option<i64>,
    write_lost_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct CountedRow {
    #[sqlx(flatten)]
    calendar: CalendarRow,
    events: i64,
    pending: i64,
    not_understood: i64,
}

impl CalendarRow {
    fn trouble(&self) -> Result<Option<Trouble>> {
        let Some(code) = self.trouble_code.clone() else { return Ok(None) };
        let (Some(say), Some(since), Some(again)) =
            (self.trouble_say.clone(), self.trouble_at, self.again_at)
        else {
            return Err(StoreError::corrupt("calendars.trouble_say is missing"));
        };
        let (since, again_at) = (codec::instant(since)?, codec::instant(again)?);
        Ok(Some(Trouble { code, say, since, again_at }))
    }

    fn read(self) -> Result<Calendar> {
        let trouble = self.trouble()?;
        let push_at = codec::instant_maybe(self.push_at)?;
        let conference = self.conference.as_deref();
        let conference =
            conference.map(|word| codec::word("calendars.conference", word, Conference::parse));
        Ok(Calendar {
            id: codec::id(&self.id)?,
            connection: codec::id(&self.connection_id)?,
            remote: RemoteId::new(self.remote_id),
            name: self.name,
            color: self.color,
            access: codec::word("calendars.access", &self.access, CalendarAccess::parse)?,
            time_zone: self.time_zone,
            counts_as_busy: self.counts_as_busy,
            all_day_is_busy: self.all_day_is_busy,
            known_at: codec::instant_maybe(self.known_at)?,
            known_until: codec::instant_maybe(self.known_until)?,
            brake: self.brake,
            braked_at: codec::instant_maybe(self.braked_at)?,
            trouble,
            gone_at: codec::instant_maybe(self.gone_at)?,
            poll_every_s: self.poll_every_s,
            own_answer: codec::word("calendars.own_answer", &self.own_answer, OwnAnswer::parse)?,
            conference: conference.transpose()?,
            push: self.push,
            write_lost_at: codec::instant_maybe(self.write_lost_at)?,
            push_trouble: self.push_say.zip(push_at).map(|(say, since)| PushTrouble { say, since }),
        })
    }
}

impl CountedRow {
    fn read(self) -> Result<(Calendar, Counts)> {
        let counts = Counts {
            events: self.events,
            pending: self.pending,
            not_understood: self.not_understood,
        };
        Ok((self.calendar.read()?, counts))
    }
}

/// A calendar that the connection has already is a conflict.
pub async fn insert(tx: &mut Tx, new: &NewCalendar) -> Result<()> {
    let text = "INSERT INTO calendars (id, connection_id, remote_id, name, color, access, \
                time_zone, position, event_count, counts_as_busy, all_day_is_busy, \
                poll_every_s, cursor, listing, brake_released, own_answer, conference, push) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, \
                $16, $17, $18)";
    let color = match &new.remote.color {
        Some(color) => color.as_str(),
        None => colors::free(tx, &new.connection).await?,
    };
    let statement = sql(text)
        .bind(new.id.as_str())
        .bind(new.connection.as_str())
        .bind(new.remote.id.as_str())
        .bind(&new.remote.name)
        .bind(color)
        .bind(new.remote.access.as_str())
        .bind(new.remote.time_zone.as_deref())
        .bind(new.position)
        .bind(0)
        .bind(new.counts_as_busy)
        .bind(false)
        .bind(new.poll_every_s)
        .bind(BEGINNING)
        .bind(0)
        .bind(false)
        .bind(new.remote.own_answer.as_str())
        .bind(new.remote.conference.map(Conference::as_str))
        .bind(false);
    tx.run(statement).await?;
    Ok(())
}

async fn one(tx: &mut Tx, statement: Statement<'_>) -> Result<Option<Calendar>> {
    tx.one::<CalendarRow>(statement).await?.map(CalendarRow::read).transpose()
}

async fn counted(tx: &mut Tx, statement: Statement<'_>) -> Result<Vec<(Calendar, Counts)>> {
    tx.all::<CountedRow>(statement).await?.into_iter().map(CountedRow::read).collect()
}

/// For the doors: one of another account is not found.
pub async fn find(tx: &mut Tx, account: &AccountId, id: &CalendarId) -> Result<Option<Calendar>> {
    let statement = sql(COLUMNS)
        .text(FROM)
        .text("JOIN connections n ON n.id = c.connection_id WHERE c.id = $1 AND n.account_id = $2")
        .bind(id.as_str())
        .bind(account.as_str());
    one(tx, statement).await
}

/// For work of our own, which asks on nobody's behalf.
pub async fn load(tx: &mut Tx, id: &CalendarId) -> Result<Option<Calendar>> {
    one(tx, sql(COLUMNS).text(FROM).text("WHERE c.id = $1").bind(id.as_str())).await
}

#[derive(sqlx::FromRow)]
struct PlacedRow {
    #[sqlx(flatten)]
    calendar: CalendarRow,
    #[sqlx(flatten)]
    place: PlaceRow,
}

/// The same together with our place in pulling it.
pub async fn load_placed(tx: &mut Tx, id: &CalendarId) -> Result<Option<(Calendar, Place)>> {
    let statement = sql(COLUMNS)
        .text(
            ", c.cursor, c.cursor_token, c.listing, c.brake_released, c.known_from, c.listed_at, \
               c.generation",
        )
        .text(FROM)
        .text("WHERE c.id = $1")
        .bind(id.as_str());
    let row: Option<PlacedRow> = tx.one(statement).await?;
    row.map(|row| Ok((row.calendar.read()?, row.place.read()?))).transpose()
}

/// In the far side's order.
pub async fn of_connection(tx: &mut Tx, id: &ConnectionId) -> Result<Vec<(Calendar, Counts)>> {
    let statement = sql(COLUMNS)
        .text(COUNTS)
        .text(FROM)
        .text("WHERE c.connection_id = $1 ORDER BY c.position, c.id")
        .bind(id.as_str());
    counted(tx, statement).await
}

/// Of all connections that the user holds, in the order of the page.
pub async fn of_user(tx: &mut Tx, user: &UserId) -> Result<Vec<(Calendar, Counts)>> {
    let statement = sql(COLUMNS)
        .text(COUNTS)
        .text(FROM)
        .text(
            "JOIN connections n ON n.id = c.connection_id WHERE n.owner_id = $1 \
             ORDER BY n.created_at, n.id, c.position, c.id",
        )
        .bind(user.as_str());
    counted(tx, statement).await
}

/// A calendar, with what decides whether it can be vouched for.
pub(crate) struct Held {
    pub(crate) calendar: Calendar,
    /// Since when its occurrences are expanded.
    pub(crate) known_from: Option<Timestamp>,
    pub(crate) connected_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct HeldRow {
    #[sqlx(flatten)]
    calendar: CalendarRow,
    known_from: Option<i64>,
    connected_at: i64,
}

/// The calendars of all connections that the user holds.
pub(crate) async fn held(tx: &mut Tx, user: &UserId) -> Result<Vec<Held>> {
    let statement = sql(COLUMNS)
        .text(", c.known_from, n.created_at AS connected_at")
        .text(FROM)
        .text(
            "JOIN connections n ON n.id = c.connection_id \
             WHERE n.owner_id = $1 ORDER BY n.created_at, n.id, c.position",
        )
        .bind(user.as_str());
    let rows: Vec<HeldRow> = tx.all(statement).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Held {
                calendar: row.calendar.read()?,
                known_from: codec::instant_maybe(row.known_from)?,
                connected_at: codec::instant(row.connected_at)?,
            })
        })
        .collect()
}

/// Saves what is chosen for a calendar, and says what holds from now on: the linked one counts.
pub async fn set_switches(
    tx: &mut Tx,
    id: &CalendarId,
    counts_as_busy: bool,
    all_day_is_busy: bool,
) -> Result<Switches> {
    let text = "UPDATE calendars SET counts_as_busy = $1, all_day_is_busy = $2 WHERE id = $3";
    tx.run(sql(text).bind(counts_as_busy).bind(all_day_is_busy).bind(id.as_str())).await?;
    let counts_as_busy = count_linked(tx, id).await? || counts_as_busy;
    Ok(Switches { counts_as_busy, all_day_is_busy })
}

/// The linked calendar counts, whatever is said of it: where bookings are written is always
/// checked. Says whether this is one.
pub(crate) async fn count_linked(tx: &mut Tx, id: &CalendarId) -> Result<bool> {
    let text = "UPDATE calendars SET counts_as_busy = $1 \
                WHERE id = $2 AND id IN (SELECT linked_calendar_id FROM users)";
    Ok(tx.run(sql(text).bind(true).bind(id.as_str())).await? > 0)
}

/// What the far side says of it now. A colour that it no longer gives stays.
pub async fn update_listed(
    tx: &mut Tx,
    id: &CalendarId,
    remote: &RemoteCalendar,
    now: Timestamp,
) -> Result<()> {
    let text = "UPDATE calendars SET name = $1, color = COALESCE($2, color), access = $3, \
                time_zone = $4, own_answer = $5, conference = $6, write_lost_at = \
                CASE WHEN $3 <> 'writer' AND id IN (SELECT linked_calendar_id FROM users) \
                THEN COALESCE(write_lost_at, $7) END WHERE id = $8";
    let statement = sql(text)
        .bind(&remote.name)
        .bind(remote.color.as_deref())
        .bind(remote.access.as_str())
        .bind(remote.time_zone.as_deref())
        .bind(remote.own_answer.as_str())
        .bind(remote.conference.map(Conference::as_str))
        .bind(now)
        .bind(id.as_str());
    tx.run(statement).await?;
    Ok(())
}

/// With its events; no one's bookings are written there any more. Says whether it was there.
pub async fn delete(tx: &mut Tx, id: &CalendarId) -> Result<bool> {
    let text = "UPDATE users SET linked_calendar_id = NULL WHERE linked_calendar_id = $1";
    tx.run(sql(text).bind(id.as_str())).await?;
    let statement = sql("DELETE FROM calendars WHERE id = $1").bind(id.as_str());
    Ok(tx.run(statement).await? > 0)
}

pub async fn set_poll_every(tx: &mut Tx, id: &CalendarId, seconds: i64) -> Result<()> {
    let text = "UPDATE calendars SET poll_every_s = $1 WHERE id = $2";
    tx.run(sql(text).bind(seconds).bind(id.as_str())).await?;
    Ok(())
}
