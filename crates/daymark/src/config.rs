//! The settings: flags, then environment, then `daymark.toml`. Unknown names are refused with
//! the nearest known one; a secret can be given as a file.

mod layers;
mod nearest;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use connection::Secret;
use outbound::AddressRanges;
use url::Url;

pub(crate) use layers::{Flags, Layers};

/// What an operator chose.
pub(crate) struct Settings {
    /// Address to listen on.
    pub(crate) listen: SocketAddr,
    /// What people and providers call this installation.
    pub(crate) public_url: Option<Url>,
    /// Folder for the database and the key.
    pub(crate) data: PathBuf,
    /// PostgreSQL for many nodes; absent: SQLite in the data folder.
    pub(crate) database_url: Option<Secret>,
    /// Seals credentials and details; absent: a key file in the data folder.
    pub(crate) secret_key: Option<Secret>,
    /// Keys of before, so that what they sealed can still be read.
    pub(crate) old_secret_keys: Option<Secret>,
    /// Stands in for all of Apple's hosts; absent: Apple's own.
    pub(crate) icloud_url: Option<Url>,
    /// Private addresses that user-given addresses may reach.
    pub(crate) allow_addresses: AddressRanges,
    /// What is logged.
    pub(crate) log: String,
}

impl Settings {
    /// Reads the layers into settings, or says which one is wrong and why.
    pub(crate) fn read(layers: &Layers) -> anyhow::Result<Self> {
        let listen = layers.text("listen").unwrap_or_else(|| "127.0.0.1:8080".into());
        let allow = layers.text("allow_addresses").unwrap_or_default();
        Ok(Self {
            listen: listen.parse().with_context(|| {
                format!(
                    "`listen` must be an address with a port, like 127.0.0.1:8080, not {listen}"
                )
            })?,
            public_url: layers
                .text("public_url")
                .map(|text| address("public_url", &text))
                .transpose()?,
            data: layers.text("data").unwrap_or_else(|| "./data".into()).into(),
            database_url: layers.secret("database_url")?,
            secret_key: layers.secret("secret_key")?,
            old_secret_keys: layers.secret("old_secret_keys")?,
            icloud_url: layers
                .text("icloud_url")
                .map(|text| address("icloud_url", &text))
                .transpose()?,
            allow_addresses: allow.parse().map_err(|wrong| {
                anyhow!("`allow_addresses` must be ranges like 127.0.0.0/8,10.0.0.0/8: {wrong}")
            })?,
            log: layers.text("log").unwrap_or_else(|| "info".into()),
        })
    }

    /// The address that links in the terminal begin with.
    pub(crate) fn own_address(&self) -> anyhow::Result<Url> {
        match &self.public_url {
            Some(url) => Ok(url.clone()),
            None => Ok(Url::parse(&format!("http://{}/", self.listen))?),
        }
    }
}

fn address(name: &str, text: &str) -> anyhow::Result<Url> {
    let url = Url::parse(text)
        .with_context(|| format!("`{name}` must be an address with its scheme, like https://…"))?;
    anyhow::ensure!(
        matches!(url.scheme(), "http" | "https") && url.has_host(),
        "`{name}` must begin with http:// or https://"
    );
    Ok(url)
}

#[cfg(test)]
mod tests;
