//! Bodies of feeds that are not simply sent: slow ones, endless ones, compressed ones.

use std::io::Write;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use flate2::write::GzEncoder;
use flate2::{Compress, Compression, FlushCompress};
use futures_util::stream;
use jiff::Timestamp;

use super::render::extra;

type Chunk = Result<Bytes, std::io::Error>;

/// A kilobyte at a time, with a pause before each.
pub(super) fn slow(bytes: Bytes, pause_ms: u64) -> Body {
    Body::from_stream(stream::unfold(bytes, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        let next = rest.split_to(rest.len().min(1024));
        Some((Chunk::Ok(next), rest))
    }))
}

fn opening() -> Bytes {
    Bytes::from_static(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Sandbox//Endless//EN\r\n")
}

/// A thousand events with UIDs that no other thousand has.
fn thousand(round: u32, from: Timestamp) -> String {
    let first = round.wrapping_mul(1000);
    (0..1000).map(|n| extra(first.wrapping_add(n), from)).collect()
}

/// Events for as long as somebody reads.
pub(super) fn endless(from: Timestamp) -> Body {
    Body::from_stream(stream::unfold(None, move |round: Option<u32>| async move {
        Some(match round {
            None => (Chunk::Ok(opening()), Some(0)),
            Some(round) => (Ok(Bytes::from(thousand(round, from))), Some(round.wrapping_add(1))),
        })
    }))
}

/// Rounds of the bomb: each is a tenth of a megabyte for whoever unpacks it.
const BOMB_ROUNDS: u32 = 1_000_000;

/// Some kilobytes a second that unpack to a hundred gigabytes: one block, compressed once and
/// flushed so that it stands by itself, sent again and again within one gzip member.
pub(super) fn gzip_bomb(from: Timestamp) -> Body {
    const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let blank = format!("X-PADDING:{}\r\n", " ".repeat(100_000));
    let mut first = Vec::from(HEADER);
    first.extend(block(&format!("{}{}", String::from_utf8_lossy(&opening()), extra(0, from))));
    let first = Bytes::from(first);
    let again = Bytes::from(block(&blank));
    Body::from_stream(stream::unfold(0, move |round| {
        let chunk = if round == 0 { first.clone() } else { again.clone() };
        async move { (round < BOMB_ROUNDS).then_some((Chunk::Ok(chunk), round + 1)) }
    }))
}

/// A text as deflate blocks that end on a byte and refer to nothing before them.
fn block(text: &str) -> Vec<u8> {
    let mut compress = Compress::new(Compression::fast(), false);
    let mut out = Vec::with_capacity(text.len() / 2 + 1024);
    // The buffer is large enough for all of it, so one call takes the whole text.
    let _ = compress.compress_vec(text.as_bytes(), &mut out, FlushCompress::Full);
    out
}

pub(super) fn gzip(text: &str) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes())?;
    Ok(Bytes::from(encoder.finish()?))
}
