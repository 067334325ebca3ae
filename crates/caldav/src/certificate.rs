//! The certificate of a server whose address a person typed.

use connection::Certificate;
use outbound::Client;
use url::Url;

use crate::hrefs;

/// As the host showed it when it was last called.
pub(crate) fn of(client: &Client, url: &Url) -> Option<Certificate> {
    let seen = client.certificate(url)?;
    let host = hrefs::site(url).to_owned();
    Some(Certificate { host, begins_at: seen.begins_at, ends_at: seen.ends_at })
}
