//! Passkeys, as an authenticator of the test's own makes and uses them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::house::{Answer, Browser, EMAIL, House, LIST, PASSWORD};
use crate::second_step::{acts, tells};

const HERE: &str = "http://localhost:8080";
const PAGE: &str = "/settings/profile/second-step";
const SECOND: &str = "/sign-in/second";
/// The part of a key of P-256 that is the same in all (RFC 5480 §2).
const HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// One credential on a phone.
struct Phone {
    id: [u8; 16],
    key: EcdsaKeyPair,
    signatures: u32,
    origin: &'static str,
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Phone {
    fn new(id: u8) -> Self {
        let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_ASN1_SIGNING);
        let made = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(kind, made.as_ref(), &random).unwrap();
        Self { id: [id; 16], key, signatures: 0, origin: HERE }
    }

    fn client_data(&self, kind: &str, asked: &Value) -> Vec<u8> {
        let said = json!({"type": kind, "challenge": asked["challenge"], "origin": self.origin});
        said.to_string().into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(b"localhost").to_vec();
        data.push(flags);
        data.extend(self.signatures.to_be_bytes());
        data
    }

    /// What the browser sends after it made this one.
    fn made(&self, asked: &Value) -> Vec<(&'static str, String)> {
        let mut data = self.data(0x45);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        vec![
            ("name", "Blue phone".to_owned()),
            ("passkey-present", PASSWORD.to_owned()),
            ("client_data", text(&self.client_data("webauthn.create", asked))),
            ("authenticator_data", text(&data)),
            ("public_key", text(&[&HEAD[..], self.key.public_key().as_ref()].concat())),
        ]
    }

    /// What the browser sends after it used this one.
    fn used(&mut self, asked: &Value) -> Vec<(&'static str, String)> {
        self.signatures += 1;
        let (client, data) = (self.client_data("webauthn.get", asked), self.data(0x05));
        let signed = [data.as_slice(), &Sha256::digest(&client)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        vec![
            ("id", text(&self.id)),
            ("client_data", text(&client)),
            ("authenticator_data", text(&data)),
            ("signature", text(signature.as_ref())),
        ]
    }
}

async fn ask(browser: &mut Browser<'_>, path: &str) -> Value {
    serde_json::from_str(&browser.post(path, &[]).await.expect(200).html).unwrap()
}

async fn send(browser: &mut Browser<'_>, path: &str, parts: &[(&str, String)]) -> Answer {
    let parts: Vec<_> = parts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(path, &parts).await
}

async fn register(browser: &mut Browser<'_>, phone: &Phone) -> Answer {
    let asked = ask(browser, &format!("{PAGE}/passkeys/begin")).await;
    assert_eq!(asked["rp"]["id"], "localhost");
    send(browser, &format!("{PAGE}/passkeys"), &phone.made(&asked)).await
}

/// Half way in, with a challenge.
async fn half(house: &House) -> (Browser<'_>, Value) {
    let mut browser = house.browser();
    assert_eq!(browser.sign_in(EMAIL, PASSWORD).await.expect(303).to(), SECOND);
    let asked = ask(&mut browser, &format!("{SECOND}/passkey/begin")).await;
    (browser, asked)
}

#[tokio::test]
async fn a_passkey_takes_the_second_step_once_for_each_challenge() {
    let house = House::called(HERE).await;
    let mut dana = house.dana().await;
    let mut phone = Phone::new(1);
    register(&mut dana, &phone).await.expect(200).says(&["Keep these recovery codes"]);
    dana.get(PAGE).await.says(&["Blue phone", "10 of 10"]);
    dana.get("/settings/profile").await.says(&["1 passkey; 10 recovery codes left"]);

    let (mut browser, asked) = half(&house).await;
    browser.get(SECOND).await.says(&["Use a passkey", "One of your recovery codes."]);
    browser.get(LIST).await.expect(303);
    assert_eq!(asked["allowCredentials"][0]["id"], text(&[1; 16]));
    let answer = phone.used(&asked);
    let path = format!("{SECOND}/passkey");
    assert_eq!(send(&mut browser, &path, &answer).await.expect(303).to(), "/");
    browser.get(LIST).await.expect(200);
    tells(
        &acts(&house).await,
        &["second_step.enrolled: a passkey", "user.signed_in: with a password and a passkey"],
    );
    let (mut thief, _) = half(&house).await;
    send(&mut thief, &path, &answer).await.expect(422).says(&["did not sign you in"]);
    thief.get(LIST).await.expect(303);
}

#[tokio::test]
async fn an_answer_that_is_another_s_late_or_of_a_copy_is_refused() {
    let house = House::called(HERE).await;
    let mut dana = house.dana().await;
    let (mut phone, mut other) = (Phone::new(1), Phone::new(1));
    register(&mut dana, &phone).await.expect(200);
    let path = format!("{SECOND}/passkey");
    let (mut browser, asked) = half(&house).await;
    send(&mut browser, &path, &other.used(&asked)).await.expect(422);
    tells(&acts(&house).await, &["user.sign_in_failed: at the second step"]);
    let (mut browser, asked) = half(&house).await;
    phone.origin = "http://localhost.evil.example";
    send(&mut browser, &path, &phone.used(&asked)).await.expect(422);
    phone.origin = HERE;
    let (mut browser, asked) = half(&house).await;
    let mut answer = phone.used(&asked);
    answer[3].1 = text(b"no signature");
    send(&mut browser, &path, &answer).await.expect(422);
    let (mut browser, asked) = half(&house).await;
    house.later(301);
    send(&mut browser, &path, &phone.used(&asked)).await.expect(422);
    let (mut browser, asked) = half(&house).await;
    send(&mut browser, &path, &phone.used(&asked)).await.expect(303);
    // Its counter goes back: there are two of it.
    house.later(60);
    phone.signatures = 0;
    let (mut browser, asked) = half(&house).await;
    send(&mut browser, &path, &phone.used(&asked)).await.expect(422);
    house.browser().post(&format!("{SECOND}/passkey/begin"), &[]).await.expect(404);
}

#[tokio::test]
async fn a_passkey_lets_in_however_often_others_failed_elsewhere() {
    let house = House::called(HERE).await;
    let mut phone = Phone::new(1);
    register(&mut house.dana().await, &phone).await.expect(200);
    let path = format!("{SECOND}/passkey");
    for nth in 0..60 {
        let (mut thief, _) = half(&house).await;
        thief.from = Some(std::net::Ipv4Addr::new(198, 51, 100, nth).into());
        thief.post(&path, &[]).await.expect(422);
        thief.post(SECOND, &[("code", "123456")]).await;
    }
    let (mut dana, asked) = half(&house).await;
    send(&mut dana, &path, &phone.used(&asked)).await.expect(303);
    let mut thief = house.browser();
    thief.sign_in(EMAIL, PASSWORD).await.expect(303);
    for _ in 0..30 {
        thief.post(&path, &[]).await;
    }
    thief.post(&path, &[]).await.expect(429).says(&["Too many tries"]);
}

#[tokio::test]
async fn only_what_was_asked_of_this_person_is_kept() {
    let house = House::called(HERE).await;
    let (mut dana, mut sam) = (house.dana().await, house.stranger().await);
    let asked = ask(&mut dana, &format!("{PAGE}/passkeys/begin")).await;
    let (path, phone) = (format!("{PAGE}/passkeys"), Phone::new(1));
    send(&mut sam, &path, &phone.made(&asked)).await.expect(422).says(&["was not added"]);
    let mut odd = phone.made(&asked);
    odd[4].1 = text(b"no key");
    send(&mut dana, &path, &odd).await.expect(422).says(&["was not added"]);
    let mut unasked = phone.made(&ask(&mut dana, &format!("{PAGE}/passkeys/begin")).await);
    unasked[1].1 = "a guess".to_owned();
    send(&mut dana, &path, &unasked).await.expect(422).says(&["not your present password"]);
    register(&mut dana, &phone).await.expect(200);
    assert_eq!(house.browser().sign_in(EMAIL, PASSWORD).await.expect(303).to(), SECOND);

    let remove = format!("{path}/{}/remove", text(&[1; 16]));
    sam.get(&remove).await.expect(404);
    sam.post(&remove, &[("passkey-present", PASSWORD)]).await.expect(404);
    dana.get(&remove).await.expect(200).says(&["Remove Blue phone?"]);
    dana.post(&remove, &[("passkey-present", "a guess")]).await.expect(422).says(&["not your"]);
    dana.post(&remove, &[("passkey-present", PASSWORD)]).await.expect(303);
    assert_eq!(house.browser().sign_in(EMAIL, PASSWORD).await.expect(303).to(), "/");
    dana.get(PAGE).await.hides(&["Blue phone", "Recovery codes"]);
}

#[tokio::test]
async fn at_a_bare_address_passkeys_are_not_offered() {
    let house = House::new().await;
    let mut dana = house.dana().await;
    dana.get(PAGE).await.says(&["by a name over https"]).hides(&["Add a passkey"]);
    dana.post(&format!("{PAGE}/passkeys/begin"), &[]).await.expect(404);
}
