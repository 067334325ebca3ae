//! The key that seals credentials and details: from the settings, or from a file of its own
//! that only its owner may read.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connection::Dice;
use store::Keyring;

use crate::config::Settings;

/// Where the key lies when the settings give none.
pub(crate) fn key_file(data: &Path) -> PathBuf {
    data.join("secret.key")
}

/// The keyring of an installation; makes the key file at the first start.
pub(crate) fn keyring(settings: &Settings, dice: &dyn Dice) -> anyhow::Result<Keyring> {
    let current = match &settings.secret_key {
        Some(text) => decode(text.reveal()).context("`secret_key`")?,
        None => from_file(&key_file(&settings.data), dice)?,
    };
    let older = settings.old_secret_keys.as_ref().map(|text| text.reveal().to_owned());
    let older =
        older.iter().flat_map(|text| text.split([',', ' ', '\n'])).filter(|t| !t.is_empty());
    let older: Vec<[u8; 32]> =
        older.map(decode).collect::<Result<_, _>>().context("`old_secret_keys`")?;
    Ok(Keyring::new(current, older))
}

fn decode(text: &str) -> anyhow::Result<[u8; 32]> {
    let bytes = STANDARD.decode(text.trim()).unwrap_or_default();
    match bytes.try_into() {
        Ok(key) => Ok(key),
        Err(_) => bail!("must be 32 bytes in base64, as `openssl rand -base64 32` prints them"),
    }
}

fn from_file(path: &Path, dice: &dyn Dice) -> anyhow::Result<[u8; 32]> {
    if path.exists() {
        check_rights(path)?;
        let text = fs::read_to_string(path)
            .with_context(|| format!("the key file {} cannot be read", path.display()))?;
        return decode(&text).with_context(|| format!("the key file {}", path.display()));
    }
    let mut key = [0; 32];
    dice.fill(&mut key);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("the key file {} cannot be made", path.display()))?;
    writeln!(file, "{}", STANDARD.encode(key))?;
    file.sync_all()?;
    Ok(key)
}

/// Refuses a key file that others than its owner may read.
pub(crate) fn check_rights(path: &Path) -> anyhow::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!(
            "others may read the key file {} (rights {mode:o}): run `chmod 600 {}`",
            path.display(),
            path.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use connection::FixedDice;

    use super::*;

    #[test]
    fn the_key_file_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = key_file(folder.path());
        let made = from_file(&path, &FixedDice::new(1)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(from_file(&path, &FixedDice::new(2)).unwrap(), made);
    }

    #[test]
    fn a_key_file_that_others_may_read_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = key_file(folder.path());
        from_file(&path, &FixedDice::new(1)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = from_file(&path, &FixedDice::new(1)).err().unwrap().to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
    }
}
