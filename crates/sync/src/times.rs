//! A calendar that shows no more than busy and free: each busy time is an event without a title.

use calendar::Interval;
use connection::{Cursor, ETag, Extent, Listed, Page, RemoteEvent, RemoteId, SyncToken};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// All that the calendar shows. A busy time is named by its ends, so that it is the same as long
/// as they are.
pub(crate) fn page(busy: &[Interval]) -> Page {
    Page {
        extent: Extent::Everything,
        listed: busy.iter().map(listed).collect(),
        removed: Vec::new(),
        next: Cursor::Settled(SyncToken::new("busy times")),
        refresh_every: None,
    }
}

fn listed(busy: &Interval) -> Listed {
    let (start, end) = (utc(busy.start()), utc(busy.end()));
    let name = format!("{start}/{end}");
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Daymark//EN\r\nBEGIN:VEVENT\r\nUID:{name}\r\n\
         DTSTAMP:{start}\r\nDTSTART:{start}\r\nDTEND:{end}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    let (id, etag) = (RemoteId::new(&*name), ETag::new(&*name));
    let event = RemoteEvent::whole(id.clone(), etag.clone(), text);
    Listed { id, etag, event: Some(event) }
}

/// RFC 5545 §3.3.5, form 2.
fn utc(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}
