//! An e-mail address was changed: the one of before is told, for it may not have been its owner.

use connection::MessageId;
use outbound::mail::Letter;

use crate::Context;

const SUBJECT: &str = "Your e-mail address in Daymark was changed";
const TEXT: &str = "The e-mail address with which you sign in to Daymark was changed. This is the \
                    last message to this address.\n\nIf that was not you, tell an administrator \
                    of your business at once: they can sign you out everywhere.\n";

/// Tells the address of before, by mail, where there is a mail server. It is tried once: nothing of
/// the old address is kept.
pub fn tell_old_address(ctx: &Context, name: &str, email: &str) {
    let Some(post) = ctx.post.clone() else { return };
    let now = ctx.clock.now();
    let id = MessageId::new(now, ctx.dice.as_ref());
    let (name, email) = (name.to_owned(), email.to_owned());
    ctx.tasks.spawn(async move {
        let to = (name.as_str(), email.as_str());
        let letter = Letter { id: id.as_str(), to, subject: SUBJECT, text: TEXT, written_at: now };
        if let Err(failure) = post.server.send(&letter).await {
            tracing::warn!(%failure, "an address of before was not told of the change");
        }
    });
}
