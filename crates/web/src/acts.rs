//! As whom somebody who is signed in acts and looks.

use door::details::Gate;
use store::audit::Actor;
use store::people::User;
use sync::By;

use crate::session::SignedIn;

pub(crate) use door::acts::{Did, Who, record};

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
