//! Letters on their way to the operator's mail server. It is named by the operator, so the guard
//! has no say in it; what it answers is sorted by what is told of it, and no address is printed.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp;
use lettre::transport::smtp::client::{CertificateStore, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

/// A mail server has this long for each of its answers.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);
/// What is sent by a program asks for no answer from one (RFC 3834 §5).
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// The operator's mail server, and from whom its letters are.
#[derive(Clone)]
pub struct MailServer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// One letter to one person.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'l> {
    /// The same at every try, so that a second copy is recognised as one (RFC 5322 §3.6.4).
    pub id: &'l str,
    /// Their name and their address.
    pub to: (&'l str, &'l str),
    /// What it is about.
    pub subject: &'l str,
    /// Plain text.
    pub text: &'l str,
    /// When it was written.
    pub written_at: Timestamp,
}

/// Why the settings name no mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAMailServer {
    /// It is no address at all, or one of something else.
    #[error("it must be an address like smtp://name:password@mail.example.com:587")]
    Address,
    /// It says of TLS what is not known.
    #[error("behind ?tls= stands `required`, `opportunistic` or `none`")]
    Tls,
    /// From whom letters are is no e-mail address.
    #[error("letters must be from an e-mail address, like daymark@example.com")]
    From,
}

/// Why a letter was not taken, by what to do about it. Holds no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The person's address is none.
    #[error("the address to write to is no e-mail address")]
    Address,
    /// Nobody answers there, or the answer broke off.
    #[error("the mail server does not answer")]
    Unreachable,
    /// No answer in time.
    #[error("the mail server does not answer in time")]
    Timeout,
    /// No TLS is spoken there, or the certificate does not prove that it is this server.
    #[error("no safe connection to the mail server could be made")]
    Tls,
    /// User name or password refused.
    #[error("the mail server refuses the user name or the password (it says {0})")]
    SignIn(u16),
    /// It wants to be asked again.
    #[error("the mail server asks to try again later (it says {0})")]
    Deferred(u16),
    /// It does not take this letter.
    #[error("the mail server refuses the letter (it says {0})")]
    Refused(u16),
    /// It answers something else than mail servers do.
    #[error("the mail server's answer is not understood")]
    NotUnderstood,
}

impl MailError {
    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Address => "address_invalid",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timed_out",
            Self::Tls => "no_tls",
            Self::SignIn(_) => "sign_in_refused",
            Self::Deferred(_) => "deferred",
            Self::Refused(_) => "refused",
            Self::NotUnderstood => "not_understood",
        }
    }
}

impl MailServer {
    /// The server at an address like `smtp://name:password@mail.example.com:587`, for letters from
    /// `from`. `smtps` begins with TLS. `smtp` changes to it: always where a password is given, and
    /// where the server can; `?tls=` says otherwise. On this machine it is not wanted.
    pub fn new(address: &SecretString, from: &str) -> Result<Self, NotAMailServer> {
        let url = Url::parse(address.expose_secret()).map_err(|_| NotAMailServer::Address)?;
        let from: Mailbox = from.parse().map_err(|_| NotAMailServer::From)?;
        let (url, wants) = settled(url)?;
        let host = url.host_str().ok_or(NotAMailServer::Address)?.to_owned();
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str());
        let mut transport = transport.map_err(|_| NotAMailServer::Address)?;
        if wants != Wants::Nothing {
            let tls = TlsParameters::builder(host).certificate_store(roots());
            let tls = tls.build_rustls().map_err(|_| NotAMailServer::Address)?;
            transport = transport.tls(match wants {
                Wants::First => Tls::Wrapper(tls),
                Wants::Always => Tls::Required(tls),
                Wants::Offered | Wants::Nothing => Tls::Opportunistic(tls),
            });
        }
        Ok(Self { transport: transport.timeout(Some(ANSWER_TIME_MAX)).build(), from })
    }

    /// Hands a letter over. Once the server has said yes, it is the server's.
    pub async fn send(&self, letter: &Letter<'_>) -> Result<(), MailError> {
        let message = self.message(letter)?;
        self.transport.send(message).await.map(drop).map_err(|failed| sort(&failed))
    }

    /// Does it answer, and let us in?
    pub async fn check(&self) -> Result<(), MailError> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(MailError::Unreachable),
            Err(failed) => Err(sort(&failed)),
        }
    }

    fn message(&self, letter: &Letter<'_>) -> Result<Message, MailError> {
        let (name, address) = letter.to;
        let address: Address = address.parse().map_err(|_| MailError::Address)?;
        let name = Some(name.trim()).filter(|name| !name.is_empty()).map(str::to_owned);
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, address))
            .subject(letter.subject)
            .date(SystemTime::from(letter.written_at))
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.email.domain())))
            .header(AutoSubmitted)
            .singlepart(SinglePart::plain(letter.text.to_owned()))
            .map_err(|_| MailError::Address)
    }
}

#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        AUTO_SUBMITTED
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned())
    }
}

/// What a connection does about TLS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wants {
    /// It begins with it.
    First,
    /// It changes to it, or ends.
    Always,
    /// It changes to it where the server offers to.
    Offered,
    Nothing,
}

/// The address as the library reads it, and what we want of TLS.
fn settled(mut url: Url) -> Result<(Url, Wants), NotAMailServer> {
    let said = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, tls)| tls.into_owned());
    let wants = match (url.scheme(), said.as_deref()) {
        ("smtps", _) => Wants::First,
        ("smtp", Some("required")) => Wants::Always,
        ("smtp", Some("opportunistic")) => Wants::Offered,
        ("smtp", Some("none")) => Wants::Nothing,
        ("smtp", Some(_)) => return Err(NotAMailServer::Tls),
        ("smtp", None) if is_this_machine(&url) => Wants::Nothing,
        ("smtp", None) if url.password().is_some() => Wants::Always,
        ("smtp", None) => Wants::Offered,
        _ => return Err(NotAMailServer::Address),
    };
    url.set_query(match wants {
        Wants::Always => Some("tls=required"),
        Wants::Offered => Some("tls=opportunistic"),
        Wants::First | Wants::Nothing => None,
    });
    Ok((url, wants))
}

/// The host of an address whose scheme is not one of the web's is a mere name to the parser.
fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    match (url.host(), literal) {
        (Some(Host::Ipv4(address)), _) => address.is_loopback(),
        (Some(Host::Ipv6(address)), _) => address.is_loopback(),
        (_, Ok(address)) => address.is_loopback(),
        _ => host.eq_ignore_ascii_case("localhost"),
    }
}

/// The certificates that this machine trusts; the usual ones where it has none.
fn roots() -> CertificateStore {
    if rustls_native_certs::load_native_certs().certs.is_empty() {
        CertificateStore::WebpkiRoots
    } else {
        CertificateStore::Default
    }
}

fn sort(failed: &smtp::Error) -> MailError {
    let code = failed.status().map(u16::from);
    match code {
        Some(code @ (530 | 534 | 535 | 538)) => MailError::SignIn(code),
        Some(code) if failed.is_transient() => MailError::Deferred(code),
        Some(code) => MailError::Refused(code),
        None if failed.is_timeout() => MailError::Timeout,
        None if failed.is_tls() => MailError::Tls,
        // Of the certificates it trusts none fits, or it offers no TLS where that is needed.
        None if failed.is_client() => MailError::Tls,
        None if failed.is_response() => MailError::NotUnderstood,
        None => MailError::Unreachable,
    }
}

#[cfg(test)]
mod tests;
