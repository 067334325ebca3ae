//! The feed host: read-only calendars at `/feeds/{name}.ics`, with the habits of feeds in the wild.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::faults::Faults;

mod render;
mod serve;
mod stream;

pub(crate) use serve::serve;

/// What a feed offers to tell whether it has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validators {
    #[default]
    Both,
    EtagOnly,
    LastModifiedOnly,
    Neither,
}

/// What a feed sends instead of a calendar that ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flood {
    #[default]
    Nothing,
    /// Events without end.
    Endless,
    /// A small gzip body that unpacks to events without end.
    GzipBomb,
}

/// The habits of one feed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that is turned by itself")]
pub struct Switches {
    pub validators: Validators,
    /// `DTSTAMP` is the time of the request.
    pub stamps_now: bool,
    /// New UIDs with every request.
    pub unstable_uids: bool,
    /// A calendar without an event, as some servers answer when something is wrong inside.
    pub empty: bool,
    /// A page to sign in, with status 200.
    pub login_page: bool,
    /// So many redirects before the calendar.
    pub redirects: u8,
    /// The status of those redirects; absent: 302.
    pub redirect_status: Option<u16>,
    /// A redirect to another address altogether.
    pub redirects_to: Option<String>,
    /// Compresses for whoever says that they can read it.
    pub gzip: bool,
    pub content_type: Option<String>,
    pub byte_order_mark: bool,
    pub lf_only: bool,
    /// Windows names for time zones, without their definition.
    pub windows_zones: bool,
    /// Times without a zone, and `X-WR-TIMEZONE`.
    pub floating: bool,
    /// An override whose series is not in the feed.
    pub orphan_override: bool,
    /// The first event twice, with the same UID and another title.
    pub duplicate_uids: bool,
    /// One event that nobody can understand, between good ones.
    pub bad_event: bool,
    /// So many more events.
    pub extra_events: u32,
    pub flood: Flood,
    /// A pause before every kilobyte of the body.
    pub slow_body_ms: u64,
    /// `user:password` that HTTP Basic must bring.
    pub sign_in: Option<String>,
    /// Only for those who say who they are in `User-Agent`.
    pub user_agent_required: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Feed {
    pub(crate) title: String,
    /// The calendar as it is when no habit changes it.
    pub(crate) text: String,
    pub(crate) changed_at: Timestamp,
    pub(crate) switches: Switches,
    pub(crate) faults: Faults,
    /// How often it was asked for.
    pub(crate) asked: u64,
}

impl Feed {
    pub(crate) fn new(title: &str, text: String, changed_at: Timestamp, faults: Faults) -> Self {
        Self {
            title: title.to_owned(),
            text,
            changed_at,
            switches: Switches::default(),
            faults,
            asked: 0,
        }
    }

    pub(crate) fn events(&self) -> usize {
        self.text.matches("BEGIN:VEVENT").count()
    }
}
