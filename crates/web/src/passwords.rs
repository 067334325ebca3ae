//! Passwords: hashed with Argon2id, a few at a time, because each takes much memory and time.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Hashes that are computed at the same time, in this process.
static GATE: Semaphore = Semaphore::const_new(2);

/// Fewest characters of a password.
pub(crate) const LENGTH_MIN: usize = 10;
/// Most characters of a password.
pub(crate) const LENGTH_MAX: usize = 200;

/// What is held against a guess where there is no user: so that the answer takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                      9uExGHQkHpgrTTqRoqPZ8nyWDCB6nOKPKSmNYdLCYvA";

/// The process is stopping, or out of memory: the password could not be looked at.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct Unhashed;

/// The hash of a new password, as it is stored.
pub async fn hash_password(password: &str) -> Result<String, Unhashed> {
    let password = password.to_owned();
    in_turn(move || {
        let hash: Result<PasswordHash, _> = Argon2::default().hash_password(password.as_bytes());
        hash.map(|hash| hash.to_string()).map_err(|_| Unhashed)
    })
    .await?
}

/// Does the password fit the stored hash? Without a hash it never does, and takes as long.
pub(crate) async fn fits(password: &str, hash: Option<&str>) -> Result<bool, Unhashed> {
    let (password, known) = (password.to_owned(), hash.is_some());
    let hash = hash.unwrap_or(NOBODY).to_owned();
    in_turn(move || {
        let hash = PasswordHash::new(&hash).map_err(|_| Unhashed)?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && known)
    })
    .await?
}

/// What is wrong with a new password, in a sentence.
pub(crate) fn complaint(password: &str) -> Option<String> {
    let length = password.chars().count();
    if length < LENGTH_MIN {
        return Some(format!(
            "Use at least {LENGTH_MIN} characters. A few words in a row are easy to remember."
        ));
    }
    if length > LENGTH_MAX {
        return Some(format!("Use at most {LENGTH_MAX} characters."));
    }
    let first = password.chars().next();
    password
        .chars()
        .all(|c| Some(c) == first)
        .then(|| "This is one character over and over. Choose something harder to guess.".into())
}

async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Unhashed> {
    let _turn = GATE.acquire().await.map_err(|_| Unhashed)?;
    spawn_blocking(work).await.map_err(|_| Unhashed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_and_no_other() {
        let hash = hash_password("a-look-around").await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(fits("a-look-around", Some(&hash)).await.unwrap());
        assert!(!fits("a-look-aroume", Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_s_password_never_fits_and_is_looked_at_all_the_same() {
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert!(!fits("", None).await.unwrap());
    }

    #[test]
    fn short_and_dull_passwords_are_refused() {
        assert!(complaint("short").is_some_and(|say| say.contains("10")));
        assert!(complaint("aaaaaaaaaaaa").is_some());
        assert!(complaint(&"ab".repeat(101)).is_some_and(|say| say.contains("200")));
        assert_eq!(complaint("four words in a row"), None);
    }
}
