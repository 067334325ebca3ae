//! Passkeys that are made here, as an authenticator makes them.

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};

use super::*;

fn site() -> Site {
    Site { origin: "https://d.example".into(), id: "d.example".into() }
}

fn client_data(kind: &str, origin: &str, cross: bool) -> Vec<u8> {
    let said = serde_json::json!({
        "type": kind, "challenge": "Y2g", "origin": origin, "crossOrigin": cross, "more": 1,
    });
    said.to_string().into_bytes()
}

fn data(id: &str, flags: u8, count: u32, rest: &[u8]) -> Vec<u8> {
    let mut data = Sha256::digest(id.as_bytes()).to_vec();
    data.push(flags);
    data.extend_from_slice(&count.to_be_bytes());
    data.extend_from_slice(rest);
    data
}

#[test]
fn an_address_with_a_name_over_https_has_passkeys() {
    let of = |address: &str| {
        Site::of(&Settings {
            address: address.parse().unwrap(),
            secure_cookies: true,
            version: "0",
            open_id: None,
            demo_note: None,
            trusted_proxies: crate::Proxies::new(|_| false),
        })
    };
    let site = of("https://d.example:8443/x").unwrap();
    assert_eq!((site.origin.as_str(), site.id.as_str()), ("https://d.example:8443", "d.example"));
    assert!(of("http://localhost:8080/").is_some());
    assert!(of("http://d.example/").is_none() && of("https://192.0.2.1/").is_none());
}

#[test]
fn an_answer_to_another_question_or_site_is_none() {
    let answered = |kind, origin, cross| {
        challenge(&client_data(kind, origin, cross), Ceremony::SignIn, &site())
    };
    assert_eq!(answered("webauthn.get", "https://d.example", false).as_deref(), Some("Y2g"));
    assert_eq!(answered("webauthn.create", "https://d.example", false), None);
    assert_eq!(answered("webauthn.get", "https://evil.example", false), None);
    assert_eq!(answered("webauthn.get", "https://d.example", true), None);
    assert_eq!(challenge(b"{}", Ceremony::SignIn, &site()), None);
}

#[test]
fn a_passkey_of_another_site_or_untouched_says_nothing() {
    assert_eq!(said(&data("d.example", 1, 258, &[]), &site()).unwrap().signatures, 258);
    assert!(said(&data("evil.example", 1, 0, &[]), &site()).is_none());
    assert!(said(&data("d.example", 4, 0, &[]), &site()).is_none(), "nobody was there");
    let whole = data("d.example", 0x41, 0, &[]);
    for length in 0..whole.len() {
        assert!(said(&whole[..length], &site()).is_none());
    }
}

#[test]
fn the_credential_that_was_made_has_its_own_length() {
    let mut rest = vec![0; 16];
    rest.extend_from_slice(&[0, 3, 1, 2, 3, 0xa5]);
    let made = |flags, rest: &[u8]| said(&data("d.example", flags, 0, rest), &site())?.made();
    assert_eq!(made(0x41, &rest).as_deref(), Some("AQID"));
    assert_eq!(made(0x01, &rest), None, "it does not say so");
    assert_eq!(made(0x41, &rest[..19]), None);
    rest[17] = 0;
    assert_eq!(made(0x41, &rest), None, "no id");
}

#[test]
fn a_signature_is_good_for_what_was_signed_with_that_key_alone() {
    let random = SystemRandom::new();
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, made.as_ref(), &random).unwrap();
    let public = [P256, pair.public_key().as_ref()].concat();
    let (said, client) = (data("d.example", 1, 1, &[]), client_data("webauthn.get", "x", false));
    let signed = [said.as_slice(), &Sha256::digest(&client)].concat();
    let signature = pair.sign(&random, &signed).unwrap();
    assert!(is_known_key(&public));
    assert!(is_signed(&public, (&said, &client), signature.as_ref()));
    assert!(!is_signed(&public, (&said, b"{}"), signature.as_ref()));
    assert!(!is_signed(&public, (&said, &client), b""));
    assert!(!is_signed(&public[..80], (&said, &client), signature.as_ref()));

    let made = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap();
    let other = [EDWARDS, pair.public_key().as_ref()].concat();
    assert!(is_signed(&other, (&said, &client), pair.sign(&signed).as_ref()));
    assert!(!is_signed(&other, (&said, &client), signature.as_ref()));
    assert!(!is_known_key(b"") && !is_known_key(&[0x30; 91]));
}
