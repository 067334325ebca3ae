//! A running `daymark serve`, the sandbox beside it, and a small HTTP client.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sandbox::Sandbox;
use serde_json::Value;

/// The program under test.
pub(crate) const DAYMARK: &str = env!("CARGO_BIN_EXE_daymark");
/// The longest that anything here may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// A `daymark serve` on a folder of its own. Killed when it goes out of scope.
pub(crate) struct House {
    pub(crate) address: SocketAddr,
    child: Child,
}

impl House {
    /// Starts it, and waits until it is ready.
    pub(crate) fn start(data: &Path, icloud: SocketAddr) -> Self {
        Self::start_with(data, icloud, &[])
    }

    /// The same, with more settings.
    pub(crate) fn start_with(data: &Path, icloud: SocketAddr, more: &[(&str, &str)]) -> Self {
        Self::start_logging(data, icloud, (more, Stdio::inherit()))
    }

    /// The same, with its log somewhere else.
    pub(crate) fn start_logging(
        data: &Path,
        icloud: SocketAddr,
        (more, log): (&[(&str, &str)], Stdio),
    ) -> Self {
        let icloud = format!("http://{icloud}/");
        let settings = [&[("DAYMARK_ICLOUD_URL", &*icloud)], more].concat();
        Self::begin(data, "serve", (&settings, log))
    }

    /// A `daymark demo`, with its own sandbox.
    pub(crate) fn demo(data: &Path) -> Self {
        Self::begin(data, "demo", (&[], Stdio::inherit()))
    }

    fn begin(data: &Path, how: &str, (settings, log): (&[(&str, &str)], Stdio)) -> Self {
        let address = free_address();
        let child = command(data)
            .stderr(log)
            .args([how, "--listen", &address.to_string()])
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let house = Self { address, child };
        until("it is ready", || {
            get(address, "/readyz", "").is_some_and(|(status, _)| status == 200)
        });
        house
    }

    /// As a power cut does it.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As an operator does it; answers how long it took.
    pub(crate) fn terminate(mut self) -> Duration {
        let pid = self.child.id().to_string();
        let begun = Instant::now();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        begun.elapsed()
    }

    /// Asks the API.
    pub(crate) fn get(&self, path: &str, key: &str) -> (u16, Value) {
        let (status, body) = get(self.address, path, key).expect("the server answers");
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    /// Posts to the API.
    pub(crate) fn post(&self, path: &str, key: &str, body: &Value) -> (u16, Value) {
        self.send("POST", path, key, body)
    }

    /// Sends to the API, by any method.
    pub(crate) fn send(&self, method: &str, path: &str, key: &str, body: &Value) -> (u16, Value) {
        let (status, body) =
            ask(self.address, (method, path), key, &body.to_string()).expect("the server answers");
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program on a data folder, without any setting of this machine.
pub(crate) fn command(data: &Path) -> Command {
    let mut command = Command::new(DAYMARK);
    command.env_clear().env("DAYMARK_DATA", data).env("DAYMARK_LOG", "warn");
    command.current_dir(data);
    command
}

/// Makes an account: its user's id, and its API key.
pub(crate) fn account(data: &Path) -> (String, String) {
    let made = command(data)
        .args(["account", "create", "--name", "Test", "--email", "dana@test.example"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("user"), text("api_key"))
}

/// Serves a sandbox for as long as the test runs.
pub(crate) fn serve(sandbox: &Sandbox) -> SocketAddr {
    let router = sandbox.router();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
    });
    address
}

/// Waits until `holds`, and fails when patience ends.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn get(address: SocketAddr, path: &str, key: &str) -> Option<(u16, String)> {
    ask(address, ("GET", path), key, "")
}

/// One request over a connection of its own; `None` where nobody answers.
fn ask(
    address: SocketAddr,
    (method, path): (&str, &str),
    key: &str,
    body: &str,
) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}
