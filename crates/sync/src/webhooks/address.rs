//! Where a webhook may lead: what can be said of an address before it is ever called.

use outbound::ForbiddenWhy;
use url::{Host, Url};

use crate::Context;

/// Why an address is not taken, as a stable code and a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressFault {
    /// A stable code.
    pub code: &'static str,
    /// What to do, for a person.
    pub say: &'static str,
}

const UNREADABLE: AddressFault = AddressFault {
    code: "invalid",
    say: "Give the whole address, such as https://example.org/daymark, without a password in it.",
};
const FORBIDDEN: AddressFault = AddressFault {
    code: "address_forbidden",
    say: "This address lies in a private network, which must not be called from here. Whoever \
          runs Daymark can open it with DAYMARK_ALLOW_ADDRESSES.",
};
const INSECURE: AddressFault = AddressFault {
    code: "address_insecure",
    say: "Over http others could read what is told. Give the https address.",
};

/// Looks at an address; a name is looked up each time it is called, and guarded then.
pub fn check_address(ctx: &Context, text: &str) -> Result<Url, AddressFault> {
    let url: Url = text.parse().map_err(|_| UNREADABLE)?;
    let allow = ctx.outward.allow();
    outbound::guard(&url, allow).map_err(|why| match why {
        ForbiddenWhy::Private | ForbiddenWhy::Port => FORBIDDEN,
        ForbiddenWhy::Scheme | ForbiddenWhy::NoHost | ForbiddenWhy::TooLong => UNREADABLE,
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UNREADABLE);
    }
    let opened = match url.host() {
        Some(Host::Ipv4(address)) => allow.contains(address.into()),
        Some(Host::Ipv6(address)) => allow.contains(address.into()),
        // Who runs a receiver beside Daymark calls it by a name of their own network.
        Some(Host::Domain(name)) => *allow != outbound::AddressRanges::default() && is_local(name),
        None => false,
    };
    if url.scheme() == "http" && !opened { Err(INSECURE) } else { Ok(url) }
}

/// May it be a name of a network of one's own?
fn is_local(name: &str) -> bool {
    !name.contains('.')
        || [".localhost", ".local", ".internal", ".test", ".lan", ".home.arpa"]
            .iter()
            .any(|end| name.ends_with(end))
}
