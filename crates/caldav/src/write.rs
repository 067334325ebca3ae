//! Writing: a PUT or DELETE that says what it believes, and the version that it left behind.

use connection::{Draft, ETag, Precondition, ProviderError, RemoteId, Written};
use http::{HeaderName, HeaderValue, Method, header};
use libdav::Depth;
use outbound::Response;
use url::Url;

use crate::changes::Seen;
use crate::question::Question;
use crate::{error, hrefs, multistatus, question};

/// Writes an event.
pub(crate) async fn put(
    seen: &Seen<'_>,
    draft: &Draft,
    only: &Precondition,
) -> Result<Written, ProviderError> {
    let url = address(seen, &draft.id)?;
    // Quirk caldav-11: some servers overwrite in spite of `If-None-Match: *`, so we look first.
    if *only == Precondition::Absent && etag(seen, &url).await?.is_some() {
        return Err(ProviderError::PreconditionFailed);
    }
    let mut asked = Question::new(Method::PUT)
        .header(header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"))
        .header(condition(only).0, condition(only).1?);
    asked.body.clone_from(&draft.text);
    let response = seen.line.demand(asked, &url).await?;
    let id = seen.id(url.as_str());
    let etag = match strong_etag(&response) {
        Some(etag) => etag,
        // Quirk caldav-12: no ETag, or a weak one, means that the server changed what we wrote.
        None => etag(seen, &url).await?.ok_or(ProviderError::Gone)?,
    };
    Ok(Written { id, etag: ETag::new(etag) })
}

/// Deletes an event. What is not there is deleted already.
pub(crate) async fn delete(
    seen: &Seen<'_>,
    id: &RemoteId,
    only: &Precondition,
) -> Result<(), ProviderError> {
    if *only == Precondition::Absent {
        return Ok(());
    }
    let url = address(seen, id)?;
    let (name, value) = condition(only);
    let response = seen.line.ask(Question::new(Method::DELETE).header(name, value?), &url).await?;
    match response.status.as_u16() {
        200..=299 | 404 | 410 => Ok(()),
        _ => Err(error::of_status(&response)),
    }
}

/// Where a thing lies. An id without a path is a name that we chose inside the calendar.
fn address(seen: &Seen<'_>, id: &RemoteId) -> Result<Url, ProviderError> {
    let text = id.as_str();
    let url = if text.contains('/') {
        seen.address(text)
    } else {
        let name: String =
            text.chars().map(|c| if is_plain(c) { c } else { '-' }).collect::<String>();
        let name = name.strip_suffix(".ics").unwrap_or(&name);
        hrefs::resolve(seen.calendar, &format!("{name}.ics"))
    };
    url.ok_or_else(|| ProviderError::Refused { say: "The event has no address there.".into() })
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn condition(only: &Precondition) -> (HeaderName, Result<HeaderValue, ProviderError>) {
    match only {
        Precondition::Absent => (header::IF_NONE_MATCH, Ok(HeaderValue::from_static("*"))),
        Precondition::Matches(etag) => {
            let value = HeaderValue::from_str(etag.as_str());
            (header::IF_MATCH, value.map_err(|_| ProviderError::PreconditionFailed))
        }
    }
}

fn strong_etag(response: &Response) -> Option<String> {
    let etag = response.headers.get(header::ETAG)?.to_str().ok()?;
    (!etag.starts_with("W/")).then(|| etag.to_owned())
}

/// The present version; `None` where nothing is there.
async fn etag(seen: &Seen<'_>, url: &Url) -> Result<Option<String>, ProviderError> {
    let asked = question::properties(question::ETAGS, Depth::Zero);
    let response = match seen.line.demand(asked, url).await {
        Ok(response) => response,
        Err(ProviderError::Gone) => return Ok(None),
        Err(error) => return Err(error),
    };
    let text = multistatus::text(&response);
    let document = multistatus::parse(&text)?;
    let member = multistatus::members(&document).next();
    let is_there =
        |member: &multistatus::Member<'_, '_>| member.status().is_none_or(|code| code < 400);
    Ok(member.filter(is_there).map(|member| member.etag().unwrap_or_default()))
}
