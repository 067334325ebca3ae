//! The events themselves: twenty to a batch, each one whose answer is not plain asked for alone.

use connection::{Access, ProviderError, RemoteEvent, RemoteId};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::error::Codes;
use crate::graph::{self, Graph, PREFERENCES, Question};
use crate::translate;
use crate::wire::{Event, Named, Page};

/// Questions in one batch (Graph's limit).
const BATCH_MAX: usize = 20;

/// One calendar, seen with one access.
pub(crate) struct Calendar<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) access: &'a Access,
    pub(crate) id: &'a RemoteId,
}

#[derive(Deserialize)]
struct Batch {
    responses: Vec<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    id: String,
    status: u16,
    #[serde(default)]
    body: Value,
}

/// What is told of one name.
enum Told {
    Event(Box<Event>),
    Gone,
    /// Nothing that could be relied on.
    Nothing,
}

impl Calendar<'_> {
    /// The events named. One that Graph does not have any more is left out.
    pub(crate) async fn fetch(&self, ids: &[RemoteId]) -> Result<Vec<RemoteEvent>, ProviderError> {
        let mut events = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(BATCH_MAX) {
            let told = if chunk.len() > 1 { self.batch(chunk).await? } else { Vec::new() };
            for (at, id) in chunk.iter().enumerate() {
                let answer = told.iter().position(|(n, _)| *n == at).map(|found| &told[found].1);
                match answer {
                    Some(Told::Event(event)) => events.push(translate::event(event)),
                    Some(Told::Gone) => {}
                    Some(Told::Nothing) | None => {
                        let event = self.one(id.as_str()).await?;
                        events.extend(event.as_ref().map(translate::event));
                    }
                }
            }
        }
        Ok(events)
    }

    /// Up to twenty events by one question.
    async fn batch(&self, ids: &[RemoteId]) -> Result<Vec<(usize, Told)>, ProviderError> {
        let root = self.graph.place.graph(&[]);
        let relative = |url: &Url| {
            let path = url.path().strip_prefix(root.path()).unwrap_or_default();
            format!("{path}?{}", url.query().unwrap_or_default())
        };
        let question = |(at, id): (usize, &RemoteId)| {
            let url = relative(&self.event(id.as_str()));
            let headers = json!({"Prefer": PREFERENCES});
            json!({"id": at.to_string(), "method": "GET", "url": url, "headers": headers})
        };
        let requests: Vec<Value> = ids.iter().enumerate().map(question).collect();
        let url = self.graph.place.graph(&["$batch"]);
        let asked = Question::post(url, json!({"requests": requests}));
        let batch: Batch = graph::parsed(&self.graph.demand(self.access, asked).await?)?;
        let told = |answer: Answer| Some((answer.id.parse().ok()?, read(answer)));
        Ok(batch.responses.into_iter().filter_map(told).collect())
    }

    /// One event by itself; `None` where Graph says that there is none. A name that we chose
    /// ourselves, and that Graph cannot read, is looked up by the property that holds it.
    pub(crate) async fn one(&self, id: &str) -> Result<Option<Event>, ProviderError> {
        let response = self.graph.ask(self.access, Question::get(self.event(id))).await?;
        let status = response.status;
        if status.is_success() {
            return graph::parsed(&response).map(Some);
        }
        if matches!(status.as_u16(), 400 | 404) && is_no_id(&Codes::of(&response)) {
            return match self.named(id).await? {
                Some(found) => self.graph.read(self.access, self.event(&found)).await.map(Some),
                None => Ok(None),
            };
        }
        match crate::error::of_status(&response) {
            ProviderError::Gone => Ok(None),
            error => Err(error),
        }
    }

    /// Graph's id of the event that we gave this name.
    pub(crate) async fn named(&self, name: &str) -> Result<Option<String>, ProviderError> {
        let mut url = self.graph.in_calendar(self.id.as_str(), &["events"]);
        let (property, name) = (translate::name_property(), name.replace('\'', "''"));
        let filter = format!(
            "singleValueExtendedProperties/Any(ep: ep/id eq '{property}' and ep/value eq '{name}')"
        );
        set_query(&mut url, &[("$filter", &filter), ("$select", "id"), ("$top", "2")]);
        let page: Page<Named> = self.graph.read(self.access, url).await?;
        Ok(page.value.into_iter().next().map(|event| event.id))
    }

    /// The address of an event, with our own properties.
    pub(crate) fn event(&self, id: &str) -> Url {
        let mut url = self.graph.in_calendar(self.id.as_str(), &["events", id]);
        let kept = translate::kept_property();
        let expand = format!("singleValueExtendedProperties($filter=id eq '{kept}')");
        set_query(&mut url, &[("$expand", &expand)]);
        url
    }
}

/// Graph reads `%20` everywhere, a plus not.
fn set_query(url: &mut Url, pairs: &[(&str, &str)]) {
    url.query_pairs_mut().extend_pairs(pairs);
    let spaced = url.query().unwrap_or_default().replace('+', "%20");
    url.set_query(Some(&spaced));
}

fn read(answer: Answer) -> Told {
    match answer.status {
        200 => {
            serde_json::from_value(answer.body).map_or(Told::Nothing, |e| Told::Event(Box::new(e)))
        }
        404 | 410 if !is_no_id(&Codes::within(&answer.body)) => Told::Gone,
        // Throttled, broken, or not a name: asked alone, it is told with all that belongs to it.
        _ => Told::Nothing,
    }
}

/// Is it no name that Graph could have given?
fn is_no_id(codes: &Codes) -> bool {
    codes.has(&["errorinvalididmalformed", "errorinvalidid", "requestbroker--parseuri"])
}
