//! What is done at the doors, told to the audit log in the transaction of the act itself.

use connection::{AccountId, UserId};
use store::audit::{self, Act, Actor};
use store::{StoreError, Tx};
use sync::Context;

/// Who acts, in which account.
pub type Who<'w> = (&'w AccountId, Actor<'w>);

/// What was done.
#[derive(Default)]
pub struct Did<'d> {
    /// Its code.
    pub act: &'d str,
    /// Whose thing it was.
    pub for_user: Option<&'d UserId>,
    /// The id and the name of what was acted on.
    pub subject: Option<(&'d str, &'d str)>,
    /// What changed, without secrets.
    pub say: Option<&'d str>,
}

/// Writes it down.
pub async fn record(
    ctx: &Context,
    tx: &mut Tx,
    (account, by): Who<'_>,
    did: Did<'_>,
) -> Result<(), StoreError> {
    let for_user = did.for_user.filter(|user| by != Actor::User(user));
    let Did { act, subject, say, .. } = did;
    let act = Act { account, by, act, for_user, subject, say };
    audit::record(tx, &act, ctx.clock.now(), ctx.dice.as_ref()).await
}
