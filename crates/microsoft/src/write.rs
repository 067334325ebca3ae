//! Writing: under a name that makes a retry harmless, and only on what we believe is there.

use connection::{Draft, ETag, Precondition, ProviderError, RemoteId, Written};

use crate::error;
use crate::fetch::Calendar;
use crate::graph::{Question, parsed};
use crate::translate::{self, Wanted, wanted};
use crate::wire::Event;

/// Writes an event.
pub(crate) async fn put(
    calendar: &Calendar<'_>,
    draft: &Draft,
    only: &Precondition,
) -> Result<Written, ProviderError> {
    let wanted = wanted(draft)?;
    match only {
        Precondition::Absent => create(calendar, draft.id.as_str(), &wanted).await,
        Precondition::Matches(etag) => change(calendar, &draft.id, &wanted, etag).await,
    }
}

/// Makes an event. Quirk graph-11: what Graph answers to the same creation twice differs, so we
/// look before, and its own notice of the name (`transactionId`) covers what happens in between.
async fn create(
    calendar: &Calendar<'_>,
    name: &str,
    wanted: &Wanted,
) -> Result<Written, ProviderError> {
    if wanted.is_part() {
        let say = "An occurrence without its series cannot be made in Outlook.".into();
        return Err(ProviderError::Refused { say });
    }
    if calendar.named(name).await?.is_some() {
        return Err(ProviderError::PreconditionFailed);
    }
    let url = calendar.graph.in_calendar(calendar.id.as_str(), &["events"]);
    let asked = Question::post(url, wanted.create(name));
    written(&calendar.graph.demand(calendar.access, asked).await?)
}

async fn change(
    calendar: &Calendar<'_>,
    id: &RemoteId,
    wanted: &Wanted,
    etag: &ETag,
) -> Result<Written, ProviderError> {
    let present = calendar.one(id.as_str()).await?.ok_or(ProviderError::Gone)?;
    if translate::event(&present).etag != *etag {
        return Err(ProviderError::PreconditionFailed);
    }
    let url = calendar.graph.in_calendar(calendar.id.as_str(), &["events", &present.id]);
    let asked = Question::patch(url, wanted.change(&present)).only(etag.as_str());
    written(&calendar.graph.demand(calendar.access, asked).await?)
}

fn written(response: &outbound::Response) -> Result<Written, ProviderError> {
    let event: Event = parsed(response)?;
    if event.id.is_empty() {
        let say = "Microsoft does not name the event that was written.".into();
        return Err(ProviderError::Unintelligible { say });
    }
    let event = translate::event(&event);
    Ok(Written { id: event.id, etag: event.etag })
}

/// Deletes an event. What is not there is deleted already.
pub(crate) async fn delete(
    calendar: &Calendar<'_>,
    id: &RemoteId,
    only: &Precondition,
) -> Result<(), ProviderError> {
    let Precondition::Matches(etag) = only else { return Ok(()) };
    let url = calendar.graph.in_calendar(calendar.id.as_str(), &["events", id.as_str()]);
    let asked = Question::delete(url).only(etag.as_str());
    let response = calendar.graph.ask(calendar.access, asked).await?;
    if response.status.is_success() {
        return Ok(());
    }
    match error::of_status(&response) {
        ProviderError::Gone => Ok(()),
        error => Err(error),
    }
}
