//! Spellings, names and doors.

use std::sync::Mutex;

use http::Method;
use secrecy::SecretString;

use super::*;
use crate::request::Basic;

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

#[test]
fn museum_extra_no_spelling_of_a_private_address_gets_through() {
    let none = AddressRanges::default();
    for text in [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://127.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://0300.0250.0.1/",
        "http://0/",
        "http://0.0.0.0/",
        "http://①②⑦.⓪.⓪.①/",
        "http://127。0。0。1/",
        "http://%31%32%37.0.0.1/",
        "http://127.0.0.1./",
        "https://user:pass@127.0.0.1:8443/x",
        "https://10.0.0.7/",
        "https://172.20.1.1/",
        "https://192.168.178.1/",
        "https://100.64.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "http://0xA9FEA9FE/",
        "https://168.63.129.16/",
        "https://192.0.2.1/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::]/",
        "https://[::1]/",
        "https://[0:0:0:0:0:0:0:1]/",
        "https://[::127.0.0.1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[::ffff:8.8.8.8]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b:1::1]/",
        "https://[2002:7f00:1::]/",
        "https://[2001::1]/",
        "https://[2001:db8::1]/",
        "https://[fc00::1]/",
        "https://[fd00:ec2::254]/",
        "https://[fe80::1]/",
        "https://[ff02::1]/",
    ] {
        assert_eq!(guard(&url(text), &none), Err(ForbiddenWhy::Private), "{text}");
    }
}

#[test]
fn only_web_addresses_of_a_fair_length_get_through() {
    let none = AddressRanges::default();
    for text in ["ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "data:,x"] {
        assert_eq!(guard(&url(text), &none), Err(ForbiddenWhy::Scheme), "{text}");
    }
    let long = format!("https://example.com/{}", "a".repeat(5000));
    assert_eq!(guard(&url(&long), &none), Err(ForbiddenWhy::TooLong));
    for text in ["https://example.com/", "http://8.8.8.8/", "https://[2606:4700::1111]:8443/"] {
        assert_eq!(guard(&url(text), &none), Ok(()), "{text}");
    }
}

#[test]
fn an_operator_opens_ranges_and_nothing_beside_them() {
    let allow: AddressRanges = "127.0.0.0/8, 10.1.0.0/16".parse().unwrap();
    for text in ["http://127.1/", "https://[::ffff:127.0.0.1]/", "http://10.1.2.3:5232/"] {
        assert_eq!(guard(&url(text), &allow), Ok(()), "{text}");
    }
    for text in ["http://10.2.0.1/", "http://[::1]/", "http://169.254.169.254/"] {
        assert_eq!(guard(&url(text), &allow), Err(ForbiddenWhy::Private), "{text}");
    }
}

fn signed_in(text: &str) -> Request {
    let basic = Basic { username: "ann".into(), password: SecretString::from("secret") };
    Request::new(Method::GET, url(text)).basic(basic)
}

#[test]
fn a_password_travels_over_plain_http_only_where_the_operator_opened_the_way() {
    let allow: AddressRanges = "10.0.0.0/8".parse().unwrap();
    let through = |text: &str| door(&url(text), &signed_in(text), &allow);
    assert_eq!(through("https://example.com/"), Ok(Door::Open));
    assert_eq!(through("http://example.com/"), Ok(Door::Opened));
    assert_eq!(through("http://10.0.0.1/"), Ok(Door::Opened));
    assert_eq!(through("http://8.8.8.8/"), Err(ErrorKind::Insecure));
    let plain = Request::new(Method::GET, url("http://8.8.8.8/"));
    assert_eq!(door(&plain.url, &plain, &allow), Ok(Door::Open));
}

#[test]
fn odd_ports_are_closed_to_those_who_ask_for_web_ports_only() {
    let allow: AddressRanges = "127.0.0.0/8".parse().unwrap();
    let through = |text: &str| {
        let request = Request::new(Method::GET, url(text)).ports(Ports::Web);
        door(&request.url, &request, &allow)
    };
    assert_eq!(through("https://8.8.8.8:443/"), Ok(Door::Open));
    assert_eq!(through("http://8.8.8.8/"), Ok(Door::Open));
    assert_eq!(through("https://8.8.8.8:22/"), Err(ErrorKind::Forbidden(ForbiddenWhy::Port)));
    assert_eq!(through("http://127.0.0.1:5232/"), Ok(Door::Opened));
}

#[test]
fn what_the_operator_vouches_for_may_be_private() {
    let base = url("http://calendar.internal:8080/");
    let through = |text: &str| {
        let request = signed_in(text).trusting(&base);
        door(&request.url, &request, &AddressRanges::default())
    };
    assert_eq!(through("http://calendar.internal:8080/"), Ok(Door::Trusted));
    assert_eq!(through("http://p42.calendar.internal/"), Ok(Door::Trusted));
    assert_eq!(through("http://evilcalendar.internal/"), Ok(Door::Opened));
    let private = Err(ErrorKind::Forbidden(ForbiddenWhy::Private));
    assert_eq!(through("http://169.254.169.254/"), private);
    assert_eq!(
        through("ftp://calendar.internal/"),
        Err(ErrorKind::Forbidden(ForbiddenWhy::Scheme))
    );
}

struct Answers(Mutex<Vec<Vec<IpAddr>>>);

#[async_trait]
impl Resolve for Answers {
    async fn resolve(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(self.0.lock().unwrap().pop().unwrap_or_default())
    }
}

#[tokio::test]
async fn a_name_leads_only_where_its_door_leads() {
    let through = async |door, addresses: &[&str]| {
        let all = addresses.iter().map(|text| text.parse().unwrap()).collect();
        let inner = Arc::new(Answers(Mutex::new(vec![all])));
        let allow = "10.0.0.0/8".parse().unwrap();
        GuardedResolver { inner, allow, door }.addresses("example.com").await
    };
    let ip = |text: &str| -> Vec<IpAddr> { vec![text.parse().unwrap()] };
    assert_eq!(through(Door::Open, &["127.0.0.1", "8.8.8.8"]).await, Ok(ip("8.8.8.8")));
    assert_eq!(through(Door::Open, &["127.0.0.1", "::1"]).await, Err(NoWay::Closed));
    assert_eq!(through(Door::Open, &["10.0.0.1"]).await, Ok(ip("10.0.0.1")));
    assert_eq!(through(Door::Opened, &["8.8.8.8", "10.0.0.1"]).await, Ok(ip("10.0.0.1")));
    assert_eq!(through(Door::Opened, &["8.8.8.8"]).await, Err(NoWay::NotOpened));
    assert_eq!(through(Door::Opened, &["192.168.0.1"]).await, Err(NoWay::Closed));
    assert_eq!(through(Door::Trusted, &["192.168.0.1"]).await, Ok(ip("192.168.0.1")));
    assert_eq!(through(Door::Open, &[]).await, Err(NoWay::Unknown));
}
