//! Where settings come from, one above the other.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use connection::Secret;

use super::nearest::nearest;

/// Every setting, and whether it is secret (then `…_FILE` may name a file that holds it).
const KNOWN: [(&str, bool); 30] = [
    ("listen", false),
    ("public_url", false),
    ("data", false),
    ("database_url", true),
    ("secret_key", true),
    ("old_secret_keys", true),
    ("google_client_id", false),
    ("google_client_secret", true),
    ("google_client_secret_ends", false),
    ("google_url", false),
    ("microsoft_client_id", false),
    ("microsoft_client_secret", true),
    ("microsoft_client_secret_ends", false),
    ("microsoft_url", false),
    ("microsoft_tenant", false),
    ("zoom_client_id", false),
    ("zoom_client_secret", true),
    ("zoom_secret_token", true),
    ("zoom_url", false),
    ("icloud_url", false),
    ("connections_max", false),
    ("smtp_url", true),
    ("mail_from", false),
    ("oidc_issuer", false),
    ("oidc_client_id", false),
    ("oidc_client_secret", true),
    ("oidc_name", false),
    ("allow_addresses", false),
    ("trusted_proxies", false),
    ("log", false),
];
/// What environment variables of ours begin with.
const PREFIX: &str = "DAYMARK_";
/// Variables of the test runner, which are no settings.
const TEST_PREFIX: &str = "DAYMARK_TEST_";

/// The settings that can be given as flags.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Flags {
    /// Settings file; without it `daymark.toml` in the present folder is read if it is there.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Address to listen on (`DAYMARK_LISTEN`), 127.0.0.1:8080 unless given.
    #[arg(long, value_name = "ADDR", global = true)]
    listen: Option<String>,
    /// What people and providers call this installation (`DAYMARK_PUBLIC_URL`).
    #[arg(long, value_name = "URL", global = true)]
    public_url: Option<String>,
    /// Folder for the database and the key (`DAYMARK_DATA`), ./data unless given.
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<String>,
}

impl Flags {
    /// The address to listen on, where the flag gives one.
    pub(crate) fn listen(&self) -> Option<&str> {
        self.listen.as_deref()
    }

    /// The data folder, where the flag gives one.
    pub(crate) fn folder(&self) -> Option<&str> {
        self.data.as_deref()
    }
}

/// All layers, read and checked for names that do not exist.
pub(crate) struct Layers {
    flags: BTreeMap<&'static str, String>,
    environment: BTreeMap<String, String>,
    file: BTreeMap<String, String>,
}

impl Layers {
    /// Flags, this process's environment, and the settings file.
    pub(crate) fn of(flags: &Flags) -> anyhow::Result<Self> {
        let ours = std::env::vars().filter(|(name, _)| name.starts_with(PREFIX));
        let text = match &flags.config {
            Some(path) => Some(read(path)?),
            None if Path::new("daymark.toml").exists() => Some(read(Path::new("daymark.toml"))?),
            None => None,
        };
        Self::new(flags, ours, text.as_deref())
    }

    pub(crate) fn new(
        flags: &Flags,
        environment: impl Iterator<Item = (String, String)>,
        file: Option<&str>,
    ) -> anyhow::Result<Self> {
        let given =
            [("listen", &flags.listen), ("public_url", &flags.public_url), ("data", &flags.data)];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        let environment = environment.filter(|(name, _)| !name.starts_with(TEST_PREFIX));
        let environment: BTreeMap<String, String> = environment
            .map(|(name, value)| (name[PREFIX.len()..].to_ascii_lowercase(), value))
            .collect();
        for name in environment.keys() {
            check(name, &format!("{PREFIX}{}", name.to_ascii_uppercase()))?;
        }
        let file = file.map(parse).transpose()?.unwrap_or_default();
        for name in file.keys() {
            check(name, name)?;
        }
        Ok(Self { flags: given.collect(), environment, file })
    }

    /// A plain setting.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        debug_assert!(KNOWN.contains(&(name, false)), "every setting stands in KNOWN");
        let value = self.flags.get(name);
        let value = value.or_else(|| self.environment.get(name)).or_else(|| self.file.get(name));
        value.cloned().filter(|value| !value.is_empty())
    }

    /// A secret one: given as it is, or as the name of a file that holds it.
    pub(crate) fn secret(&self, name: &str) -> anyhow::Result<Option<Secret>> {
        let in_file = format!("{name}_file");
        for layer in [&self.environment, &self.file] {
            match (layer.get(name), layer.get(&in_file)) {
                (Some(_), Some(_)) => bail!("give `{name}` or `{in_file}`, not both"),
                (Some(text), None) => return Ok(Some(Secret::new(text.clone()))),
                (None, Some(path)) => {
                    return Ok(Some(Secret::new(read(Path::new(path))?.trim())));
                }
                (None, None) => {}
            }
        }
        Ok(None)
    }
}

fn check(name: &str, shown: &str) -> anyhow::Result<()> {
    let exists = |&(known, secret): &(&str, bool)| {
        name == known || secret && name.strip_suffix("_file") == Some(known)
    };
    if KNOWN.iter().any(exists) {
        return Ok(());
    }
    let names = KNOWN.map(|(known, _)| known);
    match nearest(name, &names) {
        Some(meant) => bail!("there is no setting `{shown}`; did you mean `{meant}`?"),
        None => bail!("there is no setting `{shown}`; docs/operating.md lists them all"),
    }
}

fn parse(text: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let table: toml::Table = text.parse().context("the settings file cannot be read")?;
    let lines = table.into_iter().map(|(name, value)| match value {
        toml::Value::String(text) => Ok((name, text)),
        other => bail!("`{name}` must be a text in quotes, not {}", other.type_str()),
    });
    lines.collect()
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}
