//! One message on its way to the mail server: tried for three days, and not at all where what it
//! tells is no longer so. The network is called with no transaction open.

use connection::MessageId;
use jiff::{SignedDuration, Timestamp};
use outbound::mail::{Letter, MailError};
use store::jobs::Job;
use store::messages::{self, Message, MessageKind};
use store::people::{self, User};
use store::{StoreError, Tx};

use super::{PAGE, Post, digest, foretell, text};
use crate::{Context, Outcome, run};

/// The kind of job that sends one message.
pub(crate) const JOB: &str = "send_message";
/// It is tried for so long.
const TRIED: SignedDuration = SignedDuration::from_hours(72);
/// The first wait after a failure; doubled for each further one.
const WAIT_FIRST_S: i64 = 60;
/// The longest wait.
const WAIT_MAX_S: i64 = 4 * 3_600;

/// How whoever was invited to connect calendars gets in; they cannot sign in, nor mute anything.
const LET_IN: &str = "
That opens in the browser in which you connected your calendars; you need no password. If it asks \
you to sign in, ask whoever sent you the invitation for a new link: under People, “Make a link”.
";

/// Sends one message.
pub(crate) async fn handle(ctx: Context, job: Job) -> Outcome {
    let Ok(id) = job.subject.parse() else { return Outcome::Done };
    match send(&ctx, &id, job.attempt).await {
        Ok(outcome) => outcome,
        Err(failure) => run::store_failed(&ctx, &job, &failure),
    }
}

async fn send(ctx: &Context, id: &MessageId, attempt: i64) -> Result<Outcome, StoreError> {
    let Some((message, reader)) = ready(ctx, id).await? else { return Ok(Outcome::Done) };
    let Some(post) = &ctx.post else {
        let mut tx = ctx.db.begin().await?;
        messages::record_kept(&mut tx, id).await?;
        tx.commit().await?;
        return Ok(Outcome::Done);
    };
    let sent = deliver(post, &message, &reader).await;
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin().await?;
    let outcome = match sent {
        Ok(()) => {
            messages::record_sent(&mut tx, id, now).await?;
            Outcome::Done
        }
        Err(failure) => {
            tracing::warn!(message.id = %id, %failure, "a message could not be sent");
            messages::record_failure(&mut tx, id, failure.code()).await?;
            let at = run::after(ctx, wait_s(attempt));
            if at > tried_until(&message) {
                messages::stop(&mut tx, id, now).await?;
                Outcome::Done
            } else {
                Outcome::Retry { at, failure: failure.code().into() }
            }
        }
    };
    tx.commit().await?;
    Ok(outcome)
}

fn wait_s(attempt: i64) -> i64 {
    let doublings = u32::try_from(attempt.clamp(1, 17) - 1).unwrap_or(16);
    (WAIT_FIRST_S << doublings).min(WAIT_MAX_S)
}

fn tried_until(message: &Message) -> Timestamp {
    message.new.created_at.checked_add(TRIED).unwrap_or(Timestamp::MAX)
}

/// To whom a message goes.
struct Reader {
    user: User,
    /// Invited to connect calendars: the rest of Daymark is shut to them, and most have no
    /// password.
    connects_only: bool,
}

/// The message and to whom, where it is still to be sent; what is no longer so is stopped.
async fn ready(ctx: &Context, id: &MessageId) -> Result<Option<(Message, Reader)>, StoreError> {
    let mut tx = ctx.db.read().await?;
    let Some(message) = messages::load(&mut tx, id).await? else { return Ok(None) };
    if message.sent_at.is_some() || message.stopped_at.is_some() {
        return Ok(None);
    }
    let user = people::user(&mut tx, &message.new.user).await?;
    let is_so = is_so(&mut tx, &message, ctx.clock.now()).await?;
    if let Some(user) = user.filter(|_| is_so) {
        let connects_only = people::belonging(&mut tx, &user.id).await?.connects_only;
        return Ok(Some((message, Reader { user, connects_only })));
    }
    drop(tx);
    let mut tx = ctx.db.begin().await?;
    messages::stop(&mut tx, id, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(None)
}

/// Is what it tells still so, and still wanted?
async fn is_so(tx: &mut Tx, message: &Message, now: Timestamp) -> Result<bool, StoreError> {
    let new = &message.new;
    let connection = new.connection.as_ref();
    if let Some(id) = connection.filter(|_| new.kind != MessageKind::Attention)
        && messages::is_muted(tx, &new.user, id).await?
    {
        return Ok(false);
    }
    match (new.kind, connection) {
        (MessageKind::Digest, _) => digest::is_needed(tx, &new.user).await,
        (MessageKind::Moved, _) => Ok(new.to_email.is_some()),
        (MessageKind::Foretold, _) => foretell::is_so(tx, connection, (new.about_at, now)).await,
        (_, Some(id)) => Ok(messages::broken_at(tx, id).await? == Some(new.about_at)),
        (_, None) => Ok(false),
    }
}

async fn deliver(post: &Post, message: &Message, reader: &Reader) -> Result<(), MailError> {
    let (new, user) = (&message.new, &reader.user);
    let text = letter(post, message, reader.connects_only);
    let letter = Letter {
        id: new.id.as_str(),
        to: (&user.name, new.to_email.as_ref().unwrap_or(&user.email)),
        subject: &new.subject,
        text: &text,
        written_at: new.created_at,
    };
    post.server.send(&letter).await
}

/// The message with its links, which begin with the address that this process has now.
fn letter(post: &Post, message: &Message, connects_only: bool) -> String {
    let (new, address) = (&message.new, &post.address);
    let press = match new.kind {
        MessageKind::AdminNotice => text::press_of(&new.href),
        MessageKind::Foretold if new.reason == foretell::CERTIFICATE => "Its page",
        MessageKind::Foretold => "Renew",
        _ => text::FIX_THIS,
    };
    if new.kind == MessageKind::Moved {
        // Nothing of ours is for whoever reads there from now on.
        return format!("{}\n", new.body);
    }
    let mut text = format!("{}\n\n{press}: {address}{}\n", new.body, new.href);
    if connects_only {
        text.push_str(LET_IN);
        return text;
    }
    text.push_str(
        "\nIf you are not signed in to Daymark, you sign in first and come back there.\n",
    );
    if let Some(connection) = &new.connection {
        let mute = [address, PAGE, "/mute/", connection.as_str()].concat();
        text.extend(["\nNo more reminders of this connection: ", &mute, "\n"]);
    } else {
        text.extend(["\nAll messages, and which of them you want: ", address, PAGE, "\n"]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_four_hours_and_so_three_days_are_some_twenty_five_tries() {
        assert_eq!([wait_s(1), wait_s(2), wait_s(8), wait_s(99)], [60, 120, 7_680, 14_400]);
        let until = TRIED.as_secs();
        let (mut at, mut tries) = (0, 0);
        while at <= until {
            tries += 1;
            at += wait_s(tries);
        }
        assert_eq!(tries, 25);
    }
}
