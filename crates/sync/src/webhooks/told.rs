//! The events, as the Standard Webhooks specification shapes them: type, timestamp and little else.

use connection::{Connection, ConnectionStatus};
use jiff::Timestamp;
use serde::Serialize;
use store::webhooks::{self, NewDelivery, Webhook};
use store::{StoreError, Tx};

use crate::pull::Pull;
use crate::{Context, messages};

/// A connection stands otherwise than before.
const CONNECTION_CHANGED: &str = "connection.changed";
/// Events of a calendar changed.
const CALENDAR_CHANGED: &str = "calendar.changed";
/// How a connection stands that is no more; said nowhere but here.
const DISCONNECTED: &str = "disconnected";
const DISCONNECTED_SAY: &str = "It was disconnected here: its calendars and busy times are gone.";
/// Somebody pressed Send test.
const TEST: &str = "webhook.test";

/// The events that a webhook can ask for, with what each of them says.
pub const EVENTS: [(&str, &str); 2] = [
    (
        CONNECTION_CHANGED,
        "A connection stands otherwise: synced, delayed, needs attention, paused, disconnected.",
    ),
    (CALENDAR_CHANGED, "Events of a calendar came, changed or went."),
];

#[derive(Serialize)]
struct Told<'a, T> {
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: Timestamp,
    data: T,
}

#[derive(Serialize)]
struct ConnectionChanged<'a> {
    account: &'a str,
    user: Option<&'a str>,
    connection: &'a str,
    integration: &'a str,
    state: &'a str,
    reason: Option<&'a str>,
    say: Option<&'a str>,
    since: Timestamp,
    blind_from: Option<Timestamp>,
    retry_at: Option<Timestamp>,
    repair_url: Option<String>,
}

#[derive(Serialize)]
struct CalendarChanged<'a> {
    account: &'a str,
    user: Option<&'a str>,
    connection: &'a str,
    calendar: &'a str,
    changed: i64,
    removed: i64,
}

#[derive(Serialize)]
struct Test<'a> {
    account: &'a str,
    webhook: &'a str,
}

fn json(kind: &str, timestamp: Timestamp, told: impl Serialize) -> String {
    serde_json::to_string(&Told { kind, timestamp, data: told })
        .expect("plain texts and numbers always become JSON")
}

fn user(connection: &Connection) -> Option<&str> {
    connection.owner.user().map(connection::UserId::as_str)
}

/// Tells that a connection stands so now.
pub(crate) async fn tell_connection(
    ctx: &Context,
    tx: &mut Tx,
    connection: &Connection,
    status: &ConnectionStatus,
) -> Result<(), StoreError> {
    let (state, since) = (status.state.as_str(), status.since);
    let changed = ConnectionChanged {
        blind_from: status.blind_from,
        retry_at: status.retry_at(),
        repair_url: messages::repair_url(ctx, &connection.id, status),
        ..changed(connection, (state, since), (status.reason(), status.say()))
    };
    let payload = json(CONNECTION_CHANGED, ctx.clock.now(), changed);
    tell(ctx, tx, connection, (CONNECTION_CHANGED, &payload)).await
}

/// Tells that a connection is no more: the last that is told of it.
pub(crate) async fn tell_disconnected(
    ctx: &Context,
    tx: &mut Tx,
    connection: &Connection,
) -> Result<(), StoreError> {
    let now = ctx.clock.now();
    let changed = changed(connection, (DISCONNECTED, now), (None, Some(DISCONNECTED_SAY)));
    let payload = json(CONNECTION_CHANGED, now, changed);
    tell(ctx, tx, connection, (CONNECTION_CHANGED, &payload)).await
}

fn changed<'a>(
    connection: &'a Connection,
    (state, since): (&'a str, Timestamp),
    (reason, say): (Option<&'a str>, Option<&'a str>),
) -> ConnectionChanged<'a> {
    ConnectionChanged {
        account: connection.account.as_str(),
        user: user(connection),
        connection: connection.id.as_str(),
        integration: connection.integration.as_str(),
        state,
        reason,
        say,
        since,
        blind_from: None,
        retry_at: None,
        repair_url: None,
    }
}

/// Tells that a pull changed events of a calendar.
pub(crate) async fn tell_calendar(
    ctx: &Context,
    tx: &mut Tx,
    pull: &Pull<'_>,
) -> Result<(), StoreError> {
    let (connection, now) = (&pull.connection, ctx.clock.now());
    let changed = CalendarChanged {
        account: connection.account.as_str(),
        user: user(connection),
        connection: connection.id.as_str(),
        calendar: pull.calendar.id.as_str(),
        changed: pull.tally.changed,
        removed: pull.tally.removed,
    };
    let payload = json(CALENDAR_CHANGED, now, changed);
    tell(ctx, tx, connection, (CALENDAR_CHANGED, &payload)).await
}

async fn tell(
    ctx: &Context,
    tx: &mut Tx,
    about: &Connection,
    (kind, payload): (&str, &str),
) -> Result<(), StoreError> {
    let new = NewDelivery { kind, connection: Some(&about.id), payload };
    webhooks::tell(tx, &about.account, &new, ctx.clock.now(), ctx.dice.as_ref()).await
}

/// Tells one webhook that somebody pressed Send test.
pub async fn tell_test(
    ctx: &Context,
    tx: &mut Tx,
    webhook: &Webhook,
) -> Result<connection::DeliveryId, StoreError> {
    let now = ctx.clock.now();
    let test = Test { account: webhook.account.as_str(), webhook: webhook.id.as_str() };
    let payload = json(TEST, now, test);
    let new = NewDelivery { kind: TEST, connection: None, payload: &payload };
    webhooks::put(tx, &webhook.id, &new, now, ctx.dice.as_ref()).await
}
