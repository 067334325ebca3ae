//! A letter handed to a mail server that nobody here wrote, and read where that server laid it.
#![expect(clippy::unwrap_used, reason = "a test fails where something is not as it must be")]

use std::fs;
use std::path::Path;

use outbound::mail::{Letter, MailError, MailServer};

/// What the test runner says; where servers are required, it must say it.
#[expect(clippy::disallowed_methods, reason = "where the servers are is a setting of the tests")]
#[expect(clippy::print_stderr, reason = "what did not run must say so")]
fn given(name: &str) -> Option<String> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        let is_required = std::env::var("DAYMARK_TEST_SERVERS").is_ok_and(|w| w == "required");
        assert!(!is_required, "{name} is not given, and DAYMARK_TEST_SERVERS=required");
        eprintln!("this test needs {name}");
    }
    value
}

/// The letter with that id; the server names files as it likes.
fn find(letters: &str, id: &str) -> Option<String> {
    let files = fs::read_dir(Path::new(letters).join("new")).ok()?;
    let mut texts = files.flatten().map(|file| fs::read_to_string(file.path()).unwrap());
    texts.find(|text| text.contains(id))
}

#[tokio::test]
async fn a_real_mail_server_takes_a_letter_as_it_was_written() {
    let Some(url) = given("DAYMARK_TEST_SMTP_URL") else { return };
    let Some(letters) = given("DAYMARK_TEST_LETTERS") else { return };
    let server = MailServer::new(&url.into(), "Daymark <daymark@calendar.example>").unwrap();
    assert_eq!(server.check().await, Ok(()));
    let link = format!("https://calendar.example/connections/con_{}/repair", "0".repeat(32));
    let letter = Letter {
        id: "msg_of_the_real_server",
        to: ("Dana Réyes", "dana@northwind.example"),
        subject: "Fix this: Kalender für Zoë",
        text: &format!("Needs you.\n\n.A line that begins with a dot\n\nFix this: {link}\n"),
        written_at: "2026-11-22T12:00:00Z".parse().unwrap(),
    };
    assert_eq!(server.send(&letter).await, Ok(()));
    let taken = find(&letters, "msg_of_the_real_server").unwrap();
    for line in [
        "Message-ID: <msg_of_the_real_server@calendar.example>",
        "Auto-Submitted: auto-generated",
        "Date: Sun, 22 Nov 2026 12:00:00 +0000",
        "X-RcptTo: dana@northwind.example",
        "X-MailFrom: daymark@calendar.example",
    ] {
        assert!(taken.contains(line), "{line} is missing:\n{taken}");
    }
    let text = taken.replace("\r\n", "\n").replace("=\n", "");
    assert!(text.contains(&link), "{text}");
    assert!(text.contains("\n.A line that begins with a dot\n"), "{text}");
    let nobody = Letter { to: ("", "no address"), ..letter };
    assert_eq!(server.send(&nobody).await, Err(MailError::Address));
}
