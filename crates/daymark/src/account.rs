//! `daymark account`: a new account with its first administrator, and the ways back in for who has
//! lost their password or their second step.

use anyhow::Context as _;
use connection::{AccountId, UserId};
use serde_json::json;
use store::audit::{self, Act, Actor};
use store::people::{self, Account, CalendarSettings, Role, User};
use store::{Tx, factors, identities};

use crate::config::Settings;
use crate::house::House;
use crate::say;

/// What an account begins with.
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// Name of the business.
    #[arg(long)]
    name: String,
    /// E-mail address of its first administrator.
    #[arg(long)]
    email: String,
    /// IANA name of its time zone.
    #[arg(long, default_value = "UTC")]
    time_zone: String,
    /// Print JSON (it always does; accepted so that scripts can say it).
    #[arg(long)]
    json: bool,
}

/// Makes the account and prints its ids, an API key and a sign-in link as one JSON object.
pub(crate) async fn create(settings: &Settings, wanted: &Create) -> anyhow::Result<()> {
    let zone = calendar::timezone::named(&wanted.time_zone);
    anyhow::ensure!(
        zone.is_some(),
        "{} is no IANA time zone, like Europe/Athens",
        wanted.time_zone
    );
    let email = wanted.email.trim().to_lowercase();
    anyhow::ensure!(
        email.len() <= 254
            && email.split_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty()),
        "{email} is no e-mail address"
    );
    let house = House::open(settings).await?;
    let (now, dice) = (house.ctx.clock.now(), house.ctx.dice.as_ref());
    let account = Account {
        id: AccountId::new(now, dice),
        name: wanted.name.trim().to_owned(),
        time_zone: wanted.time_zone.clone(),
        created_at: now,
    };
    let user = User {
        id: UserId::new(now, dice),
        account: account.id.clone(),
        name: email.split('@').next().unwrap_or_default().to_owned(),
        email,
        role: Role::Admin,
        time_zone: wanted.time_zone.clone(),
        has_password: false,
        settings: CalendarSettings::default(),
        created_at: now,
    };
    let mut tx = house.ctx.db.begin().await?;
    if people::user_by_email(&mut tx, &user.email).await?.is_some() {
        anyhow::bail!("{} already signs in to another account here", user.email);
    }
    people::insert_account(&mut tx, &account).await?;
    people::insert_user(&mut tx, &user).await?;
    people::confirm_email(&mut tx, &user.id).await?;
    let act = Act {
        account: &account.id,
        by: Actor::Operator,
        act: "account.created",
        for_user: Some(&user.id),
        subject: Some((account.id.as_str(), &account.name)),
        say: None,
    };
    audit::record(&mut tx, &act, now, dice).await?;
    tx.commit().await?;
    let api_key = door::keys::api_key(&house.ctx, &account.id, "first key").await?;
    let link = web::sign_in_link(&house.ctx, &user.id, &settings.own_address()?).await?;
    let made = json!({
        "account": account.id.as_str(),
        "user": user.id.as_str(),
        "api_key": api_key,
        "sign_in_url": link.as_str(),
    });
    say(&made.to_string());
    house.ctx.db.close().await;
    Ok(())
}

/// Who is let in again.
#[derive(Debug, clap::Args)]
pub(crate) struct Whose {
    /// The e-mail address that they sign in with.
    #[arg(long)]
    email: String,
}

/// Takes away every second factor of a user, and what they sign in with at a provider: they then
/// sign in with their password alone.
pub(crate) async fn forget_second_step(settings: &Settings, whose: &Whose) -> anyhow::Result<()> {
    let house = House::open(settings).await?;
    let mut tx = house.ctx.db.begin().await?;
    let user = find(&mut tx, whose).await?;
    let had_factors = factors::forget_all(&mut tx, &user.id).await?;
    let had_identities = identities::remove_all(&mut tx, &user.id).await? > 0;
    anyhow::ensure!(had_factors || had_identities, "there is no second step");
    let act = Act {
        account: &user.account,
        by: Actor::Operator,
        act: "second_step.removed",
        for_user: Some(&user.id),
        subject: None,
        say: Some("all of them, and every sign-in at a provider"),
    };
    audit::record(&mut tx, &act, house.ctx.clock.now(), house.ctx.dice.as_ref()).await?;
    tx.commit().await?;
    say("The second step is gone; the password alone signs in.");
    house.ctx.db.close().await;
    Ok(())
}

/// Prints a link that lets a user choose a new password, once, within a week; choosing it ends all
/// of their sessions.
pub(crate) async fn sign_in_link(settings: &Settings, whose: &Whose) -> anyhow::Result<()> {
    let house = House::open(settings).await?;
    let user = find(&mut house.ctx.db.read().await?, whose).await?;
    let link = web::sign_in_link(&house.ctx, &user.id, &settings.own_address()?).await?;
    say(link.as_str());
    house.ctx.db.close().await;
    Ok(())
}

async fn find(tx: &mut Tx, whose: &Whose) -> anyhow::Result<User> {
    let email = whose.email.trim();
    let user = people::user_by_email(tx, email).await?;
    user.with_context(|| format!("nobody signs in here as {email}"))
}
