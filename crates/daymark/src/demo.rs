//! `daymark demo`: everything in one process for a first look, with nothing to set up.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use connection::{AccountId, CalendarAccess, IntegrationKind, Secret, SignInForm, UserId};
use sandbox::Sandbox;
use store::calendars;
use store::people::{self, Account, CalendarSettings, Role, User};
use sync::By;
use sync::connect::{self, Outcome, Request, Wishes};
use tokio::net::TcpListener;
use url::Url;

use crate::config::{Flags, Provider, Settings};
use crate::house::{self, House};
use crate::{outside, say};

/// The feed of the sandbox that is connected from the start.
const ROSTER: &str = "team-roster";
/// How the demo's people sign in.
const PASSWORD: &str = "a-look-around";

/// Serves the demo until it is told to stop.
pub(crate) async fn run(mut settings: Settings, flags: &Flags) -> anyhow::Result<()> {
    // A first look leaves nothing behind, unless a folder is named.
    let folder = match flags.folder() {
        Some(_) => None,
        None => Some(TemporaryFolder::new()?),
    };
    if let Some(folder) = &folder {
        settings.data.clone_from(&folder.0);
    }
    let listener = TcpListener::bind(settings.listen).await.with_context(|| {
        format!("nothing can listen on {}; try --listen 127.0.0.1:0", settings.listen)
    })?;
    settings.listen = listener.local_addr()?;
    let world = outside::seeded();
    let outside = TcpListener::bind("127.0.0.1:0").await?;
    let sandbox_address = outside.local_addr()?;
    settings.icloud_url = Some(Url::parse(&format!("http://{sandbox_address}/"))?);
    settings.google = Provider {
        url: settings.icloud_url.clone(),
        client_id: Some(sandbox::GOOGLE_CLIENT_ID.into()),
        client_secret: Some(Secret::new(sandbox::GOOGLE_CLIENT_SECRET)),
        ends: None,
    };
    settings.microsoft = Provider {
        url: settings.icloud_url.clone(),
        client_id: Some(sandbox::MICROSOFT_CLIENT_ID.into()),
        client_secret: Some(Secret::new(sandbox::MICROSOFT_CLIENT_SECRET)),
        ends: None,
    };
    settings.microsoft_tenant = None;
    settings.zoom = Provider {
        url: settings.icloud_url.clone(),
        client_id: Some(sandbox::ZOOM_CLIENT_ID.into()),
        client_secret: Some(Secret::new(sandbox::ZOOM_CLIENT_SECRET)),
        ends: None,
    };
    // The sandbox's Zoom rings nowhere.
    settings.zoom_secret_token = None;
    // Its people are made up: what they are told stays here.
    settings.mail = None;
    settings.public_url = Some(settings.own_address()?);
    settings.allow_addresses = "127.0.0.0/8,::1/128".parse()?;
    let house = House::open(&settings).await?;
    serve_world(&house, outside, &world);
    let user = move_in(&house, &world, sandbox_address).await?;
    house::stop_on_signal(&house)?;
    let base = settings.own_address()?;
    let link = web::sign_in_link(&house.ctx, &user.id, &base).await?;
    say(&format!(
        "Daymark's demo is ready.\n\n  \
         Open   {link}\n  \
         or sign in at {base} as {} with the password {PASSWORD}\n\n\
         The calendars come from a sandbox. Its people, their passwords, and the faults it can \
         have:\n  http://{sandbox_address}/control\n",
        user.email
    ));
    let secure_cookies = base.scheme() == "https";
    let served = house
        .serve(
            listener,
            web::Settings {
                address: base,
                secure_cookies,
                version: env!("CARGO_PKG_VERSION"),
                trusted_proxies: web::Proxies::new(|address| address.is_loopback()),
                open_id: None,
                demo_note: Some(note(&world, sandbox_address)),
            },
        )
        .await;
    drop(folder);
    served
}

/// The sandbox's world, on an address of its own.
fn serve_world(house: &House, listener: TcpListener, world: &Sandbox) {
    let (world, stop) = (world.clone(), house.stop.clone());
    house.tasks.spawn(async move {
        let served = world.serve(listener, async move { stop.cancelled().await });
        if let Err(failure) = served.await {
            tracing::error!(%failure, "the sandbox stopped");
        }
    });
}

/// A business with its administrator, who has connected a calendar account and a feed already.
async fn move_in(house: &House, world: &Sandbox, sandbox: SocketAddr) -> anyhow::Result<User> {
    let (now, dice) = (house.ctx.clock.now(), house.ctx.dice.as_ref());
    let account = Account {
        id: AccountId::new(now, dice),
        name: "Northwind Plumbing".into(),
        time_zone: outside::TIME_ZONE.into(),
        created_at: now,
    };
    let user = User {
        id: UserId::new(now, dice),
        account: account.id.clone(),
        name: "Dana Reyes".into(),
        email: "dana@northwind.example".into(),
        role: Role::Admin,
        time_zone: outside::TIME_ZONE.into(),
        has_password: true,
        settings: CalendarSettings::default(),
        created_at: now,
    };
    let hash = web::hash_password(PASSWORD).await?;
    let mut tx = house.ctx.db.begin().await?;
    if let Some(there) = people::user_by_email(&mut tx, &user.email).await? {
        return Ok(there);
    }
    people::insert_account(&mut tx, &account).await?;
    people::insert_user(&mut tx, &user).await?;
    people::set_password(&mut tx, &user.id, &hash).await?;
    tx.commit().await?;
    let own = world.people().into_iter().next().map(|person| SignInForm {
        username: Some(person.username),
        password: person.app_password.map(Secret::new),
        ..SignInForm::default()
    });
    let roster = SignInForm {
        address: Some(Secret::new(format!("http://{sandbox}/feeds/{ROSTER}.ics"))),
        ..SignInForm::default()
    };
    connect(house, &user, "icloud", own.context("the sandbox has no people")?).await?;
    connect(house, &user, "feed", roster).await?;
    Ok(user)
}

/// Connects one, and has bookings written to the first calendar called “Work”.
async fn connect(house: &House, user: &User, kind: &str, form: SignInForm) -> anyhow::Result<()> {
    let request = Request {
        by: By::Operator,
        account: user.account.clone(),
        user: user.id.clone(),
        integration: IntegrationKind::new(kind),
        proof: form.into(),
        repairs: None,
        wishes: Wishes::default(),
    };
    let id = match connect::connect(&house.ctx, request).await? {
        Outcome::Refused { refusal, .. } => {
            anyhow::bail!("the sample account cannot be connected: {}", refusal.say)
        }
        Outcome::Connected(id) | Outcome::Repaired(id) => id,
    };
    let mut tx = house.ctx.db.begin().await?;
    let listed = calendars::of_connection(&mut tx, &id).await?;
    let mut writable = listed.iter().map(|(calendar, _)| calendar);
    let work = writable.find(|c| c.access == CalendarAccess::Writer && c.name == "Work");
    if let Some(calendar) = work {
        let linked_calendar = Some(calendar.id.clone());
        let settings = CalendarSettings { linked_calendar, ..user.settings.clone() };
        people::set_settings(&mut tx, &user.id, &settings).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What the page of the demo offers to try.
fn note(world: &Sandbox, address: SocketAddr) -> web::DemoNote {
    let sandbox_url = format!("http://{address}/");
    let mut lines = Vec::new();
    for person in world.people().into_iter().skip(1) {
        let is_apple = person.username.ends_with("@icloud.example");
        let server = (!is_apple).then(|| ("address", sandbox_url.clone()));
        let kind = if is_apple { "icloud" } else { "caldav" };
        let password = person.app_password.unwrap_or_default();
        let typed = [("username", person.username), ("password", password)];
        let fields = server.into_iter().chain(typed).map(|(n, v)| (n.to_owned(), v)).collect();
        lines.push((kind.to_owned(), fields));
    }
    for feed in world.feeds().into_iter().filter(|feed| feed != ROSTER) {
        let address = format!("{sandbox_url}feeds/{feed}.ics");
        lines.push(("feed".to_owned(), vec![("address".to_owned(), address)]));
    }
    web::DemoNote { sandbox_url, lines }
}

/// A folder that goes with the process.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("daymark-demo-{}", std::process::id()));
        std::fs::create_dir_all(&path)
            .with_context(|| format!("the folder {} cannot be made", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What is left there does no harm, and the system clears it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
