//! `cargo xtask screenshots`: starts the demo, signs in with a real browser, and takes the
//! pictures that the documents show. The browser is driven over `WebDriver`, by curl.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::chores::build_program;
use crate::house;
use crate::say::say;
use crate::shell;
use crate::test::{servers, setup};

/// What is shown, and where it goes below `docs/screenshots`.
const PICTURES: &[(&str, &str)] = &[("/calendars/settings/connections", "connections.png")];
const WIDTH: u32 = 1280;
const HEIGHT: u32 = 1000;
/// Until the first pulls are done and what moves has come to rest.
const SETTLE: Duration = Duration::from_secs(5);
/// The name under which `WebDriver` answers with an element (W3C).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub(crate) fn command() -> Result<bool> {
    let tools = setup::tools(false, true)?;
    servers::stop_on_signal()?;
    let taken = take(&tools);
    servers::clean_up();
    taken.map(|()| true)
}

fn take(tools: &setup::Tools) -> Result<()> {
    if !shell::run(&mut build_program())? {
        bail!("the program does not build");
    }
    let (base, link) = demo()?;
    let browser = Browser::start(tools)?;
    browser.open(&link)?;
    browser.press("form button[type=submit]")?;
    sleep(SETTLE);
    let folder = house::root().join("docs/screenshots");
    fs::create_dir_all(&folder)?;
    for (path, name) in PICTURES {
        browser.open(&format!("{base}{path}"))?;
        sleep(Duration::from_secs(1));
        browser.picture(&folder.join(name))?;
        say(format!("took docs/screenshots/{name}"));
    }
    browser.call("DELETE", "", None).map(drop)
}

/// Starts the demo; gives back its address, and the link that signs in.
fn demo() -> Result<(String, String)> {
    let port = servers::free_port()?;
    let folder = servers::folder("demo")?;
    let log = folder.join("output.log");
    let base = format!("http://127.0.0.1:{port}");
    let mut serve = Command::new(house::target().join("debug/daymark"));
    serve.args(["demo", "--listen", &format!("127.0.0.1:{port}")]);
    let start = format!("{base}/sign-in/");
    let link = || {
        let said = fs::read_to_string(&log).unwrap_or_default();
        said.split_whitespace().find(|word| word.starts_with(&start)).map(str::to_owned)
    };
    servers::start("daymark demo", serve, &folder, || link().is_some())?;
    Ok((base, link().context("the demo prints a link")?))
}

/// A session of `chromedriver`.
struct Browser {
    session: String,
}

impl Browser {
    fn start(tools: &setup::Tools) -> Result<Self> {
        let port = servers::free_port()?;
        let folder = servers::folder("browser")?;
        let profile = folder.join("profile");
        let mut serve = Command::new(tools.chromedriver.as_ref().context("chromedriver")?);
        serve.arg(format!("--port={port}"));
        servers::start("chromedriver", serve, &folder, || servers::answers(port))?;
        let size = format!("--window-size={WIDTH},{HEIGHT}");
        let profile = format!("--user-data-dir={}", profile.display());
        let flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            &size,
            &profile,
        ];
        let options = json!({"binary": tools.chromium, "args": flags});
        let wishes = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}});
        let base = format!("http://127.0.0.1:{port}/session");
        let made = ask("POST", &base, Some(&wishes))?;
        let id = made["sessionId"].as_str().context("chromedriver opens a session")?;
        Ok(Self { session: format!("{base}/{id}") })
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        ask(method, &format!("{}{path}", self.session), body)
    }

    fn open(&self, address: &str) -> Result<()> {
        self.call("POST", "/url", Some(&json!({"url": address}))).map(drop)
    }

    /// Presses the first thing that the selector finds.
    fn press(&self, selector: &str) -> Result<()> {
        let wanted = json!({"using": "css selector", "value": selector});
        let found = self.call("POST", "/element", Some(&wanted))?;
        let id = found[ELEMENT].as_str().with_context(|| format!("the page has {selector}"))?;
        self.call("POST", &format!("/element/{id}/click"), Some(&json!({}))).map(drop)
    }

    fn picture(&self, place: &Path) -> Result<()> {
        let taken = self.call("GET", "/screenshot", None)?;
        let text = place.with_extension("base64");
        fs::write(&text, taken.as_str().context("a picture is text")?)?;
        let written = fs::File::create(place)?;
        let mut decode = Command::new("base64");
        let decoded = shell::run(decode.arg("--decode").arg(&text).stdout(written))?;
        fs::remove_file(&text)?;
        if !decoded {
            bail!("the picture could not be read");
        }
        Ok(())
    }
}

/// One call of `WebDriver`; its answer's value.
fn ask(method: &str, url: &str, body: Option<&Value>) -> Result<Value> {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--request", method, url]);
    if let Some(body) = body {
        command.args(["--header", "Content-Type: application/json", "--data", &body.to_string()]);
    }
    let answer: Value = serde_json::from_str(&shell::output(&mut command)?)?;
    if let Some(error) = answer["value"]["error"].as_str() {
        bail!("the browser says {error}: {}", answer["value"]["message"]);
    }
    Ok(answer["value"].clone())
}
