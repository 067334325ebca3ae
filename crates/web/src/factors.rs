//! The second step of signing in: what is shown to enrol, and whether what was typed is right.

use connection::UserId;
use door::totp;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use store::audit::{self, Act, Actor};
use store::factors::{self, Standing};
use store::people::User;
use store::{StoreError, Tx};

use crate::Web;

/// Recovery codes that are made at once.
pub(crate) const RECOVERY_CODES: usize = 10;
/// Random bytes of each.
const RECOVERY_LEN: usize = 10;
/// Characters of what may be typed as a code, with what people put between.
pub(crate) const TYPED_MAX: usize = 64;

/// With what a second step was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Factor {
    App,
    Recovery,
    Passkey,
}

impl Factor {
    /// As it stands in the audit log.
    pub(crate) fn say(self) -> &'static str {
        match self {
            Self::App => "an authenticator app",
            Self::Recovery => "a recovery code",
            Self::Passkey => "a passkey",
        }
    }
}

/// A new secret for an app, to be confirmed. False where the user has one already.
pub(crate) async fn begin_app(web: &Web, tx: &mut Tx, user: &UserId) -> Result<bool, StoreError> {
    let mut secret = [0; totp::SECRET_LEN];
    web.ctx.dice.fill(&mut secret);
    factors::begin_authenticator(tx, user, &secret, web.ctx.clock.now()).await
}

/// Is what was typed the first code of the app? Then it counts from now on.
pub(crate) async fn confirm_app(
    web: &Web,
    tx: &mut Tx,
    user: &User,
    typed: &str,
) -> Result<bool, StoreError> {
    let now = web.ctx.clock.now();
    let Some(app) = factors::authenticator(tx, &user.id).await? else { return Ok(false) };
    let Some(step) = totp::step_of(&plain(typed), &app.secret, app.last_step, now) else {
        return Ok(false);
    };
    if !factors::confirm_authenticator(tx, &user.id, step, now).await? {
        return Ok(false);
    }
    record(web, tx, user, "second_step.enrolled", Factor::App.say()).await?;
    Ok(true)
}

/// What was typed at the second step: a code of the app, or a recovery code. Whichever it is, it
/// is used up.
pub(crate) async fn take(
    web: &Web,
    tx: &mut Tx,
    user: &User,
    typed: &str,
) -> Result<Option<Factor>, StoreError> {
    let (now, typed) = (web.ctx.clock.now(), plain(typed));
    if typed.len() == totp::DIGITS {
        let taken = take_app(tx, &user.id, &typed, now).await?;
        return Ok(taken.then_some(Factor::App));
    }
    if !factors::use_recovery_code(tx, &user.id, &hash(&user.id, &typed), now).await? {
        return Ok(None);
    }
    let left = factors::standing(tx, &user.id).await?.recovery_left;
    record(web, tx, user, "second_step.code_used", &format!("{left} left")).await?;
    Ok(Some(Factor::Recovery))
}

async fn take_app(
    tx: &mut Tx,
    user: &UserId,
    typed: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let app = factors::authenticator(tx, user).await?;
    let Some(app) = app.filter(|app| app.confirmed_at.is_some()) else { return Ok(false) };
    let Some(step) = totp::step_of(typed, &app.secret, app.last_step, now) else {
        return Ok(false);
    };
    factors::take_step(tx, user, step).await
}

/// New recovery codes, in place of those of before. Only their hashes are kept.
pub(crate) async fn make_recovery_codes(
    web: &Web,
    tx: &mut Tx,
    user: &User,
) -> Result<Vec<String>, StoreError> {
    let codes: Vec<String> = (0..RECOVERY_CODES)
        .map(|_| {
            let mut chance = [0; RECOVERY_LEN];
            web.ctx.dice.fill(&mut chance);
            totp::base32(&chance).to_lowercase()
        })
        .collect();
    let hashes: Vec<_> = codes.iter().map(|code| hash(&user.id, code)).collect();
    factors::set_recovery_codes(tx, &user.id, &hashes).await?;
    record(web, tx, user, "second_step.codes_made", &format!("{RECOVERY_CODES} of them")).await?;
    Ok(codes)
}

/// The same for who has just set up a first factor; `None` where there are codes already.
pub(crate) async fn first_recovery_codes(
    web: &Web,
    tx: &mut Tx,
    user: &User,
) -> Result<Option<Vec<String>>, StoreError> {
    if factors::standing(tx, &user.id).await?.recovery_left > 0 {
        return Ok(None);
    }
    make_recovery_codes(web, tx, user).await.map(Some)
}

/// A factor was removed. With the last one the recovery codes go, for there is nothing left that
/// they could stand in for; where one is required, the person signs in anew, and sets one up.
pub(crate) async fn removed(
    web: &Web,
    tx: &mut Tx,
    user: &User,
    factor: Factor,
) -> Result<Standing, StoreError> {
    record(web, tx, user, "second_step.removed", factor.say()).await?;
    let standing = factors::standing(tx, &user.id).await?;
    if !standing.has_any() {
        factors::set_recovery_codes(tx, &user.id, &[]).await?;
        if standing.is_required {
            store::sessions::end_others(tx, &user.id, None).await?;
        }
    }
    Ok(standing)
}

/// Writes down what a person did to their own way of signing in.
pub(crate) async fn record(
    web: &Web,
    tx: &mut Tx,
    user: &User,
    act: &str,
    say: &str,
) -> Result<(), StoreError> {
    let act = Act {
        account: &user.account,
        by: Actor::User(&user.id),
        act,
        for_user: None,
        subject: None,
        say: Some(say).filter(|say| !say.is_empty()),
    };
    audit::record(tx, &act, web.ctx.clock.now(), web.ctx.dice.as_ref()).await
}

/// Without what people put between, in the case that is kept.
fn plain(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

/// What is kept of a recovery code; its eighty random bits need no slow hash.
fn hash(user: &UserId, code: &str) -> [u8; 32] {
    Sha256::digest(format!("recovery:{user}:{code}").as_bytes()).into()
}
