//! The settings: flags, then environment, then `daymark.toml`. Unknown names are refused with
//! the nearest known one; a secret can be given as a file.

mod layers;
mod mail;
mod nearest;
mod open_id;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use connection::Secret;
use jiff::civil::Date;
use outbound::AddressRanges;
use url::Url;

pub(crate) use layers::{Flags, Layers};
pub(crate) use mail::Mail;
pub(crate) use open_id::OpenId;

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
    /// Google, for calendars and Meet.
    pub(crate) google: Provider,
    /// Microsoft, for Outlook and Teams.
    pub(crate) microsoft: Provider,
    /// Whose accounts Microsoft lets in; absent: everybody's.
    pub(crate) microsoft_tenant: Option<String>,
    /// Zoom, for video meetings.
    pub(crate) zoom: Provider,
    /// By which Zoom signs its notices; absent: it rings at nothing.
    pub(crate) zoom_secret_token: Option<Secret>,
    /// Stands in for all of Apple's hosts; absent: Apple's own.
    pub(crate) icloud_url: Option<Url>,
    /// By which messages leave; absent: they are kept here only.
    pub(crate) mail: Option<Mail>,
    /// Where people of this business sign in, beside passwords; absent: nowhere else.
    pub(crate) open_id: Option<OpenId>,
    /// Connections of one kind that one person may have.
    pub(crate) connections_max: usize,
    /// Private addresses that user-given addresses may reach.
    pub(crate) allow_addresses: AddressRanges,
    /// Proxies that are believed in whom they name as the one who asks.
    pub(crate) trusted_proxies: AddressRanges,
    /// What is logged.
    pub(crate) log: String,
}

/// A provider with a sign-in page of its own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Provider {
    /// Stands in for all of its hosts; absent: its own.
    pub(crate) url: Option<Url>,
    /// This installation's client there; absent: nobody can sign in there.
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<Secret>,
    /// The day on which that secret ends; absent: it is not foretold.
    pub(crate) ends: Option<Date>,
}

impl Provider {
    fn read(layers: &Layers, names: [&str; 3]) -> anyhow::Result<Self> {
        let [url, client_id, client_secret] = names;
        let read = Self {
            url: layers.text(url).map(|text| address(url, &text)).transpose()?,
            client_id: layers.text(client_id),
            client_secret: layers.secret(client_secret)?,
            ends: None,
        };
        anyhow::ensure!(
            read.client_id.is_some() == read.client_secret.is_some(),
            "{} and {} belong together: give both, or neither",
            variable(client_id),
            variable(client_secret)
        );
        Ok(read)
    }

    /// The same, with the day on which its secret ends.
    fn ending(self, layers: &Layers, ends: &str) -> anyhow::Result<Self> {
        let ends = layers.text(ends).map(|text| date(ends, &text)).transpose()?;
        Ok(Self { ends, ..self })
    }
}

impl Settings {
    /// Reads the layers into settings, or says which one is wrong and why.
    pub(crate) fn read(layers: &Layers) -> anyhow::Result<Self> {
        let listen = layers.text("listen").unwrap_or_else(|| "127.0.0.1:8080".into());
        let ranges = |name: &str, otherwise: &str| {
            let text = layers.text(name).unwrap_or_else(|| otherwise.into());
            let example = "ranges like 127.0.0.0/8,10.0.0.0/8";
            text.parse().map_err(|wrong| anyhow!("`{name}` must be {example}: {wrong}"))
        };
        let provider = |names| Provider::read(layers, names);
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
            google: provider(["google_url", "google_client_id", "google_client_secret"])?
                .ending(layers, "google_client_secret_ends")?,
            microsoft: provider([
                "microsoft_url",
                "microsoft_client_id",
                "microsoft_client_secret",
            ])?
            .ending(layers, "microsoft_client_secret_ends")?,
            microsoft_tenant: layers.text("microsoft_tenant").map(tenant).transpose()?,
            zoom: provider(["zoom_url", "zoom_client_id", "zoom_client_secret"])?,
            zoom_secret_token: layers
                .secret("zoom_secret_token")?
                .filter(|token| !token.reveal().is_empty()),
            icloud_url: layers
                .text("icloud_url")
                .map(|text| address("icloud_url", &text))
                .transpose()?,
            mail: Mail::read(layers)?,
            open_id: OpenId::read(layers)?,
            connections_max: layers
                .text("connections_max")
                .map_or(Ok(sync::connect::CONNECTIONS_MAX), |text| {
                    count("connections_max", &text)
                })?,
            allow_addresses: ranges("allow_addresses", "")?,
            trusted_proxies: ranges("trusted_proxies", "127.0.0.0/8,::1")?,
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

/// A setting as the environment spells it, and as it is told.
fn variable(name: &str) -> String {
    format!("DAYMARK_{}", name.to_uppercase())
}

fn address(name: &str, text: &str) -> anyhow::Result<Url> {
    let name = variable(name);
    let url = Url::parse(text)
        .with_context(|| format!("{name} must be an address with its scheme, like https://…"))?;
    anyhow::ensure!(
        matches!(url.scheme(), "http" | "https") && url.has_host(),
        "{name} must begin with http:// or https://"
    );
    Ok(url)
}

fn date(name: &str, text: &str) -> anyhow::Result<Date> {
    let name = variable(name);
    text.parse().with_context(|| format!("{name} must be a day like 2027-11-30, not {text}"))
}

/// One at least.
fn count(name: &str, text: &str) -> anyhow::Result<usize> {
    let count = text.parse().ok().filter(|count| *count > 0);
    let name = variable(name);
    count.with_context(|| format!("{name} must be a whole number above 0, like 20, not {text}"))
}

/// It becomes a part of an address.
fn tenant(text: String) -> anyhow::Result<String> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
    anyhow::ensure!(
        text.chars().all(is_name) && text.starts_with(|letter: char| letter.is_alphanumeric()),
        "`microsoft_tenant` must be the id or the domain of an organisation, or `organizations`, \
         `consumers` or `common`, not {text}"
    );
    Ok(text)
}

#[cfg(test)]
mod tests;
