//! Refusals, and when they prove that a credential is dead. What the issuer of tokens says of a
//! grant proves it at once; a refused password or token only when it is refused again a while
//! later, with nothing read there in between. What is proven blocks nothing: it is asked again now
//! and then, and the next success takes it back.

use connection::{Access, Attention, Connection, SignedOutWhy};
use jiff::{SignedDuration, Timestamp};
use store::jobs::Job;
use store::{StoreError, Tx, connections};

use crate::pull::Cause;
use crate::{Context, access, discover, run};

/// Two refusals prove something when they lie so far apart.
const APART: SignedDuration = SignedDuration::from_secs(30);
/// A credential that was proven dead is tried again this long after it was last refused: seldom
/// enough that no server takes it for someone who guesses passwords.
const AGAIN: SignedDuration = SignedDuration::from_hours(12);
/// What is said of a refusal that proves nothing yet.
pub(crate) const SLIP: &str = "Access was refused there. Servers in trouble refuse what is good, \
    too, so it is tried once more before anyone is asked for anything.";

/// What a refusal comes to.
pub(crate) enum Verdict {
    /// Another credential is in place by now: it says nothing.
    Overtaken,
    /// The credential is dead, as far as can be told, and a person is asked for; it is tried again
    /// then.
    Proven { again_at: Timestamp },
    /// It may be a slip; the next refusal proves it, if it comes not before then.
    Doubtful { again_at: Timestamp },
}

/// Weighs a refusal of `access` that came just now, and remembers it.
pub(crate) async fn refused(
    ctx: &Context,
    tx: &mut Tx,
    (connection, access): (&Connection, &Access),
    why: SignedOutWhy,
) -> Result<Verdict, StoreError> {
    let (id, now) = (&connection.id, ctx.clock.now());
    if !access::is_current(tx, id, access).await? {
        return Ok(Verdict::Overtaken);
    }
    let first = connections::load(tx, id).await?.and_then(|connection| connection.refused_at);
    let first = first.unwrap_or(now);
    let is_proven = !why.may_be_a_slip() || now.duration_since(first) >= APART;
    let refused_at = if is_proven { now } else { first.min(now) };
    connections::set_refused(tx, id, Some(refused_at)).await?;
    if !is_proven {
        return Ok(Verdict::Doubtful { again_at: later(refused_at, APART) });
    }
    let say = run::mend(ctx, connection, why);
    ask_for_attention(ctx, tx, connection, (why.reason(), say)).await?;
    Ok(Verdict::Proven { again_at: later(now, AGAIN) })
}

/// Asks for a person, who is told from the first time on.
async fn ask_for_attention(
    ctx: &Context,
    tx: &mut Tx,
    connection: &Connection,
    (reason, say): (&str, String),
) -> Result<(), StoreError> {
    let asks = connections::load(tx, &connection.id).await?.and_then(|it| it.attention);
    if asks.is_some() {
        return Ok(());
    }
    let attention = Attention { reason: reason.to_owned(), say, since: ctx.clock.now() };
    connections::set_attention(tx, &connection.id, Some(&attention)).await
}

/// Until when a connection that asks for a person is left alone; `None` where it may be pulled.
/// Who looks whether it is well again waits for nothing.
pub(crate) fn waits_until(connection: &Connection, job: &Job, now: Timestamp) -> Option<Timestamp> {
    let asked_at = connection.attention.as_ref()?.since;
    let again_at = later(connection.refused_at.unwrap_or(asked_at), AGAIN);
    (again_at > now && job.cause != Cause::Probe.as_str()).then_some(again_at)
}

/// What began after a refusal has succeeded with `access`: whoever refused took it back. What
/// stopped because of it goes on.
pub(crate) async fn recover(
    ctx: &Context,
    tx: &mut Tx,
    connection: &Connection,
    access: &Access,
) -> Result<(), StoreError> {
    let id = &connection.id;
    let was_refused = connection.refused_at.is_some() || connection.attention.is_some();
    if !was_refused || !access::is_current(tx, id, access).await? {
        return Ok(());
    }
    connections::set_refused(tx, id, None).await?;
    let asks = connections::load(tx, id).await?.and_then(|connection| connection.attention);
    if asks.is_none() {
        return Ok(());
    }
    connections::set_attention(tx, id, None).await?;
    discover::ask_all(ctx, tx, id, Cause::Timer).await?;
    discover::ask_listing(ctx, tx, id, ctx.clock.now()).await
}

fn later(at: Timestamp, wait: SignedDuration) -> Timestamp {
    at.checked_add(wait).unwrap_or(Timestamp::MAX)
}
