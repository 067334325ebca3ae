//! Google's and Microsoft's own client libraries for Python, which nobody here wrote, driven by the
//! scripts in `tests/clients` against the sandbox over TCP. It runs where the environment says
//! which `python` has the libraries.

use std::future::pending;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sandbox::{Clock, Sandbox};
use tokio::net::TcpListener;

const PYTHON: &str = "DAYMARK_TEST_LIBRARIES_PYTHON";

/// The `python` that the environment names. Without it the test fails where servers are required,
/// and says that it did not run elsewhere.
#[expect(clippy::disallowed_methods, reason = "the test runner says what it has installed")]
#[expect(clippy::print_stderr, reason = "no test is skipped silently")]
fn python() -> Option<PathBuf> {
    let python = std::env::var(PYTHON).ok().filter(|text| !text.is_empty());
    let is_required = std::env::var("DAYMARK_TEST_SERVERS").is_ok_and(|word| word == "required");
    assert!(python.is_some() || !is_required, "servers are required, and {PYTHON} is not set");
    if python.is_none() {
        eprintln!("NOT RUN: {PYTHON} is not set; cargo xtask test installs the libraries");
    }
    python.map(PathBuf::from)
}

/// A sandbox of today: the libraries look at their own clock to see whether a token is still good.
fn of_today() -> Sandbox {
    #[expect(clippy::disallowed_methods, reason = "the libraries read the real clock too")]
    let clock = Clock::new(Timestamp::now);
    let today = clock.now().to_zoned(TimeZone::UTC).date();
    Sandbox::seeded(1, today, "Europe/Berlin").with_clock(clock)
}

fn run(python: &Path, script: &Path, address: &str) -> Output {
    let mut command = Command::new(python);
    // What Python compiles goes beside the libraries, not into the checkout.
    command.env("PYTHONPYCACHEPREFIX", python.with_file_name("compiled"));
    command.arg(script).arg(address).output().unwrap()
}

async fn drive(script: &str) {
    let Some(python) = python() else { return };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script);
    let driven = tokio::task::spawn_blocking(move || run(&python, &path, &address));
    let output = tokio::select! {
        served = of_today().serve(listener, pending()) => panic!("it served no longer: {served:?}"),
        output = driven => output.unwrap(),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let step = said.lines().rev().find_map(|line| line.strip_prefix("step: "));
    let step = step.unwrap_or("before the first step");
    let complained = String::from_utf8_lossy(&output.stderr);
    let through = said.lines().last().is_some_and(|line| line.starts_with("all steps passed: "));
    assert!(output.status.success() && through, "{script} failed: {step}\n{complained}");
}

#[tokio::test]
async fn the_libraries_of_google_are_at_home() {
    drive("drive_google.py").await;
}

#[tokio::test]
async fn the_libraries_of_microsoft_are_at_home() {
    drive("drive_microsoft.py").await;
}
