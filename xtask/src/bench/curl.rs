//! Requests by curl: the yardstick, and our way to the program's API.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell;
use crate::test::servers::PASSWORD;

/// A report over a calendar, as the user `name`; what came back and how long curl needed, without
/// its own start.
pub(super) fn report(url: &str, name: &str, body: &str) -> Result<(String, Duration)> {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail", "--request", "REPORT"]);
    command.args(["--user", &format!("{name}:{PASSWORD}"), "--header", "Depth: 1"]);
    command.args(["--header", "Content-Type: application/xml", "--data", body]);
    timed(command.arg(url))
}

/// Puts files, each to its address, over one connection.
pub(super) fn put(folder: &Path, files: &[(PathBuf, String)]) -> Result<()> {
    let mut list = String::new();
    for (file, url) in files {
        let _infallible = writeln!(list, "upload-file = \"{}\"\nurl = \"{url}\"", file.display());
    }
    let config = folder.join("uploads");
    fs::write(&config, list)?;
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail", "--config"]).arg(&config);
    shell::output(&mut command).map(drop)
}

/// Puts JSON files, each to its address, over one connection; so many a second, or as fast as it
/// goes.
pub(super) fn put_json(
    folder: &Path,
    files: &[(PathBuf, String)],
    a_second: Option<usize>,
) -> Result<()> {
    let mut list = String::new();
    for (file, url) in files {
        let _infallible = writeln!(list, "upload-file = \"{}\"\nurl = \"{url}\"", file.display());
    }
    let config = folder.join("uploads");
    fs::write(&config, list)?;
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail"]);
    command.args(["--header", "Content-Type: application/json", "--output", "/dev/null"]);
    if let Some(rate) = a_second {
        command.args(["--rate", &format!("{rate}/s")]);
    }
    shell::output(command.arg("--config").arg(&config)).map(drop)
}

/// What is there, by an access token, and how long curl needed for it.
pub(super) fn get(url: &str, token: &str) -> Result<(String, Duration)> {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail", "--compressed"]);
    command.args(["--header", &format!("Authorization: Bearer {token}")]);
    timed(command.arg(url))
}

fn timed(command: &mut Command) -> Result<(String, Duration)> {
    let printed = shell::output(command.args(["--write-out", "\n%{time_total}"]))?;
    let (answer, seconds) = printed.rsplit_once('\n').context("curl says how long it took")?;
    let seconds: f64 = seconds.trim().parse().context("curl gives seconds")?;
    Ok((answer.to_owned(), Duration::from_secs_f64(seconds)))
}

/// A call of our API; the answer as JSON, `null` where there is no body.
pub(super) fn api(key: &str, method: &str, url: &str, body: Option<&Value>) -> Result<Value> {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--request", method, url]);
    command.args(["--header", &format!("Authorization: Bearer {key}")]);
    command.args(["--write-out", "\n%{http_code}"]);
    if let Some(body) = body {
        command.args(["--header", "Content-Type: application/json", "--data", &body.to_string()]);
    }
    let printed = shell::output(&mut command)?;
    let (answer, code) = printed.rsplit_once('\n').context("curl says the status")?;
    if !code.starts_with('2') {
        bail!("{method} {url}: {code} {answer}");
    }
    if answer.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(answer).with_context(|| format!("{method} {url} answers JSON"))
}
