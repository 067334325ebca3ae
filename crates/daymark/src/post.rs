//! The way of messages out: the mail server that the settings name, and our own address in links.

use anyhow::Context as _;
use outbound::mail::MailServer;
use sync::Post;

use crate::config::Settings;
use crate::house;

/// Without a mail server in the settings there is none.
pub(crate) fn post(settings: &Settings) -> anyhow::Result<Option<Post>> {
    let Some(mail) = &settings.mail else { return Ok(None) };
    let address = settings.own_address()?;
    let from = mail.from.clone().unwrap_or_else(|| {
        // An address of numbers has no mail: whoever runs that names a sender.
        let host = address.domain().unwrap_or("localhost");
        format!("Daymark <daymark@{host}>")
    });
    let server = MailServer::new(&mail.url.reveal().into(), &from)
        .context("DAYMARK_SMTP_URL or DAYMARK_MAIL_FROM cannot be used")?;
    Ok(Some(Post { server, address: house::bare(&address) }))
}
