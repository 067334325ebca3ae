//! The bodies of events: by multiget, with every short answer found out and asked again.

use std::collections::HashMap;

use calendar::ical::decode;
use connection::{ETag, ProviderError, RemoteEvent, RemoteId};
use http::{Method, header};
use outbound::Response;
use sha2::{Digest, Sha256};

use crate::changes::Seen;
use crate::multistatus::{self, CALDAV};
use crate::question::Question;
use crate::{hrefs, question};

/// Names in one multiget. Quirk caldav-10: some servers answer only the first so many.
const MULTIGET_MAX: usize = 50;

/// What the server says of one name.
enum Told {
    Event(RemoteEvent),
    Gone,
    /// It is there, but this answer did not bring it.
    Withheld,
}

/// The events named. One that the server does not have any more is left out.
pub(crate) async fn fetch(
    seen: &Seen<'_>,
    ids: &[RemoteId],
) -> Result<Vec<RemoteEvent>, ProviderError> {
    let mut events = Vec::with_capacity(ids.len());
    let mut left: Vec<&[RemoteId]> = ids.chunks(MULTIGET_MAX).rev().collect();
    let mut alone = Vec::new();
    while let Some(ids) = left.pop() {
        let mut told = match multiget(seen, ids).await {
            Ok(told) => told,
            // One body that spoils the XML must not hold up the others: halve until it is alone.
            Err(ProviderError::Unintelligible { .. }) if ids.len() > 1 => {
                let (first, second) = ids.split_at(ids.len() / 2);
                left.extend([second, first]);
                continue;
            }
            Err(ProviderError::Unintelligible { .. }) => HashMap::new(),
            Err(error) => return Err(error),
        };
        for (at, id) in ids.iter().enumerate() {
            match told.remove(id) {
                Some(Told::Event(event)) => events.push(event),
                Some(Told::Gone) => {}
                // The answer stops short here: what it did not reach is asked again.
                None if at > 0 && is_cut(&told, &ids[at..]) => {
                    left.push(&ids[at..]);
                    break;
                }
                Some(Told::Withheld) | None => alone.push(id),
            }
        }
    }
    for id in alone {
        events.extend(get(seen, id).await?);
    }
    Ok(events)
}

/// Is nothing told about any of these?
fn is_cut(told: &HashMap<RemoteId, Told>, rest: &[RemoteId]) -> bool {
    rest.len() > 1 && rest.iter().all(|id| !told.contains_key(id))
}

async fn multiget(
    seen: &Seen<'_>,
    ids: &[RemoteId],
) -> Result<HashMap<RemoteId, Told>, ProviderError> {
    let hrefs: Vec<_> = ids.iter().map(|id| hrefs::href(seen.home, id.as_str())).collect();
    let question = question::multiget(hrefs.iter().map(AsRef::as_ref));
    let response = seen.line.demand(question, seen.calendar).await?;
    read(seen, ids, &response)
}

fn read(
    seen: &Seen<'_>,
    ids: &[RemoteId],
    response: &Response,
) -> Result<HashMap<RemoteId, Told>, ProviderError> {
    let key = |href: &str| seen.address(href).map(|url| hrefs::key(&url));
    let asked: HashMap<String, &RemoteId> =
        ids.iter().filter_map(|id| Some((key(id.as_str())?, id))).collect();
    let text = multistatus::text(response);
    let document = multistatus::parse(&text)?;
    let mut told = HashMap::new();
    for member in multistatus::members(&document) {
        let href = member.href();
        let Some(id) = href.as_deref().and_then(key).and_then(|key| asked.get(&key).copied())
        else {
            continue;
        };
        let says = match (member.status(), member.prop_text(CALDAV, "calendar-data")) {
            (Some(404 | 410), _) => Told::Gone,
            (_, Some(body)) => Told::Event(event(id, member.etag(), &body)),
            _ => Told::Withheld,
        };
        told.insert(id.clone(), says);
    }
    Ok(told)
}

/// One event by itself; `None` where the server proves that it is gone.
async fn get(seen: &Seen<'_>, id: &RemoteId) -> Result<Option<RemoteEvent>, ProviderError> {
    let Some(url) = seen.address(id.as_str()) else { return Ok(None) };
    let asked = Question::new(Method::GET);
    match seen.line.demand(asked, &url).await {
        Ok(response) => {
            let etag = response.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
            Ok(Some(event(id, etag.map(str::to_owned), &decode(&response.body))))
        }
        Err(ProviderError::Gone) => Ok(None),
        // It is there, but not for us to see: it must not count as gone. An empty body is listed
        // with the connection as not understood.
        Err(ProviderError::Refused { .. }) => Ok(Some(event(id, None, ""))),
        Err(error) => Err(error),
    }
}

/// Quirk caldav-15: XML turns line ends into single line feeds; iCalendar has its own
/// (RFC 5545 §3.1).
pub(crate) fn event(id: &RemoteId, etag: Option<String>, body: &str) -> RemoteEvent {
    let text = body.replace("\r\n", "\n").replace('\n', "\r\n");
    let etag = etag.unwrap_or_else(|| content_etag(&text));
    RemoteEvent::whole(id.clone(), ETag::new(etag), text)
}

/// Stands in for an ETag where the server gives none: it changes when the body does.
pub(crate) fn content_etag(text: &str) -> String {
    format!("\"sha256-{}\"", hex(&Sha256::digest(text)[..16]))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
