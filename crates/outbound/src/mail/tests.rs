//! Letters as they are written, and what is read from the address of a mail server.

use super::*;

fn wants(address: &str) -> Result<Wants, NotAMailServer> {
    let url = Url::parse(address).map_err(|_| NotAMailServer::Address)?;
    settled(url).map(|(_, wants)| wants)
}

#[test]
fn a_password_travels_only_where_nobody_listens() {
    assert_eq!(wants("smtp://dana:secret@mail.example.com:587"), Ok(Wants::Always));
    assert_eq!(wants("smtp://mail.example.com"), Ok(Wants::Offered));
    assert_eq!(wants("smtps://dana:secret@mail.example.com"), Ok(Wants::First));
    for near in ["smtp://dana:secret@localhost:25", "smtp://127.0.0.1:1025", "smtp://[::1]:25"] {
        assert_eq!(wants(near), Ok(Wants::Nothing), "{near}");
    }
    assert_eq!(wants("smtp://dana:secret@10.0.0.5?tls=none"), Ok(Wants::Nothing));
    assert_eq!(wants("smtp://10.0.0.5?tls=perhaps"), Err(NotAMailServer::Tls));
    assert_eq!(wants("https://mail.example.com"), Err(NotAMailServer::Address));
}

fn server(address: &str) -> Result<MailServer, NotAMailServer> {
    MailServer::new(&SecretString::from(address), "Daymark <daymark@calendar.example>")
}

fn letter(text: &str) -> Letter<'_> {
    Letter {
        id: "msg_0123",
        to: ("Dana Réyes", "dana@northwind.example"),
        subject: "Fix this: iCloud",
        text,
        written_at: "2026-11-22T12:00:00Z".parse().unwrap(),
    }
}

#[tokio::test]
async fn a_letter_says_that_a_program_wrote_it_and_keeps_its_name_at_every_try() {
    let server = server("smtp://127.0.0.1:1").unwrap();
    let message = server.message(&letter("Täglich.\n")).unwrap().formatted();
    let message = String::from_utf8(message).unwrap();
    for line in [
        "Auto-Submitted: auto-generated\r\n",
        "Message-ID: <msg_0123@calendar.example>\r\n",
        "Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n",
        "From: Daymark <daymark@calendar.example>\r\n",
        "MIME-Version: 1.0\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n",
    ] {
        assert!(message.contains(line), "{line} is missing:\n{message}");
    }
    assert!(message.contains("T=C3=A4glich."), "{message}");
    let nobody = Letter { to: ("Dana", "dana at northwind"), ..letter("") };
    assert_eq!(server.send(&nobody).await, Err(MailError::Address));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_as_such() {
    let server = server("smtp://127.0.0.1:1").unwrap();
    assert_eq!(server.check().await, Err(MailError::Unreachable));
    assert_eq!(server.send(&letter("")).await, Err(MailError::Unreachable));
}

#[test]
fn what_is_wrong_with_the_settings_is_said_without_the_password() {
    let wrong = server("smpt://dana:secret@mail.example.com").err().unwrap();
    assert!(!wrong.to_string().contains("secret"));
    let address = SecretString::from("smtp://localhost");
    assert_eq!(MailServer::new(&address, "nobody").err(), Some(NotAMailServer::From));
}
