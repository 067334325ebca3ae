//! A real browser, driven over `WebDriver`, by curl.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::{HEIGHT, WIDTH};
use crate::shell;
use crate::test::{servers, setup};

/// The name under which `WebDriver` answers with an element (W3C).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// A password is proven dead by its second refusal, half a minute after the first.
const PATIENCE: Duration = Duration::from_mins(2);
const AGAIN: Duration = Duration::from_secs(1);

/// A session of `chromedriver`.
pub(super) struct Browser {
    session: String,
}

impl Browser {
    pub(super) fn start(tools: &setup::Tools) -> Result<Self> {
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

    pub(super) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        ask(method, &format!("{}{path}", self.session), body)
    }

    pub(super) fn open(&self, address: &str) -> Result<()> {
        self.call("POST", "/url", Some(&json!({"url": address}))).map(drop)
    }

    /// Makes the window as wide and as high.
    pub(super) fn resize(&self, (width, height): (u32, u32)) -> Result<()> {
        let size = json!({"width": width, "height": height});
        self.call("POST", "/window/rect", Some(&size)).map(drop)
    }

    /// The first thing that the selector finds.
    fn find(&self, selector: &str) -> Result<String> {
        let kind = if selector.starts_with("//") { "xpath" } else { "css selector" };
        let wanted = json!({"using": kind, "value": selector});
        let found = self.call("POST", "/element", Some(&wanted))?;
        let id = found[ELEMENT].as_str().with_context(|| format!("the page has {selector}"))?;
        Ok(format!("/element/{id}"))
    }

    /// Presses the first thing that the selector finds.
    pub(super) fn press(&self, selector: &str) -> Result<()> {
        let found = self.find(selector)?;
        self.call("POST", &format!("{found}/click"), Some(&json!({}))).map(drop)
    }

    /// Presses a link or button by what it says.
    pub(super) fn press_what_says(&self, text: &str) -> Result<()> {
        until(|| {
            let said = format!("//main//*[self::a or self::button][contains(., '{text}')]");
            self.press(&said).or_else(|_| self.press(&said.replace("main//", "")))
        })
    }

    /// Types into a field in place of what stands there.
    pub(super) fn write(&self, field: &str, text: &str) -> Result<()> {
        let found = self.find(&format!("main input[name={field}]"))?;
        self.call("POST", &format!("{found}/clear"), Some(&json!({})))?;
        let typed = json!({"text": text});
        self.call("POST", &format!("{found}/value"), Some(&typed)).map(drop)
    }

    /// Waits until the page says it.
    pub(super) fn reads(&self, text: &str) -> Result<()> {
        until(|| {
            let body = self.find("body")?;
            let said = self.call("GET", &format!("{body}/text"), None)?;
            let is_there = said.as_str().is_some_and(|said| said.contains(text));
            if is_there { Ok(()) } else { bail!("the page does not say “{text}”: {said}") }
        })
    }

    /// The same, where the page has to be opened anew.
    pub(super) fn reads_at(&self, address: &str, text: &str) -> Result<()> {
        until(|| {
            self.open(address)?;
            let source = self.call("GET", "/source", None)?;
            let is_there = source.as_str().is_some_and(|source| source.contains(text));
            if is_there { Ok(()) } else { bail!("{address} does not say “{text}”") }
        })
    }

    /// Takes a picture of what the window shows, or of one element of it.
    pub(super) fn picture(&self, of: Option<&str>, place: &Path) -> Result<()> {
        let element = of.map_or_else(|| Ok(String::new()), |selector| self.find(selector))?;
        let taken = self.call("GET", &format!("{element}/screenshot"), None)?;
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

/// Tries it until it works, or patience ends.
fn until(works: impl Fn() -> Result<()>) -> Result<()> {
    let begun = Instant::now();
    loop {
        match works() {
            Err(_) if begun.elapsed() < PATIENCE => sleep(AGAIN),
            done => return done,
        }
    }
}

/// One call of `WebDriver`; its answer's value.
fn ask(method: &str, url: &str, body: Option<&Value>) -> Result<Value> {
    let answer = call(method, url, body)?;
    if let Some(error) = answer["value"]["error"].as_str() {
        bail!("the browser says {error}: {}", answer["value"]["message"]);
    }
    Ok(answer["value"].clone())
}

/// One call whose answer is JSON, or nothing.
pub(super) fn call(method: &str, url: &str, body: Option<&Value>) -> Result<Value> {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--request", method, url]);
    if let Some(body) = body {
        command.args(["--header", "Content-Type: application/json", "--data", &body.to_string()]);
    }
    let answer = shell::output(&mut command)?;
    if answer.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(&answer)?) }
}
