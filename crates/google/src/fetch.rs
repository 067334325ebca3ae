//! Single events by their names. A listing brings every body along, so this is rarely needed.

use connection::{Access, ProviderError, RemoteEvent, RemoteId, Result};
use http::Method;
use serde_json::Value;

use crate::call::{Api, Ask};
use crate::list;
use crate::translate::{self, Told};

/// Asks for each. What is gone is left out.
pub(crate) async fn fetch(
    api: &Api,
    access: &Access,
    calendar: &RemoteId,
    ids: &[RemoteId],
) -> Result<Vec<RemoteEvent>> {
    let mut found = Vec::new();
    let mut zone: Option<Option<String>> = None;
    for id in ids {
        let event = match one(api, access, calendar, id).await {
            Ok(event) => event,
            Err(ProviderError::Gone) => continue,
            Err(error) => return Err(error),
        };
        if zone.is_none() && translate::needs_zone(&event) {
            zone = Some(list::time_zone(api, access, calendar).await?);
        }
        match translate::told(event, zone.as_ref().and_then(Option::as_deref))? {
            Told::Is(event) => found.push(event),
            Told::IsGone(_) => {}
        }
    }
    Ok(found)
}

/// One event as Google has it.
pub(crate) async fn one(
    api: &Api,
    access: &Access,
    calendar: &RemoteId,
    id: &RemoteId,
) -> Result<Value> {
    let url = api.hosts.calendar(&["calendars", calendar.as_str(), "events", id.as_str()]);
    api.json(access, Ask::new(Method::GET, url)).await
}
