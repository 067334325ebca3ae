//! Who holds a connection: one person, or the business as a whole.

use crate::{AccountId, UserId};

/// The User or Account that holds a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A person: calendars, video conferencing.
    User(UserId),
    /// The business: Google Organic Booking, Local Services Ads.
    Account(AccountId),
}

impl Owner {
    /// The person, where one holds it.
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::Account(_) => None,
        }
    }
}
