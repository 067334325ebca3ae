//! Until when the certificates hold that hosts showed: noted at each answer, for whoever wants to
//! say before that one ends.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use http::Extensions;
use jiff::Timestamp;
use reqwest::tls::TlsInfo;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::time::Time;

/// Hosts of which it is known at once; one more, and all are learnt anew as they are called.
const HOSTS_MAX: usize = 10_000;

/// How long a certificate holds (RFC 5280 §4.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// Since when.
    pub begins_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
}

/// Keeps of the certificate that came with an answer how long it holds.
pub(crate) fn keep_validity(extensions: &mut Extensions) {
    let tls = extensions.remove::<TlsInfo>();
    let validity = tls.as_ref().and_then(TlsInfo::peer_certificate).and_then(validity);
    if let Some(validity) = validity {
        extensions.insert(validity);
    }
}

fn validity(der: &[u8]) -> Option<Validity> {
    let certificate = Certificate::from_der(der).ok()?;
    let validity = certificate.tbs_certificate().validity();
    let instant = |time: &Time| {
        let second = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
        Timestamp::from_second(second).ok()
    };
    let (begins_at, ends_at) = (instant(&validity.not_before)?, instant(&validity.not_after)?);
    Some(Validity { begins_at, ends_at })
}

/// The last that was seen, by site.
#[derive(Default)]
pub(crate) struct Seen(Mutex<HashMap<String, Validity>>);

impl Seen {
    pub(crate) fn note(&self, site: String, validity: Validity) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= HOSTS_MAX && !all.contains_key(&site) {
            all.clear();
        }
        all.insert(site, validity);
    }

    pub(crate) fn of(&self, site: &str) -> Option<Validity> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(site).copied()
    }
}
