//! Secrets and titles at rest: XChaCha20-Poly1305 under a key of its own for each sealed column,
//! bound to its row and column, so that a ciphertext cannot be read anywhere but in its place.
//! Layout: version (1 byte), key id (4), nonce (24), ciphertext with its tag.

use std::fmt::{self, Write};

use chacha20poly1305::aead::{Aead, Generate, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{Result, StoreError};

const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 24;

/// A column whose content is sealed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sealed {
    Addresses,
    Credential,
    EventText,
    Answer,
    WebhookUrl,
    WebhookSecret,
    WebhookPrevious,
    Authenticator,
    WaitingAccount,
}

impl Sealed {
    pub(crate) const ALL: [Self; 9] = [
        Self::Addresses,
        Self::Credential,
        Self::EventText,
        Self::Answer,
        Self::WebhookUrl,
        Self::WebhookSecret,
        Self::WebhookPrevious,
        Self::Authenticator,
        Self::WaitingAccount,
    ];

    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Addresses | Self::Credential => "connections",
            Self::EventText => "event_texts",
            Self::Answer => "idempotency_keys",
            Self::WebhookUrl | Self::WebhookSecret | Self::WebhookPrevious => "webhooks",
            Self::Authenticator => "authenticators",
            Self::WaitingAccount => "waiting_accounts",
        }
    }

    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::Addresses => "addresses_sealed",
            Self::Credential => "credential_sealed",
            Self::EventText => "text_sealed",
            Self::Answer => "answer_sealed",
            Self::WebhookUrl => "url_sealed",
            Self::WebhookSecret | Self::Authenticator => "secret_sealed",
            Self::WaitingAccount => "found_sealed",
            Self::WebhookPrevious => "previous_secret_sealed",
        }
    }

    /// What names a row, as SQL; a ciphertext is bound to it.
    pub(crate) fn row(self) -> &'static str {
        match self {
            Self::Addresses
            | Self::Credential
            | Self::WebhookUrl
            | Self::WebhookSecret
            | Self::WebhookPrevious => "id",
            Self::EventText => "event_id",
            Self::Answer => "account_id || '/' || key",
            Self::Authenticator => "user_id",
            Self::WaitingAccount => "attempt_id",
        }
    }
}

/// One key: what it is known by, and the ciphers derived from it, one for each sealed column.
struct Key {
    id: [u8; KEY_ID],
    ciphers: [XChaCha20Poly1305; Sealed::ALL.len()],
}

impl Key {
    fn new(key: [u8; 32]) -> Self {
        let key = Zeroizing::new(key);
        let hash = Sha256::new().chain_update(b"daymark key id").chain_update(*key).finalize();
        let derivation = Hkdf::<Sha256>::new(None, &*key);
        let ciphers = Sealed::ALL.map(|sealed| {
            let purpose = format!("daymark seal {}.{}", sealed.table(), sealed.column());
            let mut subkey = Zeroizing::new([0; 32]);
            derivation
                .expand(purpose.as_bytes(), &mut *subkey)
                .expect("32 bytes are less than HKDF's limit of 255 hashes");
            XChaCha20Poly1305::new((&*subkey).into())
        });
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&hash[..KEY_ID]);
        Self { id, ciphers }
    }
}

/// The key that seals, and older ones that still open.
pub struct Keyring {
    current: Key,
    older: Vec<Key>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} and {} older)", self.current_id(), self.older.len())
    }
}

impl Keyring {
    /// One key for everything.
    pub fn single(key: [u8; 32]) -> Self {
        Self::new(key, Vec::new())
    }

    /// A current key, and older ones for what has not been moved to it yet.
    pub fn new(current: [u8; 32], older: Vec<[u8; 32]>) -> Self {
        Self { current: Key::new(current), older: older.into_iter().map(Key::new).collect() }
    }

    /// What the current key is known by: the beginning of its hash, in hexadecimal.
    pub fn current_id(&self) -> String {
        hex(&self.current.id)
    }

    /// The same, as every ciphertext holds it.
    pub(crate) fn current_mark(&self) -> Vec<u8> {
        self.current.id.to_vec()
    }

    /// What the older keys are known by, in both ways.
    pub(crate) fn older_ids(&self) -> Vec<(String, Vec<u8>)> {
        let older = self.older.iter().filter(|key| key.id != self.current.id);
        older.map(|key| (hex(&key.id), key.id.to_vec())).collect()
    }

    pub(crate) fn holds(&self, id: &str) -> bool {
        self.keys().any(|key| hex(&key.id) == id)
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.older)
    }

    /// Seals `plain` for that column of that row.
    pub(crate) fn seal(&self, sealed: Sealed, row: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let nonce = XNonce::generate();
        let aad = place(sealed, row);
        let payload = Payload { msg: plain, aad: aad.as_bytes() };
        let cipher = &self.current.ciphers[sealed as usize];
        let secret =
            cipher.encrypt(&nonce, payload).map_err(|_| unreadable(&aad, "is too long"))?;
        let mut out = Vec::with_capacity(1 + KEY_ID + NONCE + secret.len());
        out.push(VERSION);
        out.extend_from_slice(&self.current.id);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&secret);
        Ok(out)
    }

    /// Opens what was sealed for that column of that row, and for no other.
    pub(crate) fn open(&self, sealed: Sealed, row: &str, sealed_bytes: &[u8]) -> Result<Vec<u8>> {
        let aad = place(sealed, row);
        let (head, secret) = sealed_bytes
            .split_at_checked(1 + KEY_ID + NONCE)
            .filter(|(head, _)| head[0] == VERSION)
            .ok_or_else(|| unreadable(&aad, "is not in a form that this version knows"))?;
        let (id, nonce) = head[1..].split_at(KEY_ID);
        let key = self.keys().find(|key| key.id == id).ok_or_else(|| {
            unreadable(&aad, &format!("was sealed with key {}, which is not at hand", hex(id)))
        })?;
        let nonce = XNonce::try_from(nonce).map_err(|_| unreadable(&aad, "has no nonce"))?;
        let payload = Payload { msg: secret, aad: aad.as_bytes() };
        key.ciphers[sealed as usize]
            .decrypt(&nonce, payload)
            .map_err(|_| unreadable(&aad, "was changed, or moved from another row"))
    }

    /// The same, for a text.
    pub(crate) fn open_text(&self, sealed: Sealed, row: &str, bytes: &[u8]) -> Result<String> {
        String::from_utf8(self.open(sealed, row, bytes)?)
            .map_err(|_| unreadable(&place(sealed, row), "is not a text"))
    }
}

fn place(sealed: Sealed, row: &str) -> String {
    format!("{}|{row}|{}", sealed.table(), sealed.column())
}

fn unreadable(place: &str, why: &str) -> StoreError {
    StoreError::corrupt(format!("{place} {why}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
