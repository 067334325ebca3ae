//! Which network addresses may be called on a user's say-so, and the ranges that an operator
//! opens beside them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Ranges of addresses, as `127.0.0.0/8,10.0.0.0/8,fd00::/8`; empty for none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressRanges(Vec<Range>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    bits: u128,
    mask: u128,
    is_v4: bool,
}

/// The text is no list of address ranges.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no range of addresses; write it like 10.0.0.0/8 or fd00::/8")]
pub struct NotARange(String);

impl FromStr for AddressRanges {
    type Err = NotARange;

    fn from_str(text: &str) -> Result<Self, NotARange> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts
            .map(|part| range(part).ok_or_else(|| NotARange(part.into())))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl AddressRanges {
    /// Is the address inside one of the ranges? An IPv4 address in IPv6 clothes counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|range| {
            range.is_v4 == address.is_ipv4() && bits(address) & range.mask == range.bits
        })
    }
}

fn range(text: &str) -> Option<Range> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
    let address: IpAddr = address.parse().ok()?;
    let width: u32 = if address.is_ipv4() { 32 } else { 128 };
    let prefix: u32 = prefix.map_or(Some(width), |p| p.parse().ok())?;
    let below = width.checked_sub(prefix)?;
    let mask = u128::MAX.checked_shl(below).unwrap_or(0);
    Some(Range { bits: bits(address) & mask, mask, is_v4: address.is_ipv4() })
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// IPv4 addresses that are not the open Internet: IANA's special-purpose registry (RFC 6890),
/// multicast, and the one public address behind which a cloud hides its metadata.
const CLOSED_V4: [(Ipv4Addr, u32); 17] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The one IPv6 range that is the open Internet; whatever lies outside is closed: loopback,
/// mapped and translated IPv4, unique local, link-local, multicast and all that comes later.
const OPEN_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is closed inside it: IETF protocols with Teredo, documentation twice, 6to4.
const CLOSED_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Is this an address that nobody may reach through us without an operator's word?
pub(crate) fn is_closed(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => CLOSED_V4.iter().any(|&(net, prefix)| within_v4(v4, net, prefix)),
        IpAddr::V6(v6) => {
            !within_v6(v6, OPEN_V6.0, OPEN_V6.1)
                || CLOSED_V6.iter().any(|&(net, prefix)| within_v6(v6, net, prefix))
        }
    }
}

fn within_v4(address: Ipv4Addr, net: Ipv4Addr, prefix: u32) -> bool {
    (address.to_bits() ^ net.to_bits()) >> (32 - prefix) == 0
}

fn within_v6(address: Ipv6Addr, net: Ipv6Addr, prefix: u32) -> bool {
    (address.to_bits() ^ net.to_bits()) >> (128 - prefix) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_matched() {
        let ranges: AddressRanges = " 127.0.0.0/8, fd00::/8,10.1.2.3 ".parse().unwrap();
        let inside = |text: &str| ranges.contains(text.parse().unwrap());
        for open in ["127.0.0.1", "127.255.0.9", "::ffff:127.0.0.1", "fd12::1", "10.1.2.3"] {
            assert!(inside(open), "{open}");
        }
        for other in ["128.0.0.1", "::1", "10.1.2.4", "fe80::1", "::7f00:1"] {
            assert!(!inside(other), "{other}");
        }
        assert!(AddressRanges::default() == "".parse().unwrap());
        assert!("0.0.0.0/0".parse::<AddressRanges>().unwrap().contains([8, 8, 8, 8].into()));
        let nat64: AddressRanges = "64:ff9b::/96".parse().unwrap();
        let far: IpAddr = "64:ff9b::8.8.8.8".parse().unwrap();
        assert!(nat64.contains(far) && is_closed(far), "closed until it is opened");
        for wrong in ["10.0.0.0/33", "ten", "10.0.0.0/8/8", "10.0.0/8", "::/129", "1.2.3.4/-1"] {
            assert!(wrong.parse::<AddressRanges>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_open_internet_is_open_and_the_rest_is_closed() {
        for open in ["8.8.8.8", "17.248.1.1", "100.63.0.1", "172.32.0.1", "2606:4700::1111"] {
            assert!(!is_closed(open.parse().unwrap()), "{open}");
        }
        let closed = [
            "0.0.0.0",
            "10.9.9.9",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "169.254.169.254",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.19.0.1",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.251",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:8.8.8.8",
            "::ffff:10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::fb",
        ];
        for address in closed {
            assert!(is_closed(address.parse().unwrap()), "{address}");
        }
    }
}
