//! Who acts, and what they do to connections, as the audit log is told it: in the transaction of
//! the act itself.

use connection::{ApiKeyId, Calendar, Connection, UserId};
use store::audit::{self, Act, Actor};
use store::{StoreError, Tx, connections};

use crate::Context;

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// A person, in their own session.
    User(UserId),
    /// Whoever has a link that `by` made so that `of` connects their calendars.
    Link { by: UserId, of: UserId },
    /// A program, by its key.
    Key(ApiKeyId),
    /// Whoever runs the installation, by its commands.
    Operator,
}

impl By {
    /// As the audit log takes it.
    pub fn actor(&self) -> Actor<'_> {
        match self {
            Self::User(id) => Actor::User(id),
            Self::Link { by, of } => Actor::Link { by, of },
            Self::Key(id) => Actor::Key(id),
            Self::Operator => Actor::Operator,
        }
    }

    /// Whose thing it was, where it was not the actor's own.
    fn other<'o>(&self, owner: Option<&'o UserId>) -> Option<&'o UserId> {
        owner.filter(|owner| !matches!(self, Self::User(id) if id == *owner))
    }
}

/// Writes down what was done with a connection.
pub(crate) async fn record(
    ctx: &Context,
    tx: &mut Tx,
    by: &By,
    act: &str,
    connection: &Connection,
) -> Result<(), StoreError> {
    write(ctx, tx, by, (act, None), connection).await
}

/// The same, and what changed by it.
pub(crate) async fn record_with(
    ctx: &Context,
    tx: &mut Tx,
    by: &By,
    (act, say): (&str, &str),
    connection: &Connection,
) -> Result<(), StoreError> {
    write(ctx, tx, by, (act, Some(say)), connection).await
}

async fn write(
    ctx: &Context,
    tx: &mut Tx,
    by: &By,
    (act, say): (&str, Option<&str>),
    connection: &Connection,
) -> Result<(), StoreError> {
    let act = Act {
        account: &connection.account,
        by: by.actor(),
        act,
        for_user: by.other(connection.owner.user()),
        subject: Some((connection.id.as_str(), &connection.principal.name)),
        say,
    };
    audit::record(tx, &act, ctx.clock.now(), ctx.dice.as_ref()).await
}

/// Writes down what was done with a calendar.
pub(crate) async fn record_of_calendar(
    ctx: &Context,
    tx: &mut Tx,
    by: &By,
    act: &str,
    calendar: &Calendar,
) -> Result<(), StoreError> {
    let Some(connection) = connections::load(tx, &calendar.connection).await? else {
        return Ok(());
    };
    let say = format!("Of {}.", connection.principal.name);
    let act = Act {
        account: &connection.account,
        by: by.actor(),
        act,
        for_user: by.other(connection.owner.user()),
        subject: Some((calendar.id.as_str(), &calendar.name)),
        say: Some(&say),
    };
    audit::record(tx, &act, ctx.clock.now(), ctx.dice.as_ref()).await
}
