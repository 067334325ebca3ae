//! Codes of authenticator apps (RFC 6238: HMAC-SHA-1, six digits, steps of thirty seconds), and
//! the Base32 that people type secrets in (RFC 4648 §6).

use jiff::Timestamp;
use ring::hmac;
use subtle::ConstantTimeEq;

/// Bytes of a secret, as RFC 4226 §4 asks for.
pub const SECRET_LEN: usize = 20;
/// Digits of a code.
pub const DIGITS: usize = 6;
const STEP_S: i64 = 30;
/// How many steps a phone's clock may be ahead or behind.
const DRIFT: i64 = 1;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The code that is shown in one step (RFC 4226 §5.3).
fn shown(secret: &[u8], step: i64, digits: usize) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let hash = tag.as_ref();
    let at = usize::from(hash[hash.len() - 1] & 0xf);
    let mut word = [0; 4];
    word.copy_from_slice(&hash[at..at + 4]);
    let number = u32::from_be_bytes(word) & 0x7fff_ffff;
    let text = format!("{number:010}");
    text[text.len() - digits..].to_owned()
}

/// The step that this code belongs to, if it is one of now, and later than `last_step`.
pub fn step_of(typed: &str, secret: &[u8], last_step: i64, now: Timestamp) -> Option<i64> {
    let present = now.as_second().div_euclid(STEP_S);
    let fits = |step: &i64| {
        let right = shown(secret, *step, DIGITS);
        bool::from(right.as_bytes().ct_eq(typed.as_bytes()))
    };
    (present - DRIFT..=present + DRIFT).filter(fits).find(|step| *step > last_step)
}

/// What an authenticator app reads from the picture.
pub fn address(secret: &[u8], email: &str) -> String {
    let who: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
    let secret = base32(secret);
    format!(
        "otpauth://totp/Daymark:{who}?secret={secret}&issuer=Daymark&algorithm=SHA1\
         &digits={DIGITS}&period={STEP_S}"
    )
}

/// As people type it.
pub fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut five = [0; 5];
        five[..chunk.len()].copy_from_slice(chunk);
        let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        for nth in 0..(chunk.len() * 8).div_ceil(5) {
            let letter = bits >> (35 - 5 * nth) & 0x1f;
            text.push(char::from(ALPHABET[usize::try_from(letter).unwrap_or_default()]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B.
        for (second, right) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(shown(SECRET, second / STEP_S, 8), right, "at {second}");
            let now = Timestamp::from_second(second).unwrap();
            assert_eq!(step_of(&right[2..], SECRET, 0, now), Some(second / STEP_S));
        }
    }

    #[test]
    fn one_step_of_drift_is_borne_and_no_code_counts_twice() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let typed = shown(SECRET, 100, DIGITS);
        let counts = |second| step_of(&typed, SECRET, 0, at(second)) == Some(100);
        assert!(!counts(98 * 30 + 29) && counts(99 * 30) && counts(100 * 30));
        assert!(counts(101 * 30 + 29) && !counts(102 * 30));
        assert_eq!(step_of(&typed, SECRET, 100, at(3_000)), None, "it was taken");
        assert_eq!(step_of("", SECRET, 0, at(3_000)), None);
    }

    #[test]
    fn base32_is_that_of_the_standard() {
        // RFC 4648 §10, without the padding that nobody types.
        for (plain, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(plain.as_bytes()), text);
        }
        assert!(address(SECRET, "d+a@x.org").contains("Daymark:d%2Ba%40x.org?secret=GEZDGNBVGY3T"));
    }
}
