//! A running `daymark demo`, and its sandbox's control.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// The demo's server. Killed when it goes out of scope.
pub(crate) struct Demo {
    /// Signs in, once.
    pub(crate) link: String,
    /// Where the pages are, without a slash at the end.
    pub(crate) base: String,
    /// Host and port of the sandbox.
    sandbox: String,
    child: Child,
}

impl Demo {
    /// Starts it on a free port, and reads from its words where everything is.
    pub(crate) fn start() -> Self {
        Self::start_at("127.0.0.1")
    }

    /// The same, called by that name of this machine.
    pub(crate) fn start_at(host: &str) -> Self {
        let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let base = format!("http://{host}:{}", listen.port());
        let mut child = Command::new(program())
            .args(["demo", "--listen", &listen.to_string(), "--public-url", &base])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let mut demo = Self { link: String::new(), base, sandbox: String::new(), child };
        demo.hear(said);
        demo
    }

    /// Reads where everything is.
    fn hear(&mut self, said: impl BufRead) {
        let start = format!("{}/sign-in/", self.base);
        for line in said.lines().map(Result::unwrap) {
            if let Some(at) = line.find(&start) {
                line[at..].trim().clone_into(&mut self.link);
            }
            if let Some(control) = line.trim().strip_suffix("/control") {
                control.trim_start_matches("http://").clone_into(&mut self.sandbox);
                return;
            }
        }
        panic!("the demo did not say where it is");
    }

    /// Where the sandbox's calendars are.
    pub(crate) fn server(&self) -> String {
        format!("http://{}/", self.sandbox)
    }

    /// User name and password of a person of the sandbox.
    pub(crate) fn person(&self, name: &str) -> (String, String) {
        let world = self.control(("GET", "/control/api"), &Value::Null);
        let people = world["people"].as_array().unwrap();
        let text =
            |person: &Value, field: &str| person["person"][field].as_str().unwrap_or("").to_owned();
        let person = people.iter().find(|person| text(person, "username").starts_with(name));
        let person = person.expect("there is such a person in the sandbox");
        (text(person, "username"), text(person, "app_password"))
    }

    /// Puts an event of today into a calendar of the sandbox; answers what date that is.
    pub(crate) fn put_event(&self, person: &str, calendar: &str, summary: &str) -> String {
        let world = self.control(("GET", "/control/api"), &Value::Null);
        let today = world["now"].as_str().expect("it says the time")[..10].to_owned();
        let start = format!("{today}T12:00:00");
        let path = format!("/control/api/people/{person}/calendars/{calendar}/events");
        let event = json!({"summary": summary, "start": start, "minutes": 60});
        self.control(("POST", &path), &event);
        today
    }

    fn control(&self, (method, path): (&str, &str), body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(&self.sandbox).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.sandbox,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
        assert!((200..300).contains(&status), "{method} {path}: {answer}");
        serde_json::from_str(body).unwrap_or(Value::Null)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program lies beside the folder of the test that runs.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("daymark");
    assert!(program.exists(), "{} is not built: run `cargo build -p daymark`", program.display());
    program
}
