//! Bytes to text: calendars come in UTF-8, in UTF-8 folded in the middle of a character, and in
//! Windows-1252.

use std::borrow::Cow;

/// Windows-1252 from 0x80 to 0x9F; elsewhere a byte is its own code point.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Reads the bytes of a calendar as text, without NULs (no database takes them).
///
/// A fold inside a UTF-8 sequence is moved behind it; what then still is not UTF-8 is read as
/// Windows-1252, byte by byte.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let text = match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(mend(bytes)),
    };
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { text }
}

fn mend(bytes: &[u8]) -> String {
    let whole = move_folds(bytes);
    let mut text = String::with_capacity(whole.len());
    for chunk in whole.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| match byte {
            0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
            _ => char::from(*byte),
        }));
    }
    text
}

/// Moves each fold that stands inside a UTF-8 sequence behind that sequence.
fn move_folds(bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(bytes.len());
    let (mut missing, mut held) = (0, Vec::new());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        let fold = if missing > 0 { fold_length(rest) } else { 0 };
        if fold > 0 {
            held.extend_from_slice(&rest[..fold]);
            rest = &rest[fold..];
            continue;
        }
        missing = match byte {
            0xc2..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf4 => 3,
            0x80..=0xbf if missing > 0 => missing - 1,
            _ => 0,
        };
        whole.push(byte);
        rest = after;
        if missing == 0 {
            whole.append(&mut held);
        }
    }
    whole.append(&mut held);
    whole
}

fn fold_length(bytes: &[u8]) -> usize {
    let end = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    match bytes.get(end) {
        Some(b' ' | b'\t') if end > 0 => end + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_folded_in_the_middle_is_whole_again() {
        let folded = b"SUMMARY:Caf\xc3\r\n \xa9 at \xe2\x82\n \xac5\r\n";
        assert_eq!(decode(folded), "SUMMARY:Café\r\n  at €\n 5\r\n");
    }

    #[test]
    fn windows_1252_is_read_where_it_is_not_utf_8() {
        assert_eq!(decode(b"SUMMARY:Caf\xe9 \x80 5"), "SUMMARY:Café € 5");
    }

    #[test]
    fn good_text_is_not_copied_and_nul_is_dropped() {
        assert!(matches!(decode("Café".as_bytes()), Cow::Borrowed(_)));
        assert_eq!(decode(b"a\0b"), "ab");
    }
}
