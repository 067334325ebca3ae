//! Why a call did not come to an answer, sorted by what the caller does about it. Names a host,
//! never a path: an address can be a secret.

use jiff::Timestamp;

/// A call that came to no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{site}: {kind}")]
pub struct Error {
    /// Scheme and host that were called.
    pub site: String,
    /// What happened.
    pub kind: ErrorKind,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// The guard refuses the address: tell the person, do not ask again.
    #[error("may not be called: {0}")]
    Forbidden(ForbiddenWhy),
    /// A password, or something else that is nobody's business, would travel over plain http: tell
    /// the person to use https.
    #[error("this may not travel over plain http")]
    Insecure,
    /// There is no such host, as far as can be told now.
    #[error("no such host")]
    Dns,
    /// Nobody answers there; nothing was asked.
    #[error("nobody answers")]
    Connect,
    /// The certificate does not prove that it is this host.
    #[error("the certificate {0}")]
    Certificate(CertificateFault),
    /// The port answers, but does not speak TLS.
    #[error("no TLS is spoken there")]
    NotTls,
    /// No whole answer within the time allowed; what was asked may have been done.
    #[error("no answer in time")]
    Timeout,
    /// The answer broke off; what was asked may have been done.
    #[error("the answer broke off")]
    Interrupted,
    /// The answer is larger than the limit.
    #[error("the answer is larger than {max} bytes")]
    TooLarge {
        /// The limit, in bytes.
        max: u64,
    },
    /// It sends us on and on.
    #[error("it sends us on too many times")]
    TooManyRedirects,
    /// It asked to be left alone until then; it was not called.
    #[error("it asked to wait until {until}")]
    Throttled {
        /// When it may be called again.
        until: Timestamp,
    },
    /// The answer is not HTTP as we know it.
    #[error("the answer is not understood")]
    Protocol,
}

/// Why the guard refuses an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ForbiddenWhy {
    /// Neither http nor https.
    #[error("only http and https addresses are called")]
    Scheme,
    /// There is no host in it, or it cannot be read.
    #[error("the address names no host")]
    NoHost,
    /// It leads into a private network, or to no single machine.
    #[error("the address leads into a private network")]
    Private,
    /// Another port than those of the web.
    #[error("only the ports 80 and 443 are called")]
    Port,
    /// Longer than an address may be.
    #[error("the address is too long")]
    TooLong,
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// It is past its end.
    #[error("{}", ended(*ended_at))]
    Ended {
        /// When it ended, where that is told.
        ended_at: Option<Timestamp>,
    },
    /// It is before its beginning.
    #[error("is not valid yet")]
    NotYetValid,
    /// Nobody we trust vouches for it.
    #[error("is signed by nobody we know")]
    UnknownIssuer,
    /// It belongs to another host.
    #[error("belongs to another host")]
    OtherHost,
    /// Anything else.
    #[error("is signed by itself, damaged or withdrawn")]
    Other,
}

fn ended(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "has ended".into(), |at| at.strftime("ended on %-d %B %Y").to_string())
}
