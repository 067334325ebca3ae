//! No calls to private addresses on a user's say-so. The check of a name is made by the very
//! resolver that the connection is opened with, so that an answer cannot change in between.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use url::{Host, Url};

use crate::address::{AddressRanges, is_closed};
use crate::error::{ErrorKind, ForbiddenWhy};
use crate::request::{Ports, Request};

/// No address that we call is longer.
const ADDRESS_MAX: usize = 4096;

/// Finds the addresses of a name.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// All addresses of `host`.
    async fn resolve(&self, host: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// The resolver of the machine.
pub(crate) struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// Through which door a call may leave: what its name may resolve to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// Anywhere: the operator vouches for the host.
    Trusted,
    /// The open Internet, and what the operator opened.
    Open,
    /// Only what the operator opened: the call is unfit for the open Internet.
    Opened,
}

/// Why a name leads nowhere that we may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoWay {
    #[error("no such host")]
    Unknown,
    #[error("a private address")]
    Closed,
    #[error("not an address that the operator opened")]
    NotOpened,
}

/// Checks what can be seen from an address alone, before any name is resolved: for feedback on a
/// form. `allow` are the ranges that the operator opened.
pub fn guard(url: &Url, allow: &AddressRanges) -> Result<(), ForbiddenWhy> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(ForbiddenWhy::Scheme);
    }
    if url.as_str().len() > ADDRESS_MAX {
        return Err(ForbiddenWhy::TooLong);
    }
    match literal(url) {
        Some(address) if is_closed(address) && !allow.contains(address) => {
            Err(ForbiddenWhy::Private)
        }
        _ if url.host_str().is_none_or(str::is_empty) => Err(ForbiddenWhy::NoHost),
        _ => Ok(()),
    }
}

/// The door for one hop of a call, or why there is none.
pub(crate) fn door(url: &Url, request: &Request, allow: &AddressRanges) -> Result<Door, ErrorKind> {
    if matches!(url.scheme(), "http" | "https") && is_trusted(url, request) {
        return Ok(Door::Trusted);
    }
    guard(url, allow).map_err(ErrorKind::Forbidden)?;
    let Some(unfit) = unfit(url, request) else { return Ok(Door::Open) };
    match literal(url) {
        Some(address) if !allow.contains(address) => Err(unfit),
        _ => Ok(Door::Opened),
    }
}

/// Why a call is unfit for the open Internet: a password over plain http, an odd port.
pub(crate) fn unfit(url: &Url, request: &Request) -> Option<ErrorKind> {
    if url.scheme() == "http" && (request.signed.is_some() || request.is_confidential) {
        return Some(ErrorKind::Insecure);
    }
    let is_web_port = matches!(url.port_or_known_default(), Some(80 | 443));
    (request.ports == Ports::Web && !is_web_port)
        .then_some(ErrorKind::Forbidden(ForbiddenWhy::Port))
}

/// Is it the host that the operator vouches for, or one below it?
pub(crate) fn is_trusted(url: &Url, request: &Request) -> bool {
    let (Some(host), Some(trusted)) = (url.host_str(), &request.trusted_host) else { return false };
    is_same_or_below(host, trusted)
}

/// Is `host` the domain itself or a name below it?
pub(crate) fn is_same_or_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(v4) => Some(v4.into()),
        Host::Ipv6(v6) => Some(v6.into()),
        Host::Domain(_) => None,
    }
}

/// Resolves names and lets through only what the door allows. What it returns is what gets
/// connected to.
pub(crate) struct GuardedResolver {
    pub(crate) inner: Arc<dyn Resolve>,
    pub(crate) allow: AddressRanges,
    pub(crate) door: Door,
}

impl GuardedResolver {
    pub(crate) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, NoWay> {
        let all = self.inner.resolve(host).await.map_err(|_| NoWay::Unknown)?;
        if all.is_empty() {
            return Err(NoWay::Unknown);
        }
        let passable = |address: &IpAddr| match self.door {
            Door::Trusted => true,
            Door::Open => !is_closed(*address) || self.allow.contains(*address),
            Door::Opened => self.allow.contains(*address),
        };
        let open: Vec<IpAddr> = all.iter().copied().filter(passable).collect();
        match self.door {
            _ if !open.is_empty() => Ok(open),
            Door::Opened if all.iter().any(|address| !is_closed(*address)) => Err(NoWay::NotOpened),
            _ => Err(NoWay::Closed),
        }
    }
}

#[cfg(test)]
mod tests;
