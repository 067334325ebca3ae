//! By which server messages leave as mail, and from whom they are.

use connection::Secret;

use super::Layers;

/// The mail server, as the operator gave it.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    /// `smtp://name:password@host:587` or `smtps://…`.
    pub(crate) url: Secret,
    /// From whom; absent: `daymark` at the host that people call.
    pub(crate) from: Option<String>,
}

impl Mail {
    pub(super) fn read(layers: &Layers) -> anyhow::Result<Option<Self>> {
        let from = layers.text("mail_from");
        let Some(url) = layers.secret("smtp_url")?.filter(|url| !url.reveal().is_empty()) else {
            return Ok(None);
        };
        Ok(Some(Self { url, from }))
    }
}
