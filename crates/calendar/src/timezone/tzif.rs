//! Writes the changes of a clock as `TZif`, version 2 (RFC 8536): the form in which jiff takes
//! zones that it does not know.

/// One change of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    /// When, in seconds since 1970 in UTC.
    pub(super) at: i64,
    /// East of UTC before, in seconds.
    pub(super) from: i32,
    /// East of UTC afterwards, in seconds.
    pub(super) to: i32,
    /// True where daylight-saving time begins.
    pub(super) is_daylight: bool,
}

/// The bytes of a `TZif` file with these changes, which must be in time order, and not none.
pub(super) fn write(changes: &[Change]) -> Vec<u8> {
    let before = changes.first().map_or((0, false), |first| (first.from, false));
    let mut types = vec![before];
    let mut kinds = Vec::with_capacity(changes.len());
    for change in changes {
        let kind = (change.to, change.is_daylight);
        let index = types.iter().position(|known| *known == kind).unwrap_or_else(|| {
            types.push(kind);
            types.len() - 1
        });
        // More than 255 kinds of time do not fit the format; the rest keep the first offset.
        kinds.push(u8::try_from(index).unwrap_or(0));
    }
    types.truncate(255);
    let mut bytes = header(0, 1);
    bytes.extend(local_time(before));
    bytes.extend(*b"-00\0");
    bytes.extend(header(changes.len(), types.len()));
    bytes.extend(changes.iter().flat_map(|change| change.at.to_be_bytes()));
    bytes.extend(kinds);
    bytes.extend(types.iter().flat_map(|kind| local_time(*kind)));
    bytes.extend(*b"-00\0");
    bytes.extend(*b"\n\n");
    bytes
}

/// Magic, version, and the six counts; the one designation is `-00`.
fn header(changes: usize, types: usize) -> Vec<u8> {
    let mut bytes = b"TZif2".to_vec();
    bytes.extend([0; 15]);
    for count in [0, 0, 0, changes, types, 4] {
        bytes.extend(u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
    }
    bytes
}

fn local_time((offset_seconds, is_daylight): (i32, bool)) -> [u8; 6] {
    let [a, b, c, d] = offset_seconds.to_be_bytes();
    [a, b, c, d, u8::from(is_daylight), 0]
}
