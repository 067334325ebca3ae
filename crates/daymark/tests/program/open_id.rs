//! Signing in at a provider of `OpenID` Connect that nobody here wrote (the package `emulate`),
//! where the environment says where it is: through the whole program, as a browser goes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use url::Url;
use url::form_urlencoded::Serializer;

use crate::house::{House, command};

/// What the program is called; its provider knows the way back there.
const PUBLIC_URL: &str = "http://127.0.0.1:8080";
/// Who has an account here, and who has one at the provider alone.
const ADA: &str = "ada@gmail.example";
const NOBODY: &str = "testuser@gmail.com";

/// Where it is; says that the test does not run where nobody says so.
#[expect(clippy::disallowed_methods, reason = "the test runner says where its servers are")]
#[expect(clippy::print_stderr, reason = "no test is skipped silently")]
fn given(variable: &str) -> Option<Url> {
    let address = std::env::var(variable).ok().filter(|text| !text.is_empty());
    let is_required = std::env::var("DAYMARK_TEST_SERVERS").is_ok_and(|word| word == "required");
    assert!(address.is_some() || !is_required, "servers are required, and {variable} is not set");
    if address.is_none() {
        eprintln!("NOT RUN: {variable} is not set; cargo xtask test starts the server");
    }
    address.map(|address| address.parse().unwrap())
}

/// A browser that follows nothing by itself.
#[derive(Default)]
pub(crate) struct Browser {
    cookies: Vec<String>,
}

impl Browser {
    pub(crate) fn exchange(&mut self, to: &str, request: &str, form: &str) -> String {
        let mut stream = TcpStream::connect(to).unwrap();
        let cookies = self.cookies.join("; ");
        write!(
            stream,
            "{request} HTTP/1.0\r\nHost: {to}\r\nCookie: {cookies}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        for cookie in all_of(&answer, "set-cookie") {
            self.cookies.push(cookie.split(';').next().unwrap().to_owned());
        }
        answer
    }

    /// Out to the provider's page, chooses there, and comes back.
    fn sign_in(&mut self, house: &House, provider: &Url, who: &str) -> String {
        let here = house.address.to_string();
        let page: Url = location(&self.exchange(&here, "GET /sign-in/oidc?next=%2Fweek", ""));
        let mut form = Serializer::new(String::new());
        form.append_pair("email", who).extend_pairs(page.query_pairs());
        let chosen = Browser::default().exchange(
            provider.authority(),
            &format!("POST {}/callback", page.path()),
            &form.finish(),
        );
        let back: Url = location(&chosen);
        assert!(back.as_str().starts_with(PUBLIC_URL), "{back}");
        let path = back.as_str().strip_prefix(PUBLIC_URL).unwrap();
        self.exchange(&here, &format!("GET {path}"), "")
    }
}

fn all_of<'a>(answer: &'a str, header: &'a str) -> impl Iterator<Item = &'a str> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let pairs = head.lines().filter_map(|line| line.split_once(": "));
    pairs.filter(move |(name, _)| name.eq_ignore_ascii_case(header)).map(|(_, value)| value)
}

#[track_caller]
fn location(answer: &str) -> Url {
    let to = all_of(answer, "location").next().unwrap_or_else(|| panic!("goes nowhere: {answer}"));
    to.parse().unwrap()
}

#[test]
fn who_is_known_at_a_provider_of_another_make_is_let_in_and_nobody_else() {
    let Some(provider) = given("DAYMARK_TEST_EMULATE_URL") else { return };
    let folder = tempfile::tempdir().unwrap();
    let made = command(folder.path())
        .args(["account", "create", "--name", "Northwind", "--email", ADA])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // It calls itself by another name than the address that is given.
    let issuer = format!("http://localhost:{}", provider.port().unwrap());
    let settings = [
        ("DAYMARK_PUBLIC_URL", PUBLIC_URL),
        ("DAYMARK_OIDC_ISSUER", issuer.as_str()),
        ("DAYMARK_OIDC_CLIENT_ID", "daymark-test"),
        ("DAYMARK_OIDC_CLIENT_SECRET", "test-secret"),
        ("DAYMARK_OIDC_NAME", "Northwind ID"),
    ];
    let house = House::start_with(folder.path(), "127.0.0.1:9".parse().unwrap(), &settings);
    let here = house.address.to_string();
    let mut ada = Browser::default();
    let shown = ada.exchange(&here, "GET /sign-in", "");
    assert!(shown.contains("Sign in with Northwind ID"), "{shown}");
    for _ in ["by the address", "by the subject"] {
        let mut ada = Browser::default();
        let let_in = ada.sign_in(&house, &provider, ADA);
        assert_eq!(all_of(&let_in, "location").next(), Some("/week"), "{let_in}");
        let week = ada.exchange(&here, "GET /settings/profile", "");
        assert!(week.starts_with("HTTP/1.0 200") && week.contains(ADA), "{week}");
    }
    let mut nobody = Browser::default();
    let refused = nobody.sign_in(&house, &provider, NOBODY);
    assert!(refused.starts_with("HTTP/1.0 403") && refused.contains("invitation"), "{refused}");
    let away = nobody.exchange(&here, "GET /settings/profile", "");
    assert!(away.starts_with("HTTP/1.0 303"), "{away}");
}
