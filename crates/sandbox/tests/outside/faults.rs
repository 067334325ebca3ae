//! Misbehaviour on order.

use std::net::Ipv4Addr;
use std::time::Duration;

use http::StatusCode;
use sandbox::{Failure, Faults, Often, Whom};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{Client, USER, event};

fn set(client: &Client, faults: Faults) {
    client.sandbox.set_faults(&Whom::person(USER), faults).unwrap();
}

#[tokio::test]
async fn a_revoked_password_opens_no_more_and_a_new_one_does() {
    let mut client = Client::new();
    client.sandbox.revoke_password(USER).unwrap();
    assert_eq!(client.propfind("/", "0", "").await.status, StatusCode::UNAUTHORIZED);
    client.password = client.sandbox.new_password(USER).unwrap();
    let groups: Vec<&str> = client.password.split('-').collect();
    assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 4));
    assert_eq!(client.propfind("/", "0", "").await.status, StatusCode::MULTI_STATUS);
}

#[tokio::test]
async fn it_fails_as_often_as_told_and_with_what_it_was_told() {
    let client = Client::new();
    let fail = Failure {
        status: 503,
        often: Often::Times(2),
        retry_after_s: Some(7),
        method: Some("REPORT".into()),
    };
    set(&client, Faults { fail: Some(fail), ..Faults::default() });
    assert_eq!(client.propfind("/", "0", "").await.status, StatusCode::MULTI_STATUS);
    for _ in 0..2 {
        let answer = client.sync(&client.home(), "").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), "7");
    }
    assert_eq!(client.sync(&client.home(), "").await.status, StatusCode::MULTI_STATUS);
}

#[tokio::test]
async fn a_web_page_comes_instead_of_an_answer() {
    let client = Client::new();
    set(&client, Faults { web_page: Often::Times(1), ..Faults::default() });
    let answer = client.propfind("/", "0", "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text().starts_with("<!DOCTYPE html>"));
    assert_eq!(client.propfind("/", "0", "").await.status, StatusCode::MULTI_STATUS);
}

#[tokio::test]
async fn museum_29_a_write_is_applied_and_its_answer_lost() {
    let client = Client::new();
    set(&client, Faults { drop_after_write: Often::Times(1), ..Faults::default() });
    assert!(client.propfind("/", "0", "").await.body.is_some(), "reading is not affected");
    let path = format!("{}x.ics", client.home());
    let put = client.put(&path, &event("x", "20261102T100000Z"), &[]).await;
    assert!(put.body.is_none());
    assert_eq!(client.sandbox.list_events(USER, "Home").unwrap().len(), 1);
    let again = client.put(&path, &event("x", "20261102T100000Z"), &[("if-none-match", "*")]).await;
    assert_eq!(again.status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn a_cut_connection_closes_without_a_byte() {
    let client = Client::new();
    set(&client, Faults { drop_before: Often::Times(1), ..Faults::default() });
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let asking = async {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = "PROPFIND / HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nContent-Length: 0\r\n\
            Authorization: Basic YWRhQGljbG91ZC5leGFtcGxlOmFiY2QtZWZnaC1pamtsLW1ub3A=\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut got = Vec::new();
        // A reset is as good as an end.
        let _ = stream.read_to_end(&mut got).await;
        got
    };
    let got = tokio::select! {
        got = asking => got,
        _ = axum::serve(listener, client.sandbox.router()) => panic!("the server ended"),
    };
    assert_eq!(String::from_utf8(got).unwrap(), "");
}

#[tokio::test]
async fn a_body_ends_in_its_middle() {
    let client = Client::new();
    set(&client, Faults { truncate: Often::Times(1), ..Faults::default() });
    assert!(client.propfind("/", "0", "").await.body.is_none());
    assert!(client.propfind("/", "0", "").await.body.is_some());
}

#[tokio::test]
async fn errors_may_hide_inside_a_good_answer() {
    let client = Client::new();
    for name in ["a", "b", "c", "d"] {
        let text = event(name, "20261102T100000Z");
        client.sandbox.put_event(USER, "Home", &format!("{name}.ics"), &text).unwrap();
    }
    set(&client, Faults { inner_errors: Often::Always, ..Faults::default() });
    let home = client.home();
    let answer = client.propfind(&home, "1", "<D:getetag/>").await;
    assert_eq!(answer.status, StatusCode::MULTI_STATUS);
    let failed = |answer: &crate::client::Answer| {
        answer.all("status").iter().filter(|status| status.contains("500")).count()
    };
    assert_eq!(failed(&answer), 3);
    let hrefs = format!("<D:href>{home}a.ics</D:href><D:href>{home}b.ics</D:href>");
    let content = format!("<D:prop><D:getetag/></D:prop>{hrefs}");
    assert_eq!(failed(&client.report(&home, "C:calendar-multiget", &content).await), 1);
}

#[tokio::test]
async fn the_home_may_be_empty_and_the_multiget_short() {
    let client = Client::new();
    set(&client, Faults { home_empty: true, multiget_max: Some(1), ..Faults::default() });
    let home = client.home();
    let listing = client.propfind(&home.replace("home/", ""), "1", "<D:resourcetype/>").await;
    assert_eq!(listing.all("href").len(), 1);
    let hrefs = format!("<D:href>{home}a.ics</D:href><D:href>{home}b.ics</D:href>");
    let answer = client.report(&home, "C:calendar-multiget", &hrefs).await;
    assert_eq!(answer.all("response").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn slowness_waits_after_the_work_is_done() {
    let client = Client::new();
    set(&client, Faults { slow_ms: 90_000, ..Faults::default() });
    let path = format!("{}x.ics", client.home());
    let text = event("x", "20261102T100000Z");
    let impatient = tokio::time::timeout(Duration::from_secs(30), client.put(&path, &text, &[]));
    assert!(impatient.await.is_err());
    assert_eq!(client.sandbox.list_events(USER, "Home").unwrap().len(), 1);
    let patient = tokio::time::timeout(Duration::from_secs(100), client.propfind("/", "0", ""));
    assert_eq!(patient.await.unwrap().status, StatusCode::MULTI_STATUS);
}

#[tokio::test]
async fn the_clock_in_the_answers_may_be_wrong() {
    let client = Client::new();
    set(&client, Faults { clock_skew_s: -3_600, ..Faults::default() });
    let answer = client.propfind("/", "0", "").await;
    assert_eq!(answer.header("date"), "Mon, 02 Nov 2026 08:00:00 GMT");
}

#[tokio::test]
async fn faults_of_everyone_strike_everyone_and_can_be_called_off() {
    let client = Client::new();
    let change = |faults: &mut Faults| faults.web_page = Often::Always;
    client.sandbox.change_faults(&Whom::Everyone, change).unwrap();
    assert_eq!(client.propfind("/", "0", "").await.status, StatusCode::OK);
    client.sandbox.clear_faults();
    assert_eq!(client.propfind("/", "0", "").await.status, StatusCode::MULTI_STATUS);
    let visits = client.sandbox.visits();
    let faults: Vec<_> = visits.iter().map(|visit| visit.fault).collect();
    assert_eq!(faults, [Some("web page"), None]);
    assert_eq!(visits[1].username.as_deref(), Some(USER));
}
