//! Whose connections a page is about: one's own, or, for an administrator, a colleague's. Nobody
//! else's is there.

use connection::UserId;
use maud::{Markup, html};
use store::Tx;
use store::people::{self, Role, User};
use sync::choices;

use crate::error::Fault;
use crate::session::SignedIn;

/// Whose connections are asked for, as the address says it.
#[derive(Debug, Default, Clone, serde::Deserialize)]
pub(crate) struct Whose {
    user: Option<String>,
}

impl Whose {
    /// Of the user of that id.
    pub(crate) fn of(user: Option<String>) -> Self {
        Self { user }
    }
}

/// The person whose connections are looked at.
pub(crate) struct Staff {
    pub(crate) of: User,
    pub(crate) is_own: bool,
    /// Who can be chosen: everybody, for an administrator.
    people: Vec<User>,
}

impl Staff {
    /// Whoever asks, where nobody is named.
    pub(crate) async fn load(tx: &mut Tx, who: &SignedIn, whose: &Whose) -> Result<Self, Fault> {
        let named = whose.user.as_deref().filter(|user| !user.is_empty());
        let of = match named {
            None => who.user.clone(),
            Some(id) => holder(tx, who, &id.parse().map_err(|_| Fault::NotFound)?).await?,
        };
        let people =
            if is_admin(who) { people::users(tx, &who.account.id).await? } else { Vec::new() };
        Ok(Self { is_own: of.id == who.user.id, of, people })
    }

    /// An address that stays with this person.
    pub(crate) fn href(&self, path: &str) -> String {
        if self.is_own { path.to_owned() } else { format!("{path}?user={}", self.of.id) }
    }

    /// The same, with what they choose kept to this transaction until it ends.
    pub(crate) async fn hold(tx: &mut Tx, who: &SignedIn, whose: &Whose) -> Result<Self, Fault> {
        let loaded = Self::load(tx, who, whose).await?;
        let of = choices::hold(tx, &loaded.of.id).await?.ok_or(Fault::NotFound)?;
        Ok(Self { of, ..loaded })
    }

    /// Where there is a choice, the form that makes it.
    pub(crate) fn choice(&self, who: &SignedIn, action: &str) -> Markup {
        html! {
            @if self.people.len() > 1 {
                form .staff method="get" action=(action) {
                    label for="staff" .small.soft { "Staff" }
                    select .select #staff name="user" {
                        @for person in &self.people {
                            option value=(person.id) selected[person.id == self.of.id] {
                                (person.name) @if person.id == who.user.id { " (you)" }
                            }
                        }
                    }
                    button .button type="submit" { "Show" }
                }
            }
        }
    }

    /// What an administrator can do for a colleague, and what only they can.
    pub(crate) fn note(&self) -> Markup {
        html! {
            @if !self.is_own {
                p .notice {
                    "These are the connections of " b { (self.of.name) } ". You can change what is \
                     chosen, pause and disconnect. Only " (self.of.name) " can sign in"
                    @if self.of.settings.private_mode {
                        ", and only they see what their events are about."
                    } @else {
                        ". They have turned private mode off, so you see what their events are \
                         about, except of those marked private."
                    }
                }
            }
        }
    }
}

/// Administrators look after everyone's connections.
pub(crate) fn is_admin(who: &SignedIn) -> bool {
    who.user.role == Role::Admin && !who.connects_only
}

/// The holder of something, where it is whoever asks, or a colleague of an administrator who asks.
pub(crate) async fn holder(tx: &mut Tx, who: &SignedIn, id: &UserId) -> Result<User, Fault> {
    if *id == who.user.id {
        return Ok(who.user.clone());
    }
    let found = people::user(tx, id).await?;
    let is_colleague = |user: &User| is_admin(who) && user.account == who.account.id;
    found.filter(is_colleague).ok_or(Fault::NotFound)
}
