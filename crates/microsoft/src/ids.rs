//! Names that are made of other names: the same every time, so that a retry is seen as one.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// A UUID that stands for a name (RFC 9562 §5.8: version 8).
pub(crate) fn uuid_of(name: &str) -> String {
    let mut bytes: [u8; 16] = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(format!("daymark {name}"))[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Stands in for a version where Graph gives none: it changes when the text does.
pub(crate) fn version_of(text: &str) -> String {
    format!("\"sha256-{}\"", hex(&Sha256::digest(text)[..16]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_always_one_uuid() {
        let id = uuid_of("booking-1");
        assert_eq!(id, uuid_of("booking-1"));
        assert_ne!(id, uuid_of("booking-2"));
        assert_eq!((id.len(), &id[14..15]), (36, "8"));
    }
}
