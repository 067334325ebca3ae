//! The credential of a connection, as it lies under the seal.

use std::borrow::Cow;

use connection::{ConnectionId, Credential, Secret, Tokens};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::seal::Sealed;
use crate::statement::sql;
use crate::{Keyring, Result, Tx, codec};

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum CredentialJson<'a> {
    Password {
        base: Cow<'a, str>,
        username: Cow<'a, str>,
        password: Cow<'a, str>,
    },
    Address {
        address: Cow<'a, str>,
    },
    File {
        text: Cow<'a, str>,
        name: Option<Cow<'a, str>>,
    },
    Tokens {
        account: Cow<'a, str>,
        access: Cow<'a, str>,
        expires_at: i64,
        refresh: Cow<'a, str>,
        scopes: Vec<String>,
        ends_at: Option<i64>,
    },
}

impl<'a> CredentialJson<'a> {
    fn of(credential: &'a Credential) -> Self {
        match credential {
            Credential::Password { base, username, password } => Self::Password {
                base: base.into(),
                username: username.into(),
                password: password.reveal().into(),
            },
            Credential::Address { address } => Self::Address { address: address.reveal().into() },
            Credential::File { text, name } => {
                Self::File { text: text.reveal().into(), name: name.as_deref().map(Cow::Borrowed) }
            }
            Credential::Tokens(tokens) => Self::Tokens {
                account: tokens.account.as_str().into(),
                access: tokens.access.reveal().into(),
                expires_at: tokens.expires_at.as_millisecond(),
                refresh: tokens.refresh.reveal().into(),
                scopes: tokens.scopes.clone(),
                ends_at: tokens.ends_at.map(Timestamp::as_millisecond),
            },
        }
    }

    fn read(self) -> Result<Credential> {
        Ok(match self {
            Self::Password { base, username, password } => Credential::Password {
                base: base.into_owned(),
                username: username.into_owned(),
                password: Secret::new(password),
            },
            Self::Address { address } => Credential::Address { address: Secret::new(address) },
            Self::File { text, name } => {
                Credential::File { text: Secret::new(text), name: name.map(Cow::into_owned) }
            }
            Self::Tokens { account, access, expires_at, refresh, scopes, ends_at } => {
                Credential::Tokens(Tokens {
                    account: account.into_owned(),
                    access: Secret::new(access),
                    expires_at: codec::instant(expires_at)?,
                    refresh: Secret::new(refresh),
                    scopes,
                    ends_at: codec::instant_maybe(ends_at)?,
                })
            }
        })
    }
}

/// The secret, opened.
pub async fn credential(tx: &mut Tx, id: &ConnectionId) -> Result<Option<Credential>> {
    let text = "SELECT credential_sealed FROM connections WHERE id = $1";
    let row: Option<(Vec<u8>,)> = tx.one(sql(text).bind(id.as_str())).await?;
    row.map(|(sealed,)| open_credential(tx.keys(), id, &sealed)).transpose()
}

/// Keeps the same in another form: nothing else of the connection changes.
pub async fn rewrite_credential(
    tx: &mut Tx,
    id: &ConnectionId,
    credential: &Credential,
) -> Result<()> {
    let sealed = seal_credential(tx.keys(), id, credential)?;
    let text = "UPDATE connections SET credential_sealed = $1 WHERE id = $2";
    tx.run(sql(text).bind(sealed).bind(id.as_str())).await?;
    Ok(())
}

/// Opens what was sealed for that connection's row.
pub(super) fn open_credential(
    keys: &Keyring,
    id: &ConnectionId,
    sealed: &[u8],
) -> Result<Credential> {
    let plain = Zeroizing::new(keys.open_text(Sealed::Credential, id.as_str(), sealed)?);
    credential_from_json("connections.credential_sealed", &plain)
}

/// Reads what [`credential_to_json`] wrote into that column.
pub(crate) fn credential_from_json(column: &str, text: &str) -> Result<Credential> {
    codec::from_json::<CredentialJson<'_>>(column, text)?.read()
}

/// As it lies under a seal.
pub(crate) fn credential_to_json(credential: &Credential) -> Zeroizing<String> {
    Zeroizing::new(codec::json(&CredentialJson::of(credential)))
}

/// Seals it for that connection's row.
pub(super) fn seal_credential(
    keys: &Keyring,
    id: &ConnectionId,
    credential: &Credential,
) -> Result<Vec<u8>> {
    let json = credential_to_json(credential);
    keys.seal(Sealed::Credential, id.as_str(), json.as_bytes())
}
