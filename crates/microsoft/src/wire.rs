//! Graph's JSON, exactly. What is absent, null or of another kind than documented is as if it were
//! not there: one odd field must not hide an event.

use std::fmt;

use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Takes what it can read, and nothing for the rest.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    from: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// A page of any collection. Its values are not lenient: a page without is no page.
#[derive(Debug, Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    pub(crate) next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    pub(crate) delta: Option<String>,
}

/// Something with a name of its own.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    pub(crate) id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Me {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) mail: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) user_principal_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MailboxSettings {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) time_zone: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Calendar {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) name: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) color: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) hex_color: String,
    #[serde(rename = "isDefaultCalendar", default, deserialize_with = "lenient")]
    pub(crate) is_default: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) can_edit: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) owner: Option<Address>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) allowed_online_meeting_providers: Vec<String>,
}

/// An e-mail address with a name.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Address {
    #[serde(deserialize_with = "lenient", skip_serializing_if = "String::is_empty")]
    pub(crate) name: String,
    #[serde(deserialize_with = "lenient")]
    pub(crate) address: String,
}

/// A line of an answer: an event, or the word that one is gone.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    #[serde(rename = "@removed")]
    pub(crate) removed: Option<Value>,
    #[serde(flatten)]
    pub(crate) event: Event,
}

/// What an event is in a series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Kind {
    #[default]
    SingleInstance,
    Occurrence,
    Exception,
    SeriesMaster,
}

/// An event. Prints no more than its name: the rest is nobody's business.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Event {
    #[serde(deserialize_with = "lenient")]
    pub(crate) id: String,
    #[serde(rename = "@odata.etag", deserialize_with = "lenient")]
    pub(crate) etag: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) change_key: Option<String>,
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub(crate) kind: Kind,
    #[serde(deserialize_with = "lenient")]
    pub(crate) series_master_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) original_start: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) uid: Option<String>,
    #[serde(rename = "iCalUId", deserialize_with = "lenient")]
    pub(crate) ical_uid: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) subject: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) body: Option<Body>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) body_preview: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) location: Option<Location>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) start: Option<Time>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) end: Option<Time>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) original_start_time_zone: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_all_day: Option<bool>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_cancelled: bool,
    #[serde(deserialize_with = "lenient")]
    pub(crate) show_as: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) sensitivity: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) response_status: Option<Response>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_organizer: Option<bool>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) organizer: Option<Recipient>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) attendees: Vec<Attendee>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) categories: Vec<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) recurrence: Option<Recurrence>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_online_meeting: bool,
    #[serde(deserialize_with = "lenient")]
    pub(crate) online_meeting: Option<OnlineMeeting>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) web_link: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) created_date_time: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) last_modified_date_time: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) single_value_extended_properties: Vec<Extended>,
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Body {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) content_type: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) content: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Location {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) display_name: String,
}

/// A time on the wall, and where the wall is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Time {
    pub(crate) date_time: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) time_zone: String,
}

#[derive(Deserialize)]
pub(crate) struct Response {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) response: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recipient {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) email_address: Address,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attendee {
    #[serde(rename = "type", default, deserialize_with = "lenient")]
    pub(crate) kind: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) status: Option<Response>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) email_address: Address,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OnlineMeeting {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) join_url: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Extended {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) value: String,
}

/// How a series repeats.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Recurrence {
    pub(crate) pattern: Pattern,
    pub(crate) range: Range,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Pattern {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) interval: i64,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "is_nothing")]
    pub(crate) month: i16,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "is_nothing")]
    pub(crate) day_of_month: i16,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Vec::is_empty")]
    pub(crate) days_of_week: Vec<String>,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "String::is_empty")]
    pub(crate) first_day_of_week: String,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "String::is_empty")]
    pub(crate) index: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Range {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(deserialize_with = "lenient")]
    pub(crate) start_date: String,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "String::is_empty")]
    pub(crate) end_date: String,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "String::is_empty")]
    pub(crate) recurrence_time_zone: String,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "is_no_number")]
    pub(crate) number_of_occurrences: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references over")]
fn is_nothing(number: &i16) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references over")]
fn is_no_number(number: &i64) -> bool {
    *number == 0
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Subscription {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) resource: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) notification_url: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) expiration_date_time: Option<String>,
}
