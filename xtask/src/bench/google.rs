//! Google's calendars, played by our sandbox: how long a first pull takes beside curl asking for
//! the same pages, how soon a change is in the store after it was made, and what many connections
//! with push cost while nothing happens.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::{self, sleep};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::page::{self, Table};
use super::program::{self, Account, Program};
use super::{Bench, curl, median, milliseconds, ratio, seconds};
use crate::say::say;
use crate::shell;
use crate::test::servers;

const EVENTS: usize = 10_000;
const ROUNDS: usize = 3;
/// Changes, and how many of them in a second.
const CHANGES: usize = 10_000;
const CHANGES_A_SECOND: usize = 100;
/// The people whose calendars change.
const PEOPLE: usize = 20;
/// Connections that idle, and how many a person has.
const IDLE: usize = 10_000;
const PER_PERSON: usize = 20;
/// Threads that connect them.
const THREADS: usize = 4;
/// What piled up while they were connected is done after so long.
const SETTLE: Duration = Duration::from_mins(5);
const WATCH: Duration = Duration::from_mins(10);
/// How often the requests are counted: the sandbox remembers the last so many.
const LOOK: Duration = Duration::from_mins(1);
const VISITS_MAX: usize = 5_000;

/// A sandbox, and a `daymark serve` that takes it for Google.
pub(super) struct Place {
    pub(super) sandbox: String,
    pub(super) program: Program,
    pub(super) folder: PathBuf,
    binary: PathBuf,
}

impl Place {
    pub(super) fn new(name: &str) -> Result<Self> {
        let binary = Bench::new()?.binary;
        let sandbox = program::sandbox(&binary)?;
        let folder = servers::folder(name)?;
        let google = [
            ("DAYMARK_GOOGLE_URL", sandbox.as_str()),
            ("DAYMARK_GOOGLE_CLIENT_ID", "sandbox.apps.googleusercontent.example"),
            ("DAYMARK_GOOGLE_CLIENT_SECRET", "GOCSPX-sandbox-secret"),
        ];
        let program = Program::serve_with(&binary, &folder, &google)?;
        Ok(Self { sandbox, program, folder, binary })
    }

    /// An empty account at Google.
    pub(super) fn person(&self, email: &str) -> Result<()> {
        let person = json!({"email": email, "name": "Bench"});
        curl::api("", "POST", &format!("{}control/api/google/people", self.sandbox), Some(&person))
            .map(drop)
    }

    pub(super) fn account(&self, name: &str) -> Result<Account> {
        program::account(&self.binary, &self.folder, name)
    }

    /// Connects it by its consent page, as a browser would.
    pub(super) fn connect(&self, account: &Account, email: &str) -> Result<()> {
        let page = self.program.sign_in(account, "google")?;
        let jar = self.folder.join(format!("jar-{email}"));
        let mut go = Command::new("curl");
        go.args(["--silent", "--output", "/dev/null", "--write-out", "%{redirect_url}"]);
        let (begin, ticket) = page.split_once('?').context("the link has a ticket")?;
        let consent =
            shell::output(go.arg("--cookie-jar").arg(&jar).args(["--data", ticket, begin]))?;
        let (path, query) = consent.split_once('?').context("the consent page has a query")?;
        let mut decide = Command::new("curl");
        decide.args(["--silent", "--show-error", "--location"]).arg("--cookie").arg(&jar);
        decide.args(["--data-urlencode", &format!("query={query}")]);
        decide.args(["--data", &format!("account={email}"), "--data", "decision=allow_all"]);
        let told = shell::output(decide.arg(format!("{path}/decision")))?;
        fs::remove_file(&jar)?;
        ensure!(told.contains("<h1>Connected"), "it was not connected: {told}");
        Ok(())
    }

    /// Puts events into the primary calendars of people: whose, its id, itself.
    fn put(&self, events: &[(String, String, Value)], a_second: Option<usize>) -> Result<()> {
        let mut files = Vec::new();
        for (email, id, event) in events {
            let place = self.folder.join(format!("{id}.json"));
            fs::write(&place, event.to_string())?;
            let people = format!("{}control/api/google/people/{email}", self.sandbox);
            files.push((place, format!("{people}/calendars/primary/events/{id}")));
        }
        curl::put_json(&self.folder, &files, a_second)
    }
}

/// A meeting; every tenth repeats.
fn event(nth: usize) -> Value {
    let (day, hour) = (1 + nth % 28, 7 + nth % 11);
    let at = |minute: &str| {
        json!({"dateTime": format!("2026-12-{day:02}T{hour:02}:{minute}:00"),
               "timeZone": "Europe/Athens"})
    };
    let mut event = json!({
        "summary": format!("Meeting {nth}"),
        "description": "Agenda, minutes of the last one, and what is still open.",
        "start": at("00"), "end": at("45"),
        "attendees": [{"email": "a@bench.example"}, {"email": "b@bench.example"}],
    });
    if nth.is_multiple_of(10) {
        event["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=20"]);
    }
    event
}

pub(super) fn first_pull() -> Result<String> {
    let place = Place::new("bench-google")?;
    let email = "bench@gmail.example";
    place.person(email)?;
    say(format!("filling a calendar with {EVENTS} events"));
    let events: Vec<_> =
        (0..EVENTS).map(|n| (email.to_owned(), format!("bench{n:06}"), event(n))).collect();
    place.put(&events, None)?;
    let account = place.account("google")?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // Who disconnects takes back all that was granted.
        theirs.push(all_pages(&place, &access_token(&place, email)?)?);
        place.connect(&account, email)?;
        let connection = place.program.newest_connection(&account)?;
        place.program.wait_until_synced(&account, &connection)?;
        let pulls = place.program.pulls(&account, &connection)?;
        let longest = pulls.iter().map(|pull| pull.took).max();
        ours.push(longest.context("the first pull was recorded")?);
        if round + 1 < ROUNDS {
            place.program.disconnect(&account, &connection)?;
        }
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let mut table = Table::new(&["what", "Daymark", "curl", "times", "at most"]);
    table.row(&["first pull", &seconds(ours), &seconds(theirs), &ratio(ours, theirs), "2"]);
    let says = format!(
        "{EVENTS} events at the sandbox's Google, medians of {ROUNDS}. curl asks for the same \
         pages of 2,500 and throws\nthem away; Daymark translates, seals, expands and stores them."
    );
    page::section("google", "First pull from Google", &says, &table)
}

/// A token for curl.
fn access_token(place: &Place, email: &str) -> Result<String> {
    let scopes = json!({"scopes": ["https://www.googleapis.com/auth/calendar"]});
    let url = format!("{}control/api/google/people/{email}/consent", place.sandbox);
    let given = curl::api("", "POST", &url, Some(&scopes))?;
    let refresh = given["refresh_token"].as_str().context("consent gives a refresh token")?;
    let mut ask = Command::new("curl");
    ask.args(["--silent", "--show-error", "--fail", "--data", "grant_type=refresh_token"]);
    ask.args(["--data-urlencode", &format!("refresh_token={refresh}")]);
    ask.args(["--data", "client_id=sandbox.apps.googleusercontent.example"]);
    ask.args(["--data", "client_secret=GOCSPX-sandbox-secret"]);
    let answer = shell::output(ask.arg(format!("{}token", place.sandbox)))?;
    let answer: Value = serde_json::from_str(&answer)?;
    Ok(answer["access_token"].as_str().context("a token came")?.to_owned())
}

/// How long curl needs for all pages of the calendar.
fn all_pages(place: &Place, token: &str) -> Result<Duration> {
    let base = format!(
        "{}calendar/v3/calendars/primary/events?maxResults=2500&singleEvents=false",
        place.sandbox
    );
    let (mut total, mut next) = (Duration::ZERO, String::new());
    loop {
        let (answer, took) = curl::get(&format!("{base}{next}"), token)?;
        total += took;
        let answer: Value = serde_json::from_str(&answer)?;
        match answer["nextPageToken"].as_str() {
            Some(page) => next = format!("&pageToken={page}"),
            None => return Ok(total),
        }
    }
}

pub(super) fn rings() -> Result<String> {
    let place = Place::new("bench-ring")?;
    let account = place.account("ring")?;
    let people: Vec<_> = (0..PEOPLE).map(|n| format!("ring{n}@gmail.example")).collect();
    for email in &people {
        place.person(email)?;
        place.connect(&account, email)?;
    }
    sleep(Duration::from_secs(10));
    say(format!("making {CHANGES} changes, {CHANGES_A_SECOND} a second"));
    let changes: Vec<_> = (0..CHANGES)
        .map(|n| (people[n % PEOPLE].clone(), format!("change{n:06}"), event(n)))
        .collect();
    place.put(&changes, Some(CHANGES_A_SECOND))?;
    sleep(Duration::from_secs(5));
    let mut made = HashMap::new();
    for email in &people {
        let url =
            format!("{}control/api/google/people/{email}/calendars/primary/events", place.sandbox);
        let listed = curl::api("", "GET", &url, None)?;
        for event in listed.as_array().into_iter().flatten() {
            let id = event["id"].as_str().context("an event has an id")?;
            let at = event["updated"].as_str().context("an event says when it changed")?;
            made.insert(id.to_owned(), at.to_owned());
        }
    }
    let mut delays = delays(&place.folder, &made)?;
    ensure!(delays.len() == CHANGES, "{} of {CHANGES} changes arrived", delays.len());
    delays.sort_unstable();
    let at = |share: usize| {
        Duration::from_millis(delays[(delays.len() * share / 100).min(delays.len() - 1)])
    };
    let mut table = Table::new(&["share of the changes", "in the store after", "aim"]);
    table.row(&["half", &milliseconds(at(50)), "50 ms"]);
    table.row(&["99 %", &milliseconds(at(99)), "250 ms"]);
    table.row(&["all", &milliseconds(at(100)), ""]);
    let says = format!(
        "{CHANGES} new events at the sandbox's Google, {CHANGES_A_SECOND} a second, in the \
         calendars of {PEOPLE} people. From the\ninstant that Google stamps on the change to the \
         one that we store with it: the sandbox's time to\nring and to answer is in it."
    );
    page::section("ring", "From a change to the store", &says, &table)
}

/// The milliseconds from each change to its row, by a look into the database.
fn delays(folder: &Path, made: &HashMap<String, String>) -> Result<Vec<u64>> {
    let list = folder.join("made.json");
    fs::write(&list, serde_json::to_string(made)?)?;
    let script = "import sqlite3,json,sys,datetime\n\
        made=json.load(open(sys.argv[1]))\n\
        rows=sqlite3.connect(sys.argv[2]).execute('SELECT remote_id, changed_at FROM events')\n\
        at=lambda t: datetime.datetime.fromisoformat(t.replace('Z','+00:00')).timestamp()*1000\n\
        print(' '.join(str(max(0,int(c-at(made[r])))) for r,c in rows if r in made))\n";
    let mut look = Command::new("python3");
    look.args(["-c", script]).arg(&list).arg(folder.join("daymark.sqlite"));
    let printed = shell::output(&mut look)?;
    printed.split_whitespace().map(|number| Ok(number.parse()?)).collect()
}

pub(super) fn idle() -> Result<String> {
    let place = Place::new("bench-push")?;
    let accounts: Vec<Account> = (0..IDLE / PER_PERSON)
        .map(|person| place.account(&format!("push{person}")))
        .collect::<Result<_>>()?;
    say(format!("connecting {IDLE} accounts"));
    thread::scope(|scope| -> Result<()> {
        let part = |first: usize| {
            let (place, accounts) = (&place, &accounts);
            move || -> Result<()> {
                for (person, account) in accounts.iter().enumerate().skip(first).step_by(THREADS) {
                    for nth in 0..PER_PERSON {
                        let email = format!("push{person}x{nth}@gmail.example");
                        place.person(&email)?;
                        place.connect(account, &email)?;
                    }
                }
                Ok(())
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|first| scope.spawn(part(first))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("it does not panic"))
    })?;
    for account in &accounts {
        place.program.wait_until_all_synced(account)?;
    }
    sleep(SETTLE);
    for account in &accounts {
        let connections = place.program.connections(account)?;
        let rings = |it: &&Value| it["status"]["push"] == true;
        let ringing = connections.iter().filter(rings).count();
        ensure!(ringing == PER_PERSON, "{ringing} of {PER_PERSON} connections ring");
    }
    let visits = format!("{}control/api/visits", place.sandbox);
    let before = place.program.processor_time()?;
    let mut asked = 0;
    for _ in 0..WATCH.as_secs() / LOOK.as_secs() {
        curl::api("", "DELETE", &visits, None)?;
        sleep(LOOK);
        let seen = curl::api("", "GET", &visits, None)?;
        let seen = seen["visits"].as_array().context("the sandbox lists who asked")?.len();
        ensure!(seen < VISITS_MAX, "more requests than the sandbox remembers");
        asked += seen;
    }
    let used = place.program.processor_time()?.saturating_sub(before);
    let share = 100.0 * used.as_secs_f64() / WATCH.as_secs_f64();
    let an_hour = asked * 3_600 / usize::try_from(WATCH.as_secs())?;
    let mut table = Table::new(&["what", "measured"]);
    table.row(&["resident", &format!("{:.0} MiB", place.program.resident_mib()?)]);
    table.row(&["share of one core", &format!("{share:.1} %")]);
    table.row(&["requests an hour", &an_hour.to_string()]);
    let says = format!(
        "{IDLE} connections to the sandbox's Google, one calendar each, all of them ringing, over \
         {} minutes\nin which nothing changes. Each is polled every 9 minutes all the same.",
        WATCH.as_secs() / 60
    );
    page::section("push", "Many connections that ring", &says, &table)
}
