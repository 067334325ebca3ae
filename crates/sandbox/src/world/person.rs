//! A person with an account at the CalDAV server: names and passwords.

use crate::manners::Manners;

#[derive(Debug, Clone)]
pub(crate) struct AppPassword {
    pub(crate) secret: String,
    pub(crate) revoked: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) username: String,
    pub(crate) name: String,
    /// The password of the account itself, which CalDAV refuses.
    pub(crate) account_password: String,
    pub(crate) app_passwords: Vec<AppPassword>,
    /// The number that Apple gives to an account.
    pub(crate) dsid: u64,
    pub(crate) partition: u16,
    /// Further addresses; the user name is the preferred one.
    pub(crate) addresses: Vec<String>,
    pub(crate) manners: Option<Manners>,
    pub(crate) wrong_passwords: u32,
}

impl Person {
    pub(crate) fn password_opens(&self, password: &str) -> bool {
        self.app_passwords.iter().any(|known| !known.revoked && known.secret == password)
    }

    /// The password to hand out: the newest that is not revoked.
    pub(crate) fn app_password(&self) -> Option<&str> {
        self.app_passwords
            .iter()
            .rev()
            .find(|known| !known.revoked)
            .map(|known| known.secret.as_str())
    }
}
