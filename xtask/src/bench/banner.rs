//! How soon it is said that a credential is dead, while nobody looks: from the moment it died, and
//! from the first answer that showed it.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::google::Place;
use super::page::{self, Table};
use super::program::{Account, Login};
use super::{curl, seconds};
use crate::say::say;
use crate::shell;

/// Breaks of each kind, and how many of them one account has.
const BREAKS: usize = 50;
const PER_PERSON: usize = 10;
/// They are spread over the longest time between two looks.
const OVER: Duration = Duration::from_mins(9);
/// Later than this is a failure.
const TOLD_WITHIN: Duration = Duration::from_mins(11);
const PASSWORD: &str = "abcd-efgh-ijkl-mnop";

/// One credential that dies.
struct Break<'a> {
    account: &'a Account,
    connection: String,
    /// What kills it, at the sandbox's control.
    kill: String,
    is_password: bool,
    died_at: Option<Instant>,
    told_after: Option<Duration>,
}

pub(super) fn told() -> Result<String> {
    let place = Place::new("bench-banner")?;
    let accounts: Vec<Account> = (0..2 * BREAKS / PER_PERSON)
        .map(|nth| place.account(&format!("banner{nth}")))
        .collect::<Result<_>>()?;
    say(format!("connecting {} accounts", 2 * BREAKS));
    let mut breaks = Vec::new();
    for nth in 0..2 * BREAKS {
        let account = &accounts[nth / PER_PERSON];
        let made = connect(&place, account, (nth, nth.is_multiple_of(2)))?;
        place.program.wait_until_synced(account, &made.connection)?;
        breaks.push(made);
    }
    say("breaking them one after the other, and waiting until it is told");
    let began = Instant::now();
    let apart = OVER / u32::try_from(breaks.len())?;
    while breaks.iter().any(|one| one.told_after.is_none()) {
        ensure!(began.elapsed() < OVER + TOLD_WITHIN, "some were never told");
        let due = began.elapsed().as_millis() / apart.as_millis();
        for (nth, one) in breaks.iter_mut().enumerate() {
            if one.died_at.is_none() && u128::try_from(nth)? <= due {
                curl::api("", "POST", &format!("{}{}", place.sandbox, one.kill), None)?;
                one.died_at = Some(Instant::now());
            }
        }
        look(&place, &accounts, &mut breaks)?;
        sleep(Duration::from_millis(200));
    }
    let mut table =
        Table::new(&["what died", "half", "90 %", "the last", "after the first refusal"]);
    for (name, is_password) in [("access at Google", false), ("a password, CalDAV", true)] {
        let of_kind: Vec<&Break> = breaks.iter().filter(|b| b.is_password == is_password).collect();
        let mut told: Vec<Duration> = of_kind.iter().filter_map(|one| one.told_after).collect();
        told.sort_unstable();
        let proofs: Vec<Duration> =
            of_kind.iter().map(|one| after_proof(&place, one)).collect::<Result<_>>()?;
        let at = |share: usize| seconds(told[(told.len() * share / 100).min(told.len() - 1)]);
        let most = proofs.into_iter().max().context("there were breaks")?;
        table.row(&[name, &at(50), &at(90), &at(100), &format!("at most {}", seconds(most))]);
    }
    let says = format!(
        "{} credentials that die one after the other over {} minutes, {BREAKS} of each kind, while \
         nobody looks:\nfrom the death of each to the moment that the API, and with it the banner, \
         says so. Who opens a page\nhas it looked at there and then. A refused password is told \
         when it was refused twice, 30 seconds\napart. The aim is 60 seconds from the first \
         refusal, and ten minutes in all.",
        2 * BREAKS,
        OVER.as_secs() / 60
    );
    page::section("banner", "From a dead credential to the banner", &says, &table)
}

/// A connection of its own to break: an account at Google, or a password.
fn connect<'a>(
    place: &Place,
    account: &'a Account,
    (nth, is_password): (usize, bool),
) -> Result<Break<'a>> {
    let (connection, kill) = if is_password {
        let name = format!("banner{nth}@icloud.example");
        let person = json!({"username": name, "app_password": PASSWORD});
        let people = format!("{}control/api/people", place.sandbox);
        curl::api("", "POST", &people, Some(&person))?;
        let calendar = json!({"name": "Home", "kind": "events", "access": "owner"});
        curl::api("", "POST", &format!("{people}/{name}/calendars"), Some(&calendar))?;
        let login = Login { name: &name, password: PASSWORD };
        let made = place.program.connect(account, &place.sandbox, login)?;
        (made, format!("control/api/people/{name}/revoke-password"))
    } else {
        let email = format!("banner{nth}@gmail.example");
        place.person(&email)?;
        place.connect(account, &email)?;
        let made = place.program.newest_connection(account)?;
        (made, format!("control/api/google/people/{email}/revoke"))
    };
    Ok(Break { account, connection, kill, is_password, died_at: None, told_after: None })
}

/// Notes of which it is told now.
fn look(place: &Place, accounts: &[Account], breaks: &mut [Break]) -> Result<()> {
    for (nth, account) in accounts.iter().enumerate() {
        let told = place.program.broken(account)?;
        for one in breaks.iter_mut().skip(nth * PER_PERSON).take(PER_PERSON) {
            let Some(died_at) = one.died_at else { continue };
            let is_late = one.told_after.is_none() && died_at.elapsed() > TOLD_WITHIN;
            ensure!(!is_late, "{} was not told", one.connection);
            if one.told_after.is_none() && told.contains(&one.connection) {
                one.told_after = Some(died_at.elapsed());
            }
        }
    }
    Ok(())
}

/// From the first run that was refused to the moment that it was told, by the program's own record.
fn after_proof(place: &Place, one: &Break) -> Result<Duration> {
    let listed = |what: &str| place.program.records(one.account, &one.connection, what);
    let (runs, history) = (listed("runs")?, listed("history")?);
    let refused = runs.iter().rev().find(|run| !run["failure"].is_null());
    let told = history.iter().rev().find(|change| change["state"] == "attention");
    let at = |record: Option<&Value>, field: &str| {
        let text = record.and_then(|record| record[field].as_str());
        milliseconds(text.context("it is on record")?)
    };
    let took = at(told, "at")?.checked_sub(at(refused, "started_at")?);
    Ok(Duration::from_millis(took.context("it was told after it was refused")?))
}

/// Since 1970.
fn milliseconds(at: &str) -> Result<u64> {
    let printed = shell::output(Command::new("date").args(["-u", "+%s%3N", "-d", at]))?;
    Ok(printed.trim().parse()?)
}
