//! Events as a viewer sees them: what `Prefer` asks for, whole rows, and the bare stubs that delta
//! rounds have for occurrences.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::answer::Refusal;
use super::desk::Desk;
use super::expand::{Kind, Row};
use super::faults::MicrosoftManners;
use super::ids::{Key, change_key, write};
use super::moment::{Point, times};
use super::scope::times_only;
use super::world::{Entry, Event, MicrosoftCalendar, Sharing, is_true, text};
use super::zones;
use crate::ask::Ask;

/// What a viewer of times sees.
const OF_TIMES: [&str; 14] = [
    "start",
    "end",
    "isAllDay",
    "isCancelled",
    "showAs",
    "type",
    "recurrence",
    "sensitivity",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "createdDateTime",
    "lastModifiedDateTime",
    "seriesMasterId",
    "iCalUId",
];

/// How events are to be shown.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    zone: (String, TimeZone),
    pub(crate) immutable: bool,
    text: bool,
    pub(crate) page_max: Option<usize>,
    shifted: bool,
}

/// The preferences of a request, name and value.
fn preferences(ask: &Ask) -> Vec<(String, String)> {
    let lines = ask.headers.get_all("prefer").iter().filter_map(|line| line.to_str().ok());
    let parts = lines.flat_map(|line| line.split(','));
    let pair = |part: &str| {
        let (name, value) = part.split_once('=')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned()))
    };
    parts.filter_map(pair).collect()
}

fn is_known((name, value): &(String, String)) -> bool {
    match name.as_str() {
        "outlook.timezone" | "outlook.body-content-type" | "odata.maxpagesize" => true,
        "idtype" => value.eq_ignore_ascii_case("ImmutableId"),
        _ => false,
    }
}

/// `Preference-Applied`.
pub(crate) fn applied(ask: &Ask) -> Option<String> {
    let written =
        preferences(ask).into_iter().filter(is_known).map(|(name, value)| match name.as_str() {
            "odata.maxpagesize" => format!("{name}={value}"),
            "idtype" => format!("IdType=\"{value}\""),
            _ => format!("{name}=\"{value}\""),
        });
    let all: Vec<String> = written.collect();
    (!all.is_empty()).then(|| all.join(", "))
}

impl Look {
    pub(crate) fn read(ask: &Ask, manners: &MicrosoftManners) -> Result<Self, Refusal> {
        let preferences = preferences(ask);
        let said = |name: &str| {
            let found = preferences.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str())
        };
        let name = said("outlook.timezone").unwrap_or("UTC");
        let zone = zones::zone(name).ok_or_else(|| {
            let says = format!("The time zone value '{name}' is not supported.");
            Refusal::new(400, "TimeZoneNotSupportedException", says)
        })?;
        Ok(Self {
            zone: (name.to_owned(), zone),
            immutable: preferences.iter().any(|it| it.0 == "idtype" && is_known(it)),
            text: said("outlook.body-content-type") == Some("text"),
            page_max: said("odata.maxpagesize").and_then(|it| it.parse().ok()).filter(|it| *it > 0),
            shifted: manners.whole_days_shifted,
        })
    }

    fn time(&self, event: &Event, name: &str) -> Value {
        let Some(point) = Point::read(event.get(name)) else { return Value::Null };
        let (zone_name, zone) = &self.zone;
        if is_true(event, "isAllDay") && !self.shifted {
            return Point { zone_name: zone_name.clone(), ..point }.write();
        }
        point.write_in((zone_name, zone))
    }

    pub(crate) fn id(&self, calendar: &MicrosoftCalendar, key: Key) -> String {
        write(key, (!self.immutable).then(|| calendar.generation(key)))
    }
}

/// An event's text without what marks it up.
pub(crate) fn plain(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        // What stands before the first mark has no end of one in it.
        text.push_str(part.split_once('>').map_or(part, |(_, after)| after));
    }
    text.trim().to_owned()
}

impl Desk<'_> {
    /// What every row says of itself: who it is, in which version.
    fn head(&self, calendar: &MicrosoftCalendar, row: &Row) -> Event {
        let stored = calendar.stored(row.key).or_else(|| calendar.stored(row.key.master()));
        let change = change_key(stored.map_or(0, |stored| stored.revision));
        let kind = match row.kind {
            Kind::Single => "singleInstance",
            Kind::Master => "seriesMaster",
            Kind::Occurrence => "occurrence",
            Kind::Exception => "exception",
        };
        let master = self.look.id(calendar, row.key.master());
        let mut head = Event::new();
        head.insert("@odata.etag".into(), json!(format!("W/\"{change}\"")));
        head.insert("id".into(), json!(self.look.id(calendar, row.key)));
        head.insert("type".into(), json!(kind));
        let of_series =
            row.key.day.map(|day| (json!(master), json!(format!("OID.{master}.{day}"))));
        let (master, occurrence) = of_series.unwrap_or_default();
        head.insert("seriesMasterId".into(), master);
        head.insert("start".into(), self.look.time(&row.event, "start"));
        head.insert("end".into(), self.look.time(&row.event, "end"));
        head.insert("changeKey".into(), json!(change));
        head.insert("occurrenceId".into(), occurrence);
        head
    }

    /// A bare occurrence, as a delta round has it.
    pub(crate) fn stub(&self, calendar: &MicrosoftCalendar, row: &Row) -> Value {
        let mut stub = self.head(calendar, row);
        stub.remove("changeKey");
        stub.remove("occurrenceId");
        Value::Object(stub)
    }

    /// All of it, as far as the caller may see.
    pub(crate) fn show(&self, entry: &Entry, row: &Row) -> Value {
        let Some(calendar) = self.microsoft().calendars.get(entry.calendar) else {
            return Value::Null;
        };
        let mut shown = row.event.clone();
        shown.remove("singleValueExtendedProperties");
        let uid = format!("040000008200E00074C5B7101A82E008{:032X}", row.key.number);
        let own = row.key.day.map_or_else(String::new, |day| day.strftime("%Y%m%d").to_string());
        shown.insert("iCalUId".into(), json!(format!("{uid}{own}")));
        shown.insert("uid".into(), json!(uid));
        shown.insert("originalStart".into(), original_start(calendar, row));
        shown.entry("recurrence").or_insert(Value::Null);
        shown.extend(self.head(calendar, row));
        let id = text(&shown, "id").map(|id| crate::net::encode(id, true)).unwrap_or_default();
        let link = format!("https://outlook.office365.com/owa/?itemid={id}&exvsurl=1");
        shown.insert("webLink".into(), json!(link));
        if self.look.text
            && let Some(content) = shown.get("body").and_then(|it| it.get("content"))
        {
            let content = plain(content.as_str().unwrap_or_default());
            shown.insert("body".into(), json!({ "contentType": "text", "content": content }));
        }
        let private = matches!(text(&shown, "sensitivity"), Some("private" | "confidential"));
        if times_only(&self.caller.scopes) || (private && entry.sharing < Sharing::Delegate) {
            let head = ["@odata.etag", "id", "changeKey", "occurrenceId"];
            shown.retain(|name, _| {
                OF_TIMES.contains(&name.as_str()) || head.contains(&name.as_str())
            });
        }
        Value::Object(shown)
    }
}

fn original_start(calendar: &MicrosoftCalendar, row: &Row) -> Value {
    let Some(day) = row.key.day else { return Value::Null };
    let master = calendar.event(row.key.master()).and_then(times);
    let Some((start, _)) = master else { return Value::Null };
    let at = start.with_civil(day.to_datetime(start.civil.time())).at();
    json!(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
