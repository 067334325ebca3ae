//! Reads a body within its limits: so many bytes after decompression, and no more bytes out of
//! one byte in than honest text gives.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

use crate::error::ErrorKind;

/// What may come out of one byte of a compressed body; calendars make 10 to 30.
const DECOMPRESSION_RATIO_MAX: u64 = 200;
/// Below this size the ratio does not matter.
const RATIO_FREE: u64 = 1 << 20;

/// Any body, from the network or from a router in the same process.
pub(crate) type Body = UnsyncBoxBody<Bytes, ErrorKind>;

/// Reads it to the end.
pub(crate) async fn read(
    headers: &HeaderMap,
    mut body: Body,
    body_max: u64,
) -> Result<Bytes, ErrorKind> {
    let mut decoder = Decoder::new(headers, body_max)?;
    while let Some(frame) = body.frame().await {
        if let Ok(bytes) = frame?.into_data() {
            decoder.take(&bytes)?;
        }
    }
    decoder.finish()
}

enum Decoder {
    Plain(Sink),
    Gzip(Box<MultiGzDecoder<Sink>>),
}

impl Decoder {
    fn new(headers: &HeaderMap, max: u64) -> Result<Self, ErrorKind> {
        let sink = Sink { out: Vec::new(), taken: 0, max, is_full: false };
        let encoding = headers.get(CONTENT_ENCODING).map_or(&b"identity"[..], |v| v.as_bytes());
        match encoding.trim_ascii().to_ascii_lowercase().as_slice() {
            b"" | b"identity" if length(headers) > Some(max) => Err(ErrorKind::TooLarge { max }),
            b"" | b"identity" => Ok(Self::Plain(sink)),
            b"gzip" | b"x-gzip" => Ok(Self::Gzip(Box::new(MultiGzDecoder::new(sink)))),
            _ => Err(ErrorKind::Protocol),
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), ErrorKind> {
        let sink = match self {
            Self::Plain(sink) => sink,
            Self::Gzip(decoder) => decoder.get_mut(),
        };
        sink.taken = sink.taken.saturating_add(bytes.len() as u64);
        let written = match self {
            Self::Plain(sink) => sink.write_all(bytes),
            Self::Gzip(decoder) => decoder.write_all(bytes),
        };
        written.map_err(|_| self.fault())
    }

    fn finish(self) -> Result<Bytes, ErrorKind> {
        match self {
            Self::Plain(sink) => Ok(sink.out.into()),
            // An answer without a body may still name an encoding (304, HEAD).
            Self::Gzip(decoder) if decoder.get_ref().taken == 0 => Ok(Bytes::new()),
            Self::Gzip(mut decoder) => match decoder.try_finish() {
                Ok(()) => Ok(std::mem::take(&mut decoder.get_mut().out).into()),
                Err(_) if decoder.get_ref().is_full => Err(decoder.get_ref().too_large()),
                Err(_) => Err(ErrorKind::Interrupted),
            },
        }
    }

    fn fault(&self) -> ErrorKind {
        let sink = match self {
            Self::Plain(sink) => sink,
            Self::Gzip(decoder) => decoder.get_ref(),
        };
        if sink.is_full { sink.too_large() } else { ErrorKind::Protocol }
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Where the bytes go, until there are too many.
struct Sink {
    out: Vec<u8>,
    taken: u64,
    max: u64,
    is_full: bool,
}

impl Sink {
    fn too_large(&self) -> ErrorKind {
        ErrorKind::TooLarge { max: self.max }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = (self.out.len() + bytes.len()) as u64;
        let is_bomb =
            size > RATIO_FREE && size > self.taken.saturating_mul(DECOMPRESSION_RATIO_MAX);
        if size > self.max || is_bomb {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
