//! The commands, as scripts use them.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::house::{account, command};

#[test]
fn expand_prints_the_occurrences_and_refuses_what_is_no_calendar() {
    let folder = tempfile::tempdir().unwrap();
    let expand = |text: &str| {
        let mut child = command(folder.path())
            .args(["expand", "2027-01-01T00:00:00Z", "2027-01-03T00:00:00Z"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let daily = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20261201T090000Z\r\n\
                 RRULE:FREQ=DAILY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let found: Value = serde_json::from_slice(&expand(daily).stdout).unwrap();
    let starts: Vec<_> =
        found.as_array().unwrap().iter().map(|o| o["start"].as_str().unwrap()).collect();
    assert_eq!(starts, ["2027-01-01T09:00:00Z", "2027-01-02T09:00:00Z"]);
    let refused = expand("<html>a web page</html>");
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0));
}

#[test]
fn a_wrong_setting_stops_the_program_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let refused = command(folder.path()).arg("serve").env("DAYMARK_LISTN", "x").output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("did you mean `listen`?"), "{said}");
}

#[test]
fn wrong_usage_is_exit_status_two() {
    let folder = tempfile::tempdir().unwrap();
    let refused = command(folder.path()).arg("frobnicate").output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn an_account_is_made_once_for_an_email_address() {
    let folder = tempfile::tempdir().unwrap();
    let (user, key) = account(folder.path());
    assert!(user.starts_with("usr_") && key.starts_with("dmk_"), "{user} {key}");
    let again = command(folder.path())
        .args(["account", "create", "--name", "Again", "--email", "DANA@test.example"])
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8(again.stderr).unwrap().contains("already signs in"));
}

#[test]
fn a_second_step_that_is_not_there_cannot_be_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    account(folder.path());
    let forget = |email: &str| {
        let forget = ["account", "forget-second-step", "--email", email];
        let refused = command(folder.path()).args(forget).output().unwrap();
        assert_eq!(refused.status.code(), Some(1));
        String::from_utf8(refused.stderr).unwrap()
    };
    assert!(forget("nobody@test.example").contains("nobody signs in here as"));
    assert!(forget("dana@test.example").contains("there is no second step"));
}

#[test]
fn who_has_forgotten_a_password_gets_a_link_to_choose_another() {
    let folder = tempfile::tempdir().unwrap();
    account(folder.path());
    let link = |email: &str| {
        let link = ["account", "sign-in-link", "--email", email];
        let made = command(folder.path()).args(link).output().unwrap();
        let said = if made.status.success() { made.stdout } else { made.stderr };
        (made.status.code(), String::from_utf8(said).unwrap())
    };
    let (status, said) = link("nobody@test.example");
    assert!(status == Some(1) && said.contains("nobody signs in here as"), "{said}");
    let (status, one) = link("dana@test.example");
    assert!(status == Some(0) && one.contains("/sign-in/"), "{one}");
    assert_ne!(link("dana@test.example").1, one, "each is another");
}

#[test]
fn doctor_finds_a_key_that_others_may_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    account(folder.path());
    // Nothing answers there: the doctor must not reach for the network in a test.
    let doctor = || {
        let icloud = "http://127.0.0.1:9/";
        command(folder.path()).arg("doctor").env("DAYMARK_ICLOUD_URL", icloud).output().unwrap()
    };
    assert_eq!(doctor().status.code(), Some(0), "{}", String::from_utf8_lossy(&doctor().stdout));
    let key = folder.path().join("secret.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let sick = doctor();
    assert_eq!(sick.status.code(), Some(1));
    assert!(String::from_utf8(sick.stdout).unwrap().contains("chmod 600"));
}
