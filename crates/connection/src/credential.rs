//! Secrets that do not print, and what one call to a provider needs of them.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

/// A secret text. It has no `Display`, its `Debug` shows nothing, and its memory is wiped.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text itself: for the one place that sends or seals it.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

/// What a connection keeps, sealed, to sign in again.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A user name and password at a CalDAV server; `base` is the address that discovery settled
    /// on (the calendar home, on its partition host).
    Password {
        /// The calendar home, as the server spells it.
        base: String,
        /// As the person typed it, trimmed.
        username: String,
        /// The password or app-specific password.
        password: Secret,
    },
    /// The secret address of a feed: whoever has it can read.
    Address {
        /// The http or https address, with whatever credentials it carries.
        address: Secret,
    },
    /// The text of a calendar file that a person uploaded; it has no far side.
    File {
        /// The iCalendar text.
        text: Secret,
        /// What the file was called.
        name: Option<String>,
    },
    /// What signing in at the provider's own page brought.
    Tokens(Tokens),
}

impl Credential {
    /// Is it by the same lasting secret? Access tokens come and go.
    pub fn has_secret_of(&self, other: &Self) -> bool {
        self.lasting().reveal() == other.lasting().reveal()
    }

    fn lasting(&self) -> &Secret {
        match self {
            Self::Password { password: secret, .. }
            | Self::Address { address: secret }
            | Self::File { text: secret, .. }
            | Self::Tokens(Tokens { refresh: secret, .. }) => secret,
        }
    }
}

/// The tokens of one grant (RFC 6749 §1.4, §1.5).
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Whose they are: the principal's id at the far side, by which calls are paced.
    pub account: String,
    /// Good for calls until `expires_at`.
    pub access: Secret,
    /// When `access` ends, by our clock.
    pub expires_at: Timestamp,
    /// Brings the next access token; the far side may give a new one each time.
    pub refresh: Secret,
    /// What was granted, in the provider's spelling (RFC 6749 §3.3).
    pub scopes: Vec<String>,
    /// When the grant itself ends, where the far side says so.
    pub ends_at: Option<Timestamp>,
}

/// What one call needs: a credential that is ready to use. Of [`Credential::Tokens`], one whose
/// access token is fresh.
#[derive(Debug, Clone)]
pub struct Access {
    credential: Credential,
}

impl Access {
    /// Access by a credential that needs no refreshing.
    pub fn new(credential: Credential) -> Self {
        Self { credential }
    }

    /// The credential behind it.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The access token, where the credential is one of OAuth.
    pub fn bearer(&self) -> Option<&Secret> {
        match &self.credential {
            Credential::Tokens(tokens) => Some(&tokens.access),
            Credential::Password { .. } | Credential::Address { .. } | Credential::File { .. } => {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_never_prints_its_secret() {
        let credential = Credential::Password {
            base: "https://dav.example/".into(),
            username: "dana".into(),
            password: Secret::new("abcd-efgh"),
        };
        assert!(!format!("{credential:?}").contains("abcd"));
        let feed = Credential::Address { address: Secret::new("https://h.example/private-1") };
        assert!(!format!("{feed:?}").contains("private-1"));
    }
}
