//! How soon a ring is answered: of channels that we opened, of nobody, and with a wrong token.

use std::fmt::Write as _;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::google::Place;
use super::page::{self, Table};
use super::{curl, milliseconds};
use crate::say::say;

/// The people whose calendars ring.
const PEOPLE: usize = 20;
/// Rings of one kind, and how many of them in a second, over so many lines.
const RINGS: usize = 6_000;
const A_SECOND: usize = 200;
const LINES: usize = 8;

/// What is sent for one channel.
#[derive(Clone)]
struct Ring {
    address: String,
    headers: Vec<(String, String)>,
}

impl Ring {
    fn with(&self, name: &str, value: &str) -> Self {
        let headers = self.headers.iter().map(|(key, old)| {
            (key.clone(), if key.eq_ignore_ascii_case(name) { value } else { old }.to_owned())
        });
        Self { address: self.address.clone(), headers: headers.collect() }
    }
}

pub(super) fn answers() -> Result<String> {
    let place = Place::new("bench-hooks")?;
    let account = place.account("hooks")?;
    for n in 0..PEOPLE {
        let email = format!("hooks{n}@gmail.example");
        place.person(&email)?;
        place.connect(&account, &email)?;
    }
    sleep(Duration::from_secs(10));
    let known = rings(&place)?;
    ensure!(known.len() == PEOPLE, "{} of {PEOPLE} channels were opened", known.len());
    let changed: Vec<_> =
        known.iter().map(|it| it.with("X-Goog-Resource-State", "exists")).collect();
    let forged: Vec<_> =
        changed.iter().map(|it| it.with("X-Goog-Channel-Token", "made up")).collect();
    let nobodys: Vec<_> =
        changed.iter().map(|it| it.with("X-Goog-Channel-ID", "made-up")).collect();
    let mut table = Table::new(&["rings", "answer", "half within", "99 % within", "all within"]);
    for (what, rings, status) in [
        ("of a channel that stands", changed, "204"),
        ("with a wrong token", forged, "404"),
        ("of an unknown channel", nobodys, "404"),
    ] {
        say(format!("{RINGS} rings {what}"));
        let mut took = send(&place, &rings, status)?;
        took.sort_unstable();
        let at = |share: usize| milliseconds(took[(took.len() * share / 100).min(took.len() - 1)]);
        table.row(&[what, status, &at(50), &at(99), &at(100)]);
    }
    let says = format!(
        "{RINGS} rings of each kind to `/hooks/google`, {A_SECOND} a second over {LINES} \
         connections, as curl sees it; those of\nchannels that stand cause pulls meanwhile. Aim: \
         99 % within 20 ms."
    );
    page::section("hooks", "How soon a ring is answered", &says, &table)
}

/// One ring of each channel, as the sandbox sent it.
fn rings(place: &Place) -> Result<Vec<Ring>> {
    let log = curl::api("", "GET", &format!("{}control/api/google/rings", place.sandbox), None)?;
    let sent = log["rings"].as_array().context("the sandbox tells its rings")?;
    let events = sent.iter().filter(|ring| ring["state"] == "sync" && ring["status"] == 204);
    let read = |ring: &Value| -> Result<Ring> {
        let address = ring["address"].as_str().context("a ring has an address")?.to_owned();
        let headers = ring["headers"].as_object().context("a ring has headers")?;
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()));
        Ok(Ring { address, headers: headers.collect() })
    };
    events.map(read).collect()
}

/// Sends them in turn; how long each answer took.
fn send(place: &Place, rings: &[Ring], status: &str) -> Result<Vec<Duration>> {
    let mut lines = Vec::new();
    for line in 0..LINES {
        let config = place.folder.join(format!("rings-{line}"));
        let nths = (line..RINGS).step_by(LINES);
        let stanzas: Vec<_> = nths.map(|nth| stanza(&rings[nth % rings.len()])).collect();
        fs::write(&config, stanzas.join("next\n"))?;
        let mut command = Command::new("curl");
        command.args(["--silent", "--rate", &format!("{}/s", A_SECOND / LINES)]);
        let command = command.arg("--config").arg(&config).stdout(Stdio::piped());
        lines.push(command.spawn().context("curl starts")?);
    }
    let printed = lines.into_iter().map(Child::wait_with_output).collect::<Result<Vec<_>, _>>()?;
    let printed: Vec<_> = printed.iter().map(|it| String::from_utf8_lossy(&it.stdout)).collect();
    let answers = printed.iter().flat_map(|text| text.lines());
    let took = answers.map(|answer| {
        let (code, seconds) = answer.split_once(' ').context("curl says the status")?;
        ensure!(code == status, "a ring was answered with {code}");
        Ok(Duration::from_secs_f64(seconds.parse()?))
    });
    let took = took.collect::<Result<Vec<_>>>()?;
    ensure!(took.len() == RINGS, "{} of {RINGS} rings were answered", took.len());
    Ok(took)
}

fn stanza(ring: &Ring) -> String {
    let mut text = format!(
        "url = \"{}\"\nrequest = \"POST\"\noutput = \"/dev/null\"\nsilent\n\
         write-out = \"%{{http_code}} %{{time_total}}\\n\"\nheader = \"Content-Length: 0\"\n",
        ring.address
    );
    for (name, value) in &ring.headers {
        let _infallible = writeln!(text, "header = \"{name}: {value}\"");
    }
    text
}
