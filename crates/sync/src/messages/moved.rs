//! An e-mail address was changed: the one of before is told, for it may not have been its owner.

use connection::MessageId;
use store::messages::{MessageKind, NewMessage};
use store::people::User;
use store::{StoreError, Tx};

use super::keep;
use crate::Context;

const SUBJECT: &str = "Your e-mail address in Daymark was changed";
const TEXT: &str = "The e-mail address with which you sign in to Daymark was changed. This is the \
                    last message to this address.\n\nIf that was not you, tell an administrator \
                    of your business at once: under People they see the address of now, and can \
                    sign you out everywhere.";
/// Where an address is changed.
const HREF: &str = "/settings/profile";

/// Tells the address of before, that of the user as they were: by mail, where there is a mail
/// server, with the change itself. Says which message it is.
pub async fn tell_old_address(
    ctx: &Context,
    tx: &mut Tx,
    was: &User,
) -> Result<MessageId, StoreError> {
    let now = ctx.clock.now();
    let new = NewMessage {
        id: MessageId::new(now, ctx.dice.as_ref()),
        account: was.account.clone(),
        user: was.id.clone(),
        connection: None,
        kind: MessageKind::Moved,
        about_at: now,
        day: 0,
        reason: String::new(),
        asks: Vec::new(),
        subject: SUBJECT.to_owned(),
        body: TEXT.to_owned(),
        href: HREF.to_owned(),
        to_email: Some(was.email.clone()),
        created_at: now,
    };
    keep(ctx, tx, &new).await?;
    Ok(new.id)
}
