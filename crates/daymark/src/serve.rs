//! `daymark serve`: the server.

use anyhow::Context as _;
use connection::{AccountId, UserId};
use store::people::{self, Account, CalendarSettings, Role, User};
use tokio::net::TcpListener;

use crate::config::Settings;
use crate::house::{self, House};
use crate::{open_id, say, turning};

/// Runs the server until it is told to stop.
pub(crate) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let house = House::open(settings).await?;
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("nothing can listen on {}", settings.listen))?;
    welcome(&house, settings).await?;
    house::stop_on_signal(&house)?;
    if settings.old_secret_keys.is_some() {
        house.tasks.spawn(turning::keep_turning(house.ctx.db.clone(), house.stop.clone()));
    }
    let base = settings.own_address()?;
    let proxies = settings.trusted_proxies.clone();
    tracing::info!(address = %base, "ready");
    house
        .serve(
            listener,
            web::Settings {
                secure_cookies: base.scheme() == "https",
                address: base,
                version: env!("CARGO_PKG_VERSION"),
                trusted_proxies: web::Proxies::new(move |address| proxies.contains(address)),
                open_id: open_id::of(settings)?,
                demo_note: None,
            },
        )
        .await
}

/// On an empty store: makes the first account, and prints the link by which its administrator
/// comes in. Also while nobody has chosen a password yet, so that a lost link can be replaced by
/// a restart.
async fn welcome(house: &House, settings: &Settings) -> anyhow::Result<()> {
    let mut tx = house.ctx.db.begin().await?;
    let first = match people::only_user(&mut tx).await? {
        Some(user) if !user.has_password => user.id,
        None if people::count_users(&mut tx).await? == 0 => {
            let (account, user) = first_people(house);
            people::insert_account(&mut tx, &account).await?;
            people::insert_user(&mut tx, &user).await?;
            user.id
        }
        Some(_) | None => return Ok(()),
    };
    tx.commit().await?;
    let link = web::sign_in_link(&house.ctx, &first, &settings.own_address()?).await?;
    say(&format!(
        "Welcome to Daymark. Open this address to set up your account (it works once, for a \
         week; a restart prints a new one):\n\n  {link}\n"
    ));
    Ok(())
}

fn first_people(house: &House) -> (Account, User) {
    let (now, dice) = (house.ctx.clock.now(), house.ctx.dice.as_ref());
    let account = Account {
        id: AccountId::new(now, dice),
        name: "My business".into(),
        time_zone: "UTC".into(),
        created_at: now,
    };
    let user = User {
        id: UserId::new(now, dice),
        account: account.id.clone(),
        name: "Administrator".into(),
        email: "admin@localhost".into(),
        role: Role::Admin,
        time_zone: "UTC".into(),
        has_password: false,
        settings: CalendarSettings::default(),
        created_at: now,
    };
    (account, user)
}
