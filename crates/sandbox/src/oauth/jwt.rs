//! Signed tokens about a person, and the public key that proves them. The key is no secret: it
//! stands in the source of the sandbox, and nothing but a sandbox may trust it.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

const KEY_ID: &str = "sandbox-1";

fn key() -> Option<&'static RsaKeyPair> {
    static KEY: OnceLock<Option<RsaKeyPair>> = OnceLock::new();
    let read = || {
        let text: String = include_str!("signing_key.txt").split_whitespace().collect();
        RsaKeyPair::from_pkcs8(&STANDARD.decode(text).ok()?).ok()
    };
    KEY.get_or_init(read).as_ref()
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The claims as a JSON Web Token, RS256. Unsigned, it looks the same, and its signature is naught.
pub(crate) fn token(claims: &Value, is_unsigned: bool) -> Option<String> {
    let key = key()?;
    let head = part(&json!({ "alg": "RS256", "kid": KEY_ID, "typ": "JWT" }));
    let signed = format!("{head}.{}", part(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    if !is_unsigned {
        let chance = SystemRandom::new();
        key.sign(&RSA_PKCS1_SHA256, &chance, signed.as_bytes(), &mut signature).ok()?;
    }
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// The key set that proves them.
pub(crate) fn key_set() -> Value {
    let Some(key) = key() else { return json!({ "keys": [] }) };
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(key.public());
    json!({ "keys": [{
        "kty": "RSA", "alg": "RS256", "use": "sig", "kid": KEY_ID,
        "n": number(&public.n), "e": number(&public.e),
    }] })
}
