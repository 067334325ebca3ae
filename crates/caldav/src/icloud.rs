//! Signing in to iCloud: Apple's server with an app-specific password, which is recognised by its
//! form before Apple is asked.

use async_trait::async_trait;
use connection::{
    CheckName, Credential, Examined, FailureCode, Kinship, PasswordSignIn, ProviderError, Refusal,
    Secret, SignInForm, Witness,
};
use jiff::Timestamp;
use url::Url;

use crate::address::Candidates;
use crate::examine::{Who, examine, name_and_password};
use crate::line::{Homes, Line, Manners};
use crate::{discover, refusal};

/// Where discovery begins at Apple.
const ADDRESS: &str = "https://caldav.icloud.com/";
/// Apple moves accounts between hosts of these domains.
pub(crate) const ALIASES: &[&str] = &["icloud.com", "icloud.com.cn"];
const LETTERS: usize = 16;

/// iCloud, or whatever the operator put in its place.
pub(crate) struct ICloud(pub(crate) Manners);

#[async_trait]
impl PasswordSignIn for ICloud {
    async fn examine(
        &self,
        form: &SignInForm,
        now: Timestamp,
        witness: &dyn Witness,
    ) -> Result<Examined, Refusal> {
        let (username, typed) = name_and_password(form)?;
        if !is_apple_account(&username) {
            let say = "Enter the e-mail address or the phone number of the Apple Account.";
            return Err(refusal::about("username", FailureCode::FieldInvalid, say));
        }
        let Some(password) = app_password(typed.reveal()) else {
            return Err(witness.fail(CheckName::SignedIn, ordinary_password()));
        };
        let candidates = self.candidates()?;
        let who = Who { username: &username, password: &password, candidates: &candidates };
        let mut examined = examine(&self.0, who, now, witness).await.map_err(in_apples_words)?;
        examined.principal.id = principal_id(&examined.principal.id);
        Ok(examined)
    }

    fn kinship(&self, _: &Credential, _: &Credential) -> Kinship {
        Kinship::STRANGERS
    }

    /// Quirk caldav-18: Apple moves accounts between its hosts, and forgets where they were.
    async fn moved(&self, held: &Credential) -> Result<Option<Credential>, ProviderError> {
        let Credential::Password { base, username, password } = held else { return Ok(None) };
        let line = self.0.line(username, password).within(discover::LIMITS);
        let homes = self.homes(&line).await.map_err(|refusal| {
            let say = format!("Its calendars are not where they were. {}", refusal.say);
            ProviderError::Unavailable { say }
        })?;
        let (username, password) = (username.clone(), password.clone());
        let moved = Credential::Password { base: homes.to_text(), username, password };
        Ok((homes.to_text() != *base).then_some(moved))
    }
}

impl ICloud {
    /// Where the calendars are now.
    async fn homes(&self, line: &Line) -> Result<Homes, Refusal> {
        let server = discover::find(line, &self.candidates()?).await?;
        Ok(Homes::new(discover::home(line, &server).await?.homes))
    }

    fn candidates(&self) -> Result<Candidates, Refusal> {
        let base = match &self.0.vouched {
            Some(base) => base.clone(),
            None => Url::parse(ADDRESS).map_err(|_| refusal::not_a_server(ADDRESS))?,
        };
        let host = base.host_str().unwrap_or_default().to_owned();
        let well_known = base.join("/.well-known/caldav").ok();
        Ok(Candidates { host, urls: std::iter::once(base).chain(well_known).collect() })
    }
}

/// An e-mail address or a phone number.
fn is_apple_account(username: &str) -> bool {
    let digits = username.chars().filter(char::is_ascii_digit).count();
    username.contains('@') || (digits >= 8 && !username.contains(char::is_alphabetic))
}

/// The password in Apple's own spelling, `xxxx-xxxx-xxxx-xxxx`, if it has the form of an
/// app-specific one: 16 letters, with whatever blanks and dashes were copied along.
fn app_password(typed: &str) -> Option<Secret> {
    let is_filler = |c: &char| c.is_whitespace() || matches!(c, '-' | '‐' | '‑' | '–' | '—');
    let letters: String = typed.chars().filter(|c| !is_filler(c)).collect();
    if letters.len() != LETTERS || !letters.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let lower = letters.to_ascii_lowercase();
    let groups = [&lower[..4], &lower[4..8], &lower[8..12], &lower[12..]];
    Some(Secret::new(groups.join("-")))
}

fn ordinary_password() -> Refusal {
    refusal::about(
        "password",
        FailureCode::AppPasswordNeeded,
        "This looks like the Apple Account's own password. Make an app-specific one at \
         account.apple.com under Sign-In and Security; it has 16 letters, like \
         abcd-efgh-ijkl-mnop. Apple was not asked.",
    )
}

fn in_apples_words(refusal: Refusal) -> Refusal {
    if refusal.code != FailureCode::PasswordRefused {
        return refusal;
    }
    refusal::about(
        "password",
        FailureCode::PasswordRefused,
        "Apple refused the Apple Account or the app-specific password. Changing the Apple \
         Account's own password withdraws all app-specific ones: make a new one at \
         account.apple.com.",
    )
}

/// The number that Apple gives an account, whatever host it lives on today.
fn principal_id(found: &str) -> String {
    let mut parts = found.split('/').skip(1);
    match parts.find(|part| part.len() > 2 && part.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(number) => format!("icloud:{number}"),
        None => found.replacen("caldav:", "icloud:", 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_specific_password_is_known_by_its_form() {
        let spelled = |typed: &str| app_password(typed).map(|secret| secret.reveal().to_owned());
        for typed in [
            "abcd-efgh-ijkl-mnop",
            " abcdefghijklmnop ",
            "abcd efgh ijkl mnop",
            "ABCD‑EFGH‑IJKL‑MNOP",
            "ab-cdefghijkl-mn op",
        ] {
            assert_eq!(spelled(typed).as_deref(), Some("abcd-efgh-ijkl-mnop"), "{typed}");
        }
        for typed in [
            "hunter2",
            "abcd-efgh-ijkl-mno",
            "abcd-efgh-ijkl-mnopq",
            "abcd-efgh-ijkl-mn0p",
            "äbcdefghijklmno",
            "correct horse battery",
            "",
        ] {
            assert_eq!(spelled(typed), None, "{typed}");
        }
    }

    #[test]
    fn the_same_account_is_known_on_every_host() {
        assert_eq!(
            principal_id("caldav:p42-caldav.icloud.com/1234567/principal"),
            "icloud:1234567"
        );
        assert_eq!(principal_id("caldav:caldav.icloud.com/1234567/principal"), "icloud:1234567");
        assert_eq!(
            principal_id("caldav:h.example/alice/principal"),
            "icloud:h.example/alice/principal"
        );
    }
}
