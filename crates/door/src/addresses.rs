//! Addresses of ours that one door gives away and the other answers at.

use url::Url;

/// Where providers send browsers back to.
pub const CALLBACK: &str = "/oauth/callback";
/// Where a sign-in that a program began goes on.
pub const BEGIN: &str = "/oauth/begin";

/// One of our addresses, by its path.
pub fn at(address: &Url, path: &str) -> String {
    format!("{}{path}", address.as_str().trim_end_matches('/'))
}
