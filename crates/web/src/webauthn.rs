//! What a browser says of a passkey (Web Authentication §7), held against what was asked. Nothing
//! is believed of who made it: attestation is neither asked for nor looked at, so a passkey is as
//! good as the person who registers it, signed in as they are.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Host;

use crate::Settings;

/// Bytes of a credential's id (§4).
const ID_MAX: usize = 1_023;
/// What stands before the key itself in a `SubjectPublicKeyInfo`: of P-256, then of Ed25519.
const P256: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\
    \xce\x3d\x03\x01\x07\x03\x42\x00";
const EDWARDS: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
/// The part of it that names RSA, behind a length that varies and before another.
const RSA: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\x82";

/// What passkeys are bound to: this installation's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    origin: String,
    /// The relying party's id: the host.
    pub(crate) id: String,
}

impl Site {
    /// `None` where browsers offer no passkeys: at an address without a name, or without https
    /// (but for `localhost`).
    pub(crate) fn of(settings: &Settings) -> Option<Self> {
        let address = &settings.address;
        let Some(Host::Domain(host)) = address.host() else { return None };
        let is_secure = address.scheme() == "https" || host == "localhost";
        let origin = address.origin().ascii_serialization();
        is_secure.then(|| Self { origin, id: host.to_owned() })
    }
}

/// What the browser was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ceremony {
    Register,
    SignIn,
}

impl Ceremony {
    /// As a challenge is kept.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign_in",
        }
    }

    fn spelled(self) -> &'static str {
        match self {
            Self::Register => "webauthn.create",
            Self::SignIn => "webauthn.get",
        }
    }
}

/// What the browser says it was asked (§5.8.1).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Collected {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// The challenge that was answered, as it was sent; `None` where the browser was asked something
/// else, or elsewhere.
pub(crate) fn challenge(client_data: &[u8], asked: Ceremony, site: &Site) -> Option<String> {
    let said: Collected = serde_json::from_slice(client_data).ok()?;
    let fits = said.kind == asked.spelled() && said.origin == site.origin && !said.cross_origin;
    fits.then_some(said.challenge)
}

/// What the passkey itself says (§6.1).
pub(crate) struct Said<'d> {
    /// How often it has signed; zero where it does not count.
    pub(crate) signatures: i64,
    /// What follows: at registering, which credential it made.
    rest: &'d [u8],
    has_credential: bool,
}

/// `None` where it speaks to another site, or nobody touched it.
pub(crate) fn said<'d>(data: &'d [u8], site: &Site) -> Option<Said<'d>> {
    let (site_hash, rest) = data.split_at_checked(32)?;
    let (&flags, rest) = rest.split_first()?;
    let (count, rest) = rest.split_at_checked(4)?;
    let is_here = site_hash == Sha256::digest(site.id.as_bytes()).as_slice();
    let is_present = flags & 0x01 != 0;
    let signatures = count.iter().fold(0, |all, byte| all << 8 | i64::from(*byte));
    (is_here && is_present).then_some(Said { signatures, rest, has_credential: flags & 0x40 != 0 })
}

impl Said<'_> {
    /// The id of the credential that was made, in base64url (§6.5.1).
    pub(crate) fn made(&self) -> Option<String> {
        let rest = self.rest.get(16..).filter(|_| self.has_credential)?;
        let (length, rest) = rest.split_at_checked(2)?;
        let length = usize::from(length[0]) << 8 | usize::from(length[1]);
        let id = rest.get(..length).filter(|id| !id.is_empty() && id.len() <= ID_MAX)?;
        Some(URL_SAFE_NO_PAD.encode(id))
    }
}

/// The key of a `SubjectPublicKeyInfo`, and what checks its signatures: ES256, `EdDSA`, RS256.
fn key(info: &[u8]) -> Option<(&'static dyn VerificationAlgorithm, &[u8])> {
    if let Some(point) = info.strip_prefix(P256) {
        return (point.len() == 65).then_some((&ECDSA_P256_SHA256_ASN1, point));
    }
    if let Some(point) = info.strip_prefix(EDWARDS) {
        return (point.len() == 32).then_some((&ED25519, point));
    }
    let inner = info.strip_prefix(b"\x30\x82")?.get(2..)?.strip_prefix(RSA)?;
    let key = inner.get(2..)?.strip_prefix(b"\x00")?;
    Some((&RSA_PKCS1_2048_8192_SHA256, key))
}

/// Is it a key that signatures can be checked by?
pub(crate) fn is_known_key(info: &[u8]) -> bool {
    key(info).is_some()
}

/// Did the holder of that key sign just this (§7.2, step 21)?
pub(crate) fn is_signed(
    public_key: &[u8],
    (authenticator_data, client_data): (&[u8], &[u8]),
    signature: &[u8],
) -> bool {
    let Some((algorithm, key)) = key(public_key) else { return false };
    let mut signed = authenticator_data.to_vec();
    signed.extend_from_slice(&Sha256::digest(client_data));
    UnparsedPublicKey::new(algorithm, key).verify(&signed, signature).is_ok()
}

#[cfg(test)]
mod tests;
