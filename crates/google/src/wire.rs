//! Google's JSON, as far as it is read here. Members that are not named stay at Google.

use serde::Deserialize;
use serde_json::Value;

/// One page of a list of calendars (calendarList.list).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CalendarList {
    pub(crate) items: Vec<CalendarEntry>,
    pub(crate) next_page_token: Option<String>,
}

/// A calendar in somebody's list.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CalendarEntry {
    pub(crate) id: String,
    pub(crate) summary: Option<String>,
    /// What this person calls it.
    pub(crate) summary_override: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) background_color: Option<String>,
    pub(crate) access_role: String,
    pub(crate) primary: bool,
    pub(crate) deleted: bool,
    pub(crate) conference_properties: ConferenceProperties,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ConferenceProperties {
    pub(crate) allowed_conference_solution_types: Vec<String>,
}

/// One page of events (events.list). `items` has no default: an answer without it is no page.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Events {
    pub(crate) items: Vec<Value>,
    /// The calendar's.
    pub(crate) time_zone: Option<String>,
    pub(crate) next_page_token: Option<String>,
    pub(crate) next_sync_token: Option<String>,
}

/// An event, a series, or an instance that is listed apart from its series.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) etag: String,
    pub(crate) status: Option<String>,
    pub(crate) html_link: Option<String>,
    pub(crate) created: Option<String>,
    pub(crate) updated: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) organizer: Option<Person>,
    pub(crate) start: Option<When>,
    pub(crate) end: Option<When>,
    pub(crate) recurrence: Vec<String>,
    pub(crate) recurring_event_id: Option<String>,
    pub(crate) original_start_time: Option<When>,
    pub(crate) transparency: Option<String>,
    pub(crate) visibility: Option<String>,
    #[serde(rename = "iCalUID")]
    pub(crate) ical_uid: Option<String>,
    pub(crate) sequence: Option<i64>,
    pub(crate) attendees: Vec<Person>,
    pub(crate) attendees_omitted: bool,
    pub(crate) extended_properties: ExtendedProperties,
    pub(crate) hangout_link: Option<String>,
    pub(crate) conference_data: Option<Conference>,
    #[serde(rename = "eventType")]
    pub(crate) kind: Option<String>,
}

impl Event {
    pub(crate) fn is_cancelled(&self) -> bool {
        self.status.as_deref() == Some("cancelled")
    }
}

/// A day, or a time.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct When {
    pub(crate) date: Option<String>,
    /// With an offset, unless `time_zone` stands beside it.
    pub(crate) date_time: Option<String>,
    pub(crate) time_zone: Option<String>,
}

/// An organiser or a guest.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Person {
    pub(crate) email: Option<String>,
    pub(crate) display_name: Option<String>,
    /// The calendar that it was read from is theirs.
    #[serde(rename = "self")]
    pub(crate) is_self: bool,
    pub(crate) resource: bool,
    pub(crate) optional: bool,
    pub(crate) response_status: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ExtendedProperties {
    pub(crate) private: std::collections::BTreeMap<String, String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Conference {
    pub(crate) entry_points: Vec<EntryPoint>,
}

/// One way into a video meeting.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EntryPoint {
    #[serde(rename = "entryPointType")]
    pub(crate) kind: String,
    pub(crate) uri: Option<String>,
    pub(crate) label: Option<String>,
}

/// When calendars are busy (freeBusy.query).
#[derive(Debug, Deserialize)]
pub(crate) struct FreeBusy {
    pub(crate) calendars: std::collections::BTreeMap<String, BusyCalendar>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct BusyCalendar {
    #[serde(default)]
    pub(crate) errors: Vec<Reason>,
    pub(crate) busy: Option<Vec<Stretch>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Stretch {
    pub(crate) start: String,
    pub(crate) end: String,
}

/// An open channel (events.watch).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenChannel {
    pub(crate) resource_id: String,
    /// Milliseconds, as text.
    pub(crate) expiration: Option<Value>,
}

/// Who signed in (userinfo).
#[derive(Debug, Deserialize)]
pub(crate) struct User {
    pub(crate) sub: String,
    pub(crate) email: Option<String>,
}

/// A refusal of the Calendar API.
#[derive(Debug, Deserialize)]
pub(crate) struct Failure {
    pub(crate) error: FailureBody,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FailureBody {
    pub(crate) errors: Vec<Reason>,
    pub(crate) status: String,
    pub(crate) details: Vec<Detail>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reason {
    pub(crate) reason: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Detail {
    pub(crate) reason: Option<String>,
}
