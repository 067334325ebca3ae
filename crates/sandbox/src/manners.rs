//! How a CalDAV server behaves where servers differ: one switch per manner, and presets that set
//! them as the servers in the wild do.

use serde::{Deserialize, Serialize};

mod presets;

/// A server whose manners are known well enough to be imitated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    ICloud,
    Nextcloud,
    Radicale,
    Fastmail,
    Sogo,
    Gmx,
}

impl Preset {
    pub const ALL: [Self; 6] =
        [Self::ICloud, Self::Nextcloud, Self::Radicale, Self::Fastmail, Self::Sogo, Self::Gmx];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ICloud => "icloud",
            Self::Nextcloud => "nextcloud",
            Self::Radicale => "radicale",
            Self::Fastmail => "fastmail",
            Self::Sogo => "sogo",
            Self::Gmx => "gmx",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.as_str() == name)
    }
}

/// The answer to a sync token that the server does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BogusToken {
    /// 403 with `DAV:valid-sync-token`, as RFC 6578 wants it.
    Forbidden,
    /// 409 with `DAV:valid-sync-token`.
    Conflict,
    /// 410 without a word.
    Gone,
    /// 412 without a word.
    PreconditionFailed,
    /// 207 with everything, as if the token had been empty.
    ListsEverything,
    /// 500.
    Crashes,
}

/// Whether the answer to a PUT carries the new `ETag`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EtagOnPut {
    Strong,
    Weak,
    Absent,
}

/// What `If-Match: *` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IfMatchStar {
    /// As RFC 9110 has it: fails when there is nothing.
    Honest,
    /// Fails when there is something.
    Backwards,
    Ignored,
}

/// What happens when the same UID arrives under a second name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UidConflict {
    /// Stored twice.
    Accepted,
    /// 409 with `CALDAV:no-uid-conflict`, within one calendar.
    InCalendar,
    /// 403 with `CALDAV:no-uid-conflict`, across all calendars of the person.
    AcrossPerson,
}

/// What the server does to a calendar object after it has accepted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rewrite {
    Nothing,
    /// Adds `SCHEDULE-STATUS` to attendees and a line of its own; the `ETag` moves on.
    Schedules,
    /// Drops VTIMEZONE definitions.
    DropsTimeZones,
    /// Stamps `DTSTAMP` and `LAST-MODIFIED` with its own clock.
    Stamps,
}

/// The `propstat` with status 404 that follows the good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondPropstat {
    /// Lists what was asked for and is not there.
    Honest,
    /// Repeats `getctag` and `displayname`, empty, although the first propstat has them.
    Sloppy,
    /// Left out: what is not there is not mentioned.
    Absent,
}

/// What sync tokens look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenStyle {
    Apple,
    Sabre,
    Radicale,
    Plain,
}

/// How XML is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// No prefixes: `xmlns` on each element that changes namespace, calendar data in CDATA.
    Inline,
    /// Prefixes declared once at the root.
    Prefixed,
}

/// How the server writes its hrefs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hrefs {
    Paths,
    Absolute,
}

/// How a person's `{user}` is called in paths, and where things lie. `{user}` and `{partition}`
/// are filled in for each person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Where discovery begins, and where `/.well-known/caldav` redirects to.
    pub entry: String,
    pub principal: String,
    pub home: String,
    /// `true`: `{user}` is a number that the server made up; `false`: the user name.
    pub numbered: bool,
}

/// Everything in which CalDAV servers differ and which a client has to bear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that is turned by itself")]
pub struct Manners {
    pub layout: Layout,
    /// `host` or `host:port` that calendar homes are said to live on; absent: where they are asked.
    pub partition_host: Option<String>,
    /// The calendar home is given as an absolute URL.
    pub home_absolute: bool,
    pub hrefs: Hrefs,
    /// `@` in an href is written `%40`.
    pub at_sign_encoded: bool,
    /// Status of the redirect at `/.well-known/caldav`; absent: 404.
    pub well_known: Option<u16>,
    /// The `WWW-Authenticate` lines of a 401.
    pub challenges: Vec<String>,
    /// The `DAV` lines of every answer.
    pub dav: Vec<String>,
    pub content_type: String,
    pub wire: Wire,
    pub second_propstat: SecondPropstat,
    /// A PROPFIND of the principal with Depth 1 is answered with 400.
    pub principal_depth_1_refused: bool,
    /// The home listing holds inbox, outbox and notifications beside the calendars.
    pub scheduling_collections: bool,
    /// The home listing holds a trash bin.
    pub trash_bin: bool,
    /// Colours are `#RRGGBBAA` instead of `#RRGGBB`.
    pub color_with_alpha: bool,
    pub ctag: bool,
    pub sync_collection: bool,
    pub token_style: TokenStyle,
    pub bogus_token: BogusToken,
    /// A sync-collection answer lists the collection as a member of itself.
    pub sync_lists_itself: bool,
    /// A sync-collection answer is cut after so many members, with 507.
    pub sync_max: Option<usize>,
    /// A multiget answers at most so many, and says nothing of the rest.
    pub multiget_max: Option<usize>,
    /// A calendar-query without a VEVENT (or other component) filter is refused.
    pub component_filter_required: bool,
    /// A time-range needs both ends; an open one finds nothing.
    pub open_ranges_broken: bool,
    /// A time-range sees a series only where its first occurrence is.
    pub series_by_first_only: bool,
    pub free_busy_query: bool,
    pub etag_on_put: EtagOnPut,
    pub if_none_match_honoured: bool,
    pub if_match_star: IfMatchStar,
    pub uid_conflict: UidConflict,
    /// Events without DTEND and DURATION are refused.
    pub end_required: bool,
    /// Objects with METHOD are refused.
    pub method_refused: bool,
    /// Refusals of bad objects name the precondition; else they are a bare status.
    pub says_precondition: bool,
    pub rewrite: Rewrite,
    pub mkcalendar: bool,
    /// Bytes of a calendar object at most.
    pub resource_size_max: usize,
    /// After so many wrong passwords in a row, 429 until the right one comes.
    pub wrong_passwords_max: Option<u32>,
}
