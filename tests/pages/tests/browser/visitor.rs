//! A person at a browser: what they press, type and read.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use thirtyfour::prelude::*;

/// The longest that a person waits for something to show.
const PATIENCE: Duration = Duration::from_secs(30);

/// May the page run scripts?
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    Allowed,
    Blocked,
}

/// A browser with a person before it.
pub(crate) struct Visitor {
    pub(crate) browser: WebDriver,
    driver: SocketAddr,
    _profile: tempfile::TempDir,
    _chromedriver: Guard,
}

/// Ends its process when it goes out of scope.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        // Asked politely, it takes its browser along.
        let pid = self.0.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.0.wait();
    }
}

impl Visitor {
    /// Opens a browser of its own.
    pub(crate) async fn arrive(scripts: Scripts) -> Self {
        // The driver's HTTP client wants one to be chosen, although it only talks to this machine.
        let _chosen_before = rustls::crypto::ring::default_provider().install_default();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let chromedriver = Command::new(tool("DAYMARK_TEST_CHROMEDRIVER", "chromedriver"))
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts: `cargo xtask test` installs it");
        let chromedriver = Guard(chromedriver);
        wait_for_port(port);
        let profile = tempfile::tempdir().unwrap();
        let mut wishes = DesiredCapabilities::chrome();
        wishes.set_binary(&tool("DAYMARK_TEST_CHROMIUM", "/usr/bin/chromium")).unwrap();
        for flag in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,1000",
            &format!("--user-data-dir={}", profile.path().display()),
        ] {
            wishes.add_arg(flag).unwrap();
        }
        if scripts == Scripts::Blocked {
            let prefs =
                serde_json::json!({"profile.managed_default_content_settings.javascript": 2});
            wishes.add_experimental_option("prefs", prefs).unwrap();
        }
        let browser = WebDriver::new(format!("http://127.0.0.1:{port}"), wishes).await.unwrap();
        let driver = SocketAddr::from(([127, 0, 0, 1], port));
        Self { browser, driver, _profile: profile, _chromedriver: chromedriver }
    }

    /// Tells the driver what its library has no word for: one command of this session, by its path.
    pub(crate) fn tell_driver(&self, method: &str, path: &str, body: &Value) -> Value {
        let (session, body) = (self.browser.session_id(), body.to_string());
        let mut stream = TcpStream::connect(self.driver).unwrap();
        write!(
            stream,
            "{method} /session/{session}/{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.driver,
            body.len()
        )
        .unwrap();
        // It leaves the connection open: its answer ends where it says.
        let mut answer = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        while answer.read_line(&mut head).unwrap() > 2 {
            let line = head.lines().last().unwrap_or_default().to_ascii_lowercase();
            if let Some(said) = line.strip_prefix("content-length:") {
                length = said.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body).unwrap();
        let body = String::from_utf8(body).unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{method} {path}: {body}");
        serde_json::from_str::<Value>(&body).unwrap()["value"].clone()
    }

    /// Comes in by the link that the demo prints.
    pub(crate) async fn sign_in(&self, link: &str) {
        self.open(link).await;
        self.press("Continue").await;
        self.find(By::Css("body:not(.bare) main")).await;
    }

    pub(crate) async fn open(&self, address: &str) {
        self.browser.goto(address).await.unwrap();
    }

    /// Presses the button or link of that name.
    pub(crate) async fn press(&self, name: &str) {
        let quoted = format!("'{name}'");
        let path = format!(
            "//main//a[normalize-space()={quoted}] | //main//button[normalize-space()={quoted}] | \
             //main//a[.//b[normalize-space()={quoted}]]"
        );
        self.find(By::XPath(path)).await.click().await.unwrap();
    }

    /// Types into the field of that name.
    pub(crate) async fn type_into(&self, field: &str, text: &str) {
        let field = self.find(By::Name(field.to_owned())).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// What a field holds.
    pub(crate) async fn value(&self, field: &str) -> String {
        let field = self.find(By::Name(field.to_owned())).await;
        field.prop("value").await.unwrap().unwrap_or_default()
    }

    /// Waits until the text shows in the main part of the page.
    pub(crate) async fn sees(&self, text: &str) {
        let begun = Instant::now();
        loop {
            let shown = self.text().await;
            if shown.contains(text) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "waited in vain for “{text}” in:\n{shown}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// All that can be read in the main part of the page.
    pub(crate) async fn text(&self) -> String {
        match self.browser.find(By::Css("main")).await {
            Ok(main) => main.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits for an element.
    pub(crate) async fn find(&self, by: By) -> WebElement {
        let found = self.browser.query(by.clone()).wait(PATIENCE, Duration::from_millis(100));
        match found.first().await {
            Ok(element) => element,
            Err(failure) => panic!("{by:?} is not there: {failure}\n{}", self.text().await),
        }
    }

    /// Leaves, so that no browser stays behind.
    pub(crate) async fn leave(self) {
        self.browser.clone().quit().await.unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "the test runner says where its tools are")]
fn tool(variable: &str, otherwise: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| otherwise.to_owned())
}

fn wait_for_port(port: u16) {
    let begun = Instant::now();
    while TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).is_err() {
        assert!(begun.elapsed() < PATIENCE, "chromedriver does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
}
