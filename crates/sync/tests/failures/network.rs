//! The rows where nobody answers: names, sockets, certificates, broken answers, and the guard.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::response::Response;
use axum::{Router, routing::any};
use connection::Result;
use outbound::{Client, Resolve};
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use url::Url;

use crate::far::{self, EVERYONE, Site};
use crate::table::{Answer, Row, rows};
use crate::world::tls::Certified;

/// Loopback, opened by the operator.
const OPENED: &str = "127.0.0.0/8";
/// More than anything that is read.
const ENDLESS: u64 = 1 << 40;

/// Knows no name.
struct Nobody;

#[async_trait]
impl Resolve for Nobody {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Lets the mishap happen to a call.
pub(crate) async fn befall(mishap: &str, place: &str) -> Result<()> {
    let at = |text: &str| Site { base: Some(text.parse().unwrap()) };
    let calm = || far::answering(Answer { status: 200, ..Answer::default() });
    match mishap {
        "no such host" => {
            let mut settings = far::settings("");
            settings.resolver = Some(Arc::new(Nobody));
            let client = Client::in_process(settings, Router::new());
            far::ask(place, &client, &Site::default()).await
        }
        "nobody listens" => {
            let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
            over_network(place, &format!("http://{closed}/")).await
        }
        "no TLS" => by_https(None, Vec::new(), place).await,
        "a certificate that nobody vouches for" => {
            by_https(Some(&Certified::until((2026, 12, 3))), Vec::new(), place).await
        }
        "a certificate that has ended" => {
            let ended = Certified::until((2026, 11, 3));
            by_https(Some(&ended), vec![ended.root.clone()], place).await
        }
        "the connection breaks" => broken_off("", place).await,
        "the answer breaks off" => {
            broken_off("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"items\":[", place).await
        }
        "no answer in time" => {
            let silent = any(std::future::pending::<Response>);
            let client = Client::in_process(far::settings(""), Router::new().fallback(silent));
            tokio::time::pause();
            let told = far::ask(place, &client, &Site::default()).await;
            tokio::time::resume();
            told
        }
        "more than we read" => {
            let endless = || Response::builder().header("content-length", ENDLESS);
            let endless = any(async move || endless().body(Body::empty()).unwrap());
            let client = Client::in_process(far::settings(""), Router::new().fallback(endless));
            far::ask(place, &client, &Site::default()).await
        }
        "asked again too soon" => {
            let headers = vec![("retry-after".to_owned(), "90".to_owned())];
            let busy = far::answering(Answer { status: 429, headers, body: String::new() });
            let first = far::ask(place, &busy, &Site::default()).await;
            assert_eq!(first.unwrap_err().code(), "throttled", "{place}");
            far::ask(place, &busy, &Site::default()).await
        }
        "a private address" => far::ask(place, &calm(), &at("https://10.0.0.1/")).await,
        "a password over plain http" => far::ask(place, &calm(), &at("http://192.0.2.1/")).await,
        "an odd port" => far::ask(place, &calm(), &at("https://192.0.2.1:2525/")).await,
        _ => panic!("nothing plays “{mishap}”"),
    }
}

async fn over_network(place: &str, base: &str) -> Result<()> {
    trusting(Vec::new(), place, base).await
}

async fn trusting(roots: Vec<CertificateDer<'static>>, place: &str, base: &str) -> Result<()> {
    let client = Client::new(outbound::Settings { roots, ..far::settings(OPENED) }).unwrap();
    far::ask(place, &client, &Site { base: Some(base.parse::<Url>().unwrap()) }).await
}

/// Every connection gets these bytes, and is closed.
async fn broken_off(bytes: &str, place: &str) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let serve = async {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(bytes.as_bytes()).await;
        }
    };
    tokio::select! {
        told = over_network(place, &base) => told,
        () = serve => unreachable!("it serves for ever"),
    }
}

async fn by_https(
    certified: Option<&Certified>,
    roots: Vec<CertificateDer<'static>>,
    place: &str,
) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}/", listener.local_addr().unwrap());
    let acceptor = certified.map(Certified::acceptor);
    let serve = async {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            greet(stream, acceptor.as_ref()).await;
        }
    };
    tokio::select! {
        told = trusting(roots, place, &base) => told,
        () = serve => unreachable!("it serves for ever"),
    }
}

async fn greet(mut stream: TcpStream, acceptor: Option<&TlsAcceptor>) {
    if let Some(acceptor) = acceptor {
        drop(acceptor.accept(stream).await);
        return;
    }
    let _ = stream.read(&mut [0; 4096]).await;
    let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
}

/// Somebody who signed for himself.
async fn broken_promises(row: &Row, mishap: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let places = if row.place == "anyone" { &EVERYONE[..] } else { &[row.place.as_str()][..] };
    for place in places {
        let told = befall(mishap, place).await;
        if let Some(says) = far::broken_promise((&row.code, row.wait_s), &told) {
            broken.push(format!("row {}, {place}: {mishap} {says}", row.number));
        }
    }
    broken
}

#[tokio::test]
async fn museum_33_each_mishap_becomes_what_the_document_says() {
    let mut broken = Vec::new();
    for row in rows().iter().filter(|row| row.place != "our own store") {
        if let Some(mishap) = row.mishap() {
            broken.extend(broken_promises(row, mishap).await);
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}
