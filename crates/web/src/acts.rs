//! What people do in the pages, told to the audit log in the transaction of the act itself; and as
//! whom somebody who is signed in acts and looks.

use connection::{AccountId, UserId};
use door::details::Gate;
use store::audit::{self, Act, Actor};
use store::people::User;
use store::{StoreError, Tx};
use sync::{By, Context};

use crate::session::SignedIn;

/// Who acts, in which account.
pub(crate) type Who<'w> = (&'w AccountId, Actor<'w>);

/// What was done.
#[derive(Default)]
pub(crate) struct Did<'d> {
    /// Its code.
    pub(crate) act: &'d str,
    /// Whose thing it was.
    pub(crate) for_user: Option<&'d UserId>,
    /// The id and the name of what was acted on.
    pub(crate) subject: Option<(&'d str, &'d str)>,
    /// What changed, without secrets.
    pub(crate) say: Option<&'d str>,
}

/// Writes it down.
pub(crate) async fn record(
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

impl SignedIn {
    /// As who acts.
    pub(crate) fn by(&self) -> By {
        let of = self.user.id.clone();
        self.invited_by.clone().map_or(By::User(of.clone()), |by| By::Link { by, of })
    }

    /// The same, as the audit log takes it.
    pub(crate) fn acts(&self) -> Who<'_> {
        let of = &self.user.id;
        let by = self.invited_by.as_ref().map_or(Actor::User(of), |by| Actor::Link { by, of });
        (&self.account.id, by)
    }

    /// What they see of the events of somebody's calendars.
    pub(crate) fn gate(&self, holder: &User) -> Gate {
        Gate::of_person((&self.user.id, self.connects_only), holder)
    }
}
