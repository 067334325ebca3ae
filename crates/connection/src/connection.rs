//! One authorised link to one principal at a provider.

use jiff::Timestamp;

use crate::{AccountId, Attention, Check, ConnectionId, IntegrationKind, Owner, Principal};

/// A connection, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Our name for it.
    pub id: ConnectionId,
    /// The tenant it belongs to.
    pub account: AccountId,
    /// Who holds it.
    pub owner: Owner,
    /// What kind of thing is connected.
    pub integration: IntegrationKind,
    /// Who we are at the far side.
    pub principal: Principal,
    /// The lines of the latest examination that it passed.
    pub checks: Vec<Check>,
    /// What the provider granted, in its own spelling; empty without OAuth.
    pub scopes: Vec<String>,
    /// What a person must mend, since when.
    pub attention: Option<Attention>,
    /// When the far side refused the credential, where nothing was read since. Alone it proves
    /// nothing.
    pub refused_at: Option<Timestamp>,
    /// Since when a person has paused it.
    pub paused_at: Option<Timestamp>,
    /// The far side asked to be left alone until then.
    pub throttled_until: Option<Timestamp>,
    /// When anything was last read or written there without failure.
    pub last_success_at: Option<Timestamp>,
    /// When an event was last seen to change.
    pub last_change_at: Option<Timestamp>,
    /// When a person last mended it.
    pub repaired_at: Option<Timestamp>,
    /// How many accounts it has held before this one: what was begun with one of them must not end
    /// with the next.
    pub era: i64,
    /// When it was connected.
    pub created_at: Timestamp,
}

impl Connection {
    /// Is it read at all: neither paused, nor waiting for its owner?
    pub fn is_looked_after(&self) -> bool {
        self.attention.is_none() && self.paused_at.is_none()
    }

    /// Until when its far side asked us to wait, while it is read at all.
    pub fn waits_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.throttled_until.filter(|until| self.is_looked_after() && *until > now)
    }
}
