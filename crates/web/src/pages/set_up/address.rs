//! Can providers send browsers back to our address, and can they ring there?

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::Web;

/// Ends of names that the internet does not know (RFC 6761, RFC 6762, RFC 8375).
const PRIVATE_ENDS: [&str; 7] =
    [".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".invalid"];

/// Our address, as far as it can be judged from here.
pub(super) struct Address<'a> {
    url: &'a Url,
    is_given: bool,
}

impl<'a> Address<'a> {
    pub(super) fn of(web: &'a Web) -> Self {
        Self { url: &web.settings.address, is_given: web.ctx.public_url.is_some() }
    }

    /// Has the operator said what it is?
    pub(super) fn is_given(&self) -> bool {
        self.is_given
    }

    /// What cannot work with it, and why.
    pub(super) fn troubles(&self) -> Vec<String> {
        let (url, https) = (self.url, self.url.scheme() == "https");
        let mut troubles = Vec::new();
        if !self.is_given {
            troubles.push(format!(
                "It is not set what this installation is called. Browsers are sent back to \
                 {url}, which is where it listens: right only for people at this machine."
            ));
        }
        if !https && !self.is_here() {
            troubles.push(
                "Its address does not begin with https. Providers send browsers back over plain \
                 http to the machine itself only, so nobody can sign in. Put a proxy with a \
                 certificate in front."
                    .to_owned(),
            );
        }
        if !https || !self.is_public() {
            let why = if https {
                "its name or number belongs to a private network"
            } else {
                "that takes https, with a certificate that everybody trusts"
            };
            troubles.push(format!(
                "Push updates cannot work: providers call from the internet, and cannot ring at \
                 {url}, since {why}. Calendars are polled every 5 minutes instead; all else \
                 works."
            ));
        }
        troubles
    }

    /// The machine that the browser runs on.
    fn is_here(&self) -> bool {
        match self.url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
    }

    fn is_public(&self) -> bool {
        match self.url.host() {
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name.contains('.') && !PRIVATE_ENDS.iter().any(|end| name.ends_with(end))
            }
            Some(Host::Ipv4(ip)) => is_public(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => is_public(IpAddr::V6(ip)),
            None => false,
        }
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !(ip.is_private() || is_odd(ip)),
        IpAddr::V6(ip) => !(ip.is_unique_local() || is_odd_v6(ip)),
    }
}

/// Of this machine or its cable, or shared by a provider's customers (RFC 6598).
fn is_odd(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || is_shared
}

fn is_odd_v6(ip: Ipv6Addr) -> bool {
    ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether signing in and whether push is doubted.
    fn doubted(url: &str) -> (bool, bool) {
        let url = url.parse().unwrap();
        let troubles = Address { url: &url, is_given: true }.troubles();
        let says = |what: &str| troubles.iter().any(|trouble| trouble.contains(what));
        assert_eq!(troubles.len(), usize::from(says("sign in")) + usize::from(says("Push")));
        (says("nobody can sign in"), says("Push updates cannot work"))
    }

    #[test]
    fn a_public_address_over_https_has_no_troubles() {
        for url in ["https://calendar.example.com/", "https://8.8.8.8/", "https://[2606:4700::1]/"]
        {
            assert_eq!(doubted(url), (false, false), "{url}");
        }
    }

    #[test]
    fn the_machine_itself_is_good_for_signing_in_alone() {
        for url in ["http://127.0.0.1:8080/", "http://localhost:8080/", "http://[::1]:8080/"] {
            assert_eq!(doubted(url), (false, true), "{url}");
        }
    }

    #[test]
    fn a_private_address_cannot_be_rung_and_needs_https_to_sign_in() {
        for host in ["10.1.2.3", "192.168.1.9", "100.64.0.1", "[fd00::1]", "daymark", "box.lan"] {
            assert_eq!(doubted(&format!("http://{host}/")), (true, true), "{host}");
            assert_eq!(doubted(&format!("https://{host}/")), (false, true), "{host}");
        }
    }

    #[test]
    fn an_address_that_nobody_gave_says_so() {
        let url = "http://127.0.0.1:8080/".parse().unwrap();
        let troubles = Address { url: &url, is_given: false }.troubles();
        assert!(troubles[0].contains("not set"), "{troubles:?}");
    }
}
