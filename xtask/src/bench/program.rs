//! The release build of `daymark`, started over a data folder of its own, driven by its API.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::curl;
use crate::chores::cargo;
use crate::house;
use crate::shell;
use crate::test::servers::{self, PASSWORD};

/// A first pull that takes longer than this has failed.
const PULL_MAX: Duration = Duration::from_mins(30);
/// How often we look; each look costs both sides a little.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// An account of the program, by its user and its key.
pub(super) struct Account {
    user: String,
    key: String,
}

/// Who signs in at a server.
#[derive(Clone, Copy)]
pub(super) struct Login<'a> {
    pub(super) name: &'a str,
    pub(super) password: &'a str,
}

impl<'a> Login<'a> {
    /// A user of our Radicale.
    pub(super) fn radicale(name: &'a str) -> Self {
        Self { name, password: PASSWORD }
    }
}

/// A running `daymark serve`.
pub(super) struct Program {
    process: u32,
    api: String,
    pub(super) ready_after: Duration,
}

/// Builds it as it is released.
pub(super) fn build() -> Result<PathBuf> {
    if !shell::run(&mut cargo(&["build", "--release", "--quiet", "--package", "daymark"]))? {
        bail!("the release does not build");
    }
    Ok(house::target().join("release/daymark"))
}

fn command(binary: &Path, data: &Path) -> Command {
    let mut command = Command::new(binary);
    command.env("DAYMARK_DATA", data).env("DAYMARK_ALLOW_ADDRESSES", "127.0.0.0/8");
    command.env("DAYMARK_LOG", "warn").current_dir(data);
    command
}

/// Makes an account in the data folder.
pub(super) fn account(binary: &Path, data: &Path, name: &str) -> Result<Account> {
    let mut create = command(binary, data);
    let email = format!("{name}@bench.example");
    create.args(["account", "create", "--json", "--name", name, "--email", &email]);
    let made: Value = serde_json::from_str(&shell::output(&mut create)?)?;
    let text = |field: &str| -> Result<String> {
        let found = made[field].as_str().with_context(|| format!("account create says {field}"))?;
        Ok(found.to_owned())
    };
    Ok(Account { user: text("user")?, key: text("api_key")? })
}

/// A sandbox of its own; gives back its address.
pub(super) fn sandbox(binary: &Path) -> Result<String> {
    let port = servers::free_port()?;
    let mut serve = Command::new(binary);
    serve.args(["sandbox", "--listen", &format!("127.0.0.1:{port}")]);
    let folder = servers::folder(&format!("sandbox-{port}"))?;
    servers::start("daymark sandbox", serve, &folder, || servers::answers(port))?;
    Ok(format!("http://127.0.0.1:{port}/"))
}

impl Program {
    /// Starts it over `data` and waits until it can serve.
    pub(super) fn serve(binary: &Path, data: &Path) -> Result<Self> {
        Self::serve_with(binary, data, &[])
    }

    /// The same with more settings; providers can call it where it listens.
    pub(super) fn serve_with(
        binary: &Path,
        data: &Path,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let port = servers::free_port()?;
        let mut serve = command(binary, data);
        serve.arg("serve").env("DAYMARK_LISTEN", format!("127.0.0.1:{port}"));
        serve.env("DAYMARK_PUBLIC_URL", format!("http://127.0.0.1:{port}"));
        serve.envs(settings.iter().copied());
        let began = Instant::now();
        let log = servers::folder(&format!("serve-{port}"))?;
        let process = servers::start("daymark", serve, &log, || is_ready(port))?;
        let ready_after = began.elapsed();
        Ok(Self { process, api: format!("http://127.0.0.1:{port}/api/v1"), ready_after })
    }

    /// Connects the calendars of somebody at a CalDAV server; gives back the connection's id.
    pub(super) fn connect(&self, account: &Account, server: &str, who: Login) -> Result<String> {
        let form = json!({
            "integration": "caldav", "user": account.user,
            "url": server, "username": who.name, "password": who.password,
        });
        let made = self.call(account, "POST", "/connections", Some(&form))?;
        Ok(made["id"].as_str().context("a connection has an id")?.to_owned())
    }

    /// A link with which somebody signs in at a provider's page.
    pub(super) fn sign_in(&self, account: &Account, integration: &str) -> Result<String> {
        let asked = json!({"integration": integration, "user": account.user});
        let made = self.call(account, "POST", "/connections/sign-in", Some(&asked))?;
        Ok(made["authorize_url"].as_str().context("a link came")?.to_owned())
    }

    /// The connection of an account that was made last.
    pub(super) fn newest_connection(&self, account: &Account) -> Result<String> {
        let listed = self.connections(account)?;
        let newest = listed.iter().filter_map(|one| one["id"].as_str()).max();
        Ok(newest.context("there is a connection")?.to_owned())
    }

    /// The connections of an account that need somebody.
    pub(super) fn broken(&self, account: &Account) -> Result<Vec<String>> {
        let listed = self.connections(account)?;
        let broken = listed.iter().filter(|one| one["status"]["state"] == "attention");
        Ok(broken.filter_map(|one| Some(one["id"].as_str()?.to_owned())).collect())
    }

    pub(super) fn connections(&self, account: &Account) -> Result<Vec<Value>> {
        let listed = self.call(account, "GET", "/connections?limit=100", None)?;
        Ok(listed["items"].as_array().context("connections are a list")?.clone())
    }

    /// The `runs` or the `history` of a connection, the latest first.
    pub(super) fn records(
        &self,
        account: &Account,
        connection: &str,
        what: &str,
    ) -> Result<Vec<Value>> {
        let path = format!("/connections/{connection}/{what}?limit=50");
        let listed = self.call(account, "GET", &path, None)?;
        Ok(listed["items"].as_array().with_context(|| format!("{what} are a list"))?.clone())
    }

    /// Waits until the connection is synced.
    pub(super) fn wait_until_synced(&self, account: &Account, connection: &str) -> Result<()> {
        let until = Instant::now() + PULL_MAX;
        while Instant::now() < until {
            let seen = self.call(account, "GET", &format!("/connections/{connection}"), None)?;
            match seen["status"]["state"].as_str() {
                Some("synced") => return Ok(()),
                Some("attention") => bail!("the connection needs attention: {}", seen["status"]),
                _ => sleep(LOOK_EVERY),
            }
        }
        bail!("the connection is not synced after {} s", PULL_MAX.as_secs())
    }

    /// Waits until all connections of the account are synced.
    pub(super) fn wait_until_all_synced(&self, account: &Account) -> Result<()> {
        for connection in self.connections(account)? {
            let id = connection["id"].as_str().context("a connection has an id")?;
            self.wait_until_synced(account, id)?;
        }
        Ok(())
    }

    /// The pulls of the connection's calendar, the latest first: what caused them, how long they
    /// took.
    pub(super) fn pulls(&self, account: &Account, connection: &str) -> Result<Vec<Pull>> {
        let runs = self.records(account, connection, "runs")?;
        let pulls = runs.iter().filter(|run| run["kind"] == "pull");
        let read = |run: &Value| {
            let took = Duration::from_millis(run["took_ms"].as_u64()?);
            Some(Pull { cause: run["cause"].as_str()?.to_owned(), took })
        };
        pulls.map(|run| read(run).with_context(|| format!("a run says how long: {run}"))).collect()
    }

    /// Sync now.
    pub(super) fn pull(&self, account: &Account, connection: &str) -> Result<()> {
        self.call(account, "POST", &format!("/connections/{connection}/pull"), None).map(drop)
    }

    pub(super) fn disconnect(&self, account: &Account, connection: &str) -> Result<()> {
        let path = format!("/connections/{connection}?at_provider=keep");
        self.call(account, "DELETE", &path, None).map(drop)
    }

    fn call(
        &self,
        account: &Account,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value> {
        curl::api(&account.key, method, &format!("{}{path}", self.api), body)
    }

    /// Resident memory, in MiB.
    pub(super) fn resident_mib(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: f64 = line
            .and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok())
            .context("the kernel says how much memory is resident")?;
        Ok(kib / 1024.0)
    }

    /// Processor time used so far, of all threads that still live.
    pub(super) fn processor_time(&self) -> Result<Duration> {
        let mut nanoseconds = 0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.process))? {
            let text = fs::read_to_string(thread?.path().join("schedstat"))?;
            let first = text.split(' ').next().and_then(|number| number.parse::<u64>().ok());
            nanoseconds += first.context("the kernel says how long a thread ran")?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }
}

/// One recorded pull.
pub(super) struct Pull {
    pub(super) cause: String,
    pub(super) took: Duration,
}

/// Does it answer `GET /readyz` with 200?
fn is_ready(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return false };
    let asked = write!(stream, "GET /readyz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n");
    let mut answer = [0; 12];
    asked.is_ok() && stream.read_exact(&mut answer).is_ok() && answer.ends_with(b" 200")
}
