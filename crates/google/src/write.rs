//! Writing: under names that we choose, our own members only, and only what we believe is there.
//! No write sends mail to anybody (`sendUpdates=none`), and none speaks of conferences, so that
//! the meeting of an event stays.

use std::fmt::Write as _;

use connection::{Access, Draft, ETag, Precondition, ProviderError, RemoteId, Result, Written};
use http::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::call::{Api, Ask};
use crate::fetch;
use crate::translate::draft::Said;
use crate::wire::Event;
use crate::{error, translate};

/// Guests hear from Daymark, and not from Google too.
const QUIETLY: &[(&str, &str)] = &[("sendUpdates", "none")];

/// A calendar, and what opens it.
type At<'a> = (&'a Access, &'a RemoteId);

/// Writes an event.
pub(crate) async fn put(
    api: &Api,
    at: At<'_>,
    draft: &Draft,
    only: &Precondition,
) -> Result<Written> {
    match only {
        Precondition::Absent => insert(api, at, draft).await,
        Precondition::Matches(etag) => change(api, at, draft, etag).await,
    }
}

/// Google takes letters of base32hex; hexadecimal ones are among them. The same draft has the same
/// name every time, so that a retry cannot make two.
fn name(draft: &RemoteId) -> String {
    let digest = Sha256::digest(draft.as_str());
    digest.iter().take(20).fold(String::new(), |mut name, byte| {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
        name
    })
}

async fn insert(api: &Api, (access, calendar): At<'_>, draft: &Draft) -> Result<Written> {
    let id = name(&draft.id);
    let event = Said::read(&draft.text, None)?.whole(&id, draft.id.as_str());
    let url = api.hosts.calendar(&["calendars", calendar.as_str(), "events"]);
    let ask = Ask::new(Method::POST, url).query(QUIETLY).body(event.clone());
    match api.json::<Event>(access, ask).await {
        Ok(event) => written(event),
        Err(ProviderError::PreconditionFailed) => {
            revive(api, (access, calendar), RemoteId::new(id), event).await
        }
        Err(failed) => Err(failed),
    }
}

/// Quirk google-5: the name of a deleted event stays taken. It comes back as what we write; a
/// living one is not touched.
async fn revive(api: &Api, at: At<'_>, id: RemoteId, event: Value) -> Result<Written> {
    let (access, calendar) = at;
    let there = match fetch::one(api, access, calendar, &id).await {
        Ok(there) => translate::read(there)?,
        Err(ProviderError::Gone) => return Err(ProviderError::PreconditionFailed),
        Err(failed) => return Err(failed),
    };
    if !there.is_cancelled() {
        return Err(ProviderError::PreconditionFailed);
    }
    let mut ask = place(api, Method::PUT, calendar, &id).body(event);
    if !there.etag.is_empty() {
        ask = ask.only(&there.etag)?;
    }
    written(api.json(access, ask).await?)
}

async fn change(
    api: &Api,
    (access, calendar): At<'_>,
    draft: &Draft,
    etag: &ETag,
) -> Result<Written> {
    let there = fetch::one(api, access, calendar, &draft.id).await?;
    let known = translate::read(there.clone())?;
    if known.is_cancelled() {
        return Err(ProviderError::Gone);
    }
    if known.etag != etag.as_str() {
        return Err(ProviderError::PreconditionFailed);
    }
    let patch = Said::patch(&draft.text, &there)?;
    if patch.is_empty() {
        return Ok(Written { id: draft.id.clone(), etag: etag.clone() });
    }
    let ask = place(api, Method::PATCH, calendar, &draft.id).body(json!(patch));
    written(api.json(access, ask.only(etag.as_str())?).await?)
}

/// Deletes an event. What is not there is deleted already.
pub(crate) async fn delete(
    api: &Api,
    (access, calendar): At<'_>,
    id: &RemoteId,
    only: &Precondition,
) -> Result<()> {
    let Precondition::Matches(etag) = only else { return Ok(()) };
    let ask = place(api, Method::DELETE, calendar, id).only(etag.as_str())?;
    match api.done(access, ask).await {
        Err(ProviderError::Gone) => Ok(()),
        other => other,
    }
}

fn place(api: &Api, method: Method, calendar: &RemoteId, id: &RemoteId) -> Ask {
    let url = api.hosts.calendar(&["calendars", calendar.as_str(), "events", id.as_str()]);
    Ask::new(method, url).query(QUIETLY)
}

/// The name and version that a write left behind.
fn written(event: Event) -> Result<Written> {
    if event.id.is_empty() || event.etag.is_empty() {
        return Err(error::no_version());
    }
    Ok(Written { id: RemoteId::new(event.id), etag: ETag::new(event.etag) })
}
