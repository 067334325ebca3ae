//! Asking Graph: every call with the same headers, limits and way of reading an answer.

use connection::{Access, Credential, ProviderError};
use http::header::{CONTENT_TYPE, IF_MATCH};
use http::{HeaderName, HeaderValue, Method};
use outbound::{Client, Limits, Request, Response};
use serde::de::DeserializeOwned;
use url::Url;

use crate::error;
use crate::place::Place;

const PREFER: HeaderName = HeaderName::from_static("prefer");
/// Times in UTC, ids that stay when an event moves, plain text. On every call, for an id of one
/// kind is unknown to a call that asks for the other.
pub(crate) const PREFERENCES: &str = "outlook.timezone=\"UTC\", IdType=\"ImmutableId\", \
                                      outlook.body-content-type=\"text\", odata.maxpagesize=200";
/// A page of 200 events with long descriptions fits; what does not is no page of a calendar.
const LIMITS: Limits =
    Limits { time_max: std::time::Duration::from_mins(1), body_max: 48 << 20, redirects_max: 0 };

/// Graph, seen through our client.
#[derive(Clone)]
pub(crate) struct Graph {
    client: Client,
    pub(crate) place: Place,
}

/// One question.
pub(crate) struct Question {
    method: Method,
    url: Url,
    body: Option<serde_json::Value>,
    only: Option<String>,
}

impl Question {
    pub(crate) fn get(url: Url) -> Self {
        Self { method: Method::GET, url, body: None, only: None }
    }

    pub(crate) fn post(url: Url, body: serde_json::Value) -> Self {
        Self { method: Method::POST, url, body: Some(body), only: None }
    }

    pub(crate) fn patch(url: Url, body: serde_json::Value) -> Self {
        Self { method: Method::PATCH, url, body: Some(body), only: None }
    }

    pub(crate) fn delete(url: Url) -> Self {
        Self { method: Method::DELETE, url, body: None, only: None }
    }

    /// Only if the thing is in this version.
    #[must_use]
    pub(crate) fn only(mut self, version: &str) -> Self {
        self.only = Some(version.to_owned());
        self
    }
}

impl Graph {
    pub(crate) fn new(client: Client, place: Place) -> Self {
        Self { client, place }
    }

    /// The answer to a question, whatever its status.
    pub(crate) async fn ask(
        &self,
        access: &Access,
        question: Question,
    ) -> Result<Response, ProviderError> {
        let Credential::Tokens(tokens) = access.credential() else {
            let say = "This connection has no access token for Microsoft.".into();
            return Err(ProviderError::Refused { say });
        };
        let mut request = Request::new(question.method, question.url)
            .bearer(tokens.access.reveal().into(), &tokens.account)
            .header(PREFER, HeaderValue::from_static(PREFERENCES))
            .limits(LIMITS);
        if let Some(version) = question.only {
            let version = HeaderValue::from_str(&version);
            let version = version.map_err(|_| ProviderError::PreconditionFailed)?;
            request = request.header(IF_MATCH, version);
        }
        if let Some(body) = question.body {
            let json = HeaderValue::from_static("application/json");
            request = request.header(CONTENT_TYPE, json).body(body.to_string());
        }
        if let Some(vouched) = &self.place.vouched {
            request = request.trusting(vouched);
        }
        self.client.send(request).await.map_err(|failed| error::of_call(&failed))
    }

    /// The answer to a question, where it is a success.
    pub(crate) async fn demand(
        &self,
        access: &Access,
        question: Question,
    ) -> Result<Response, ProviderError> {
        let response = self.ask(access, question).await?;
        if response.status.is_success() { Ok(response) } else { Err(error::of_status(&response)) }
    }

    /// What a GET brings.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        access: &Access,
        url: Url,
    ) -> Result<T, ProviderError> {
        parsed(&self.demand(access, Question::get(url)).await?)
    }

    /// An address to go on with, if it leads to Graph: a token is shown to nobody else.
    pub(crate) fn follow(&self, link: &str) -> Result<Url, ProviderError> {
        self.place.link(link).ok_or_else(|| ProviderError::Unintelligible {
            say: "Microsoft's answer goes on at an address that is not Microsoft's.".into(),
        })
    }

    /// An address in a calendar, the calendar's own way: `/me/events/{id}` does not know the
    /// events of calendars that others share.
    pub(crate) fn in_calendar(&self, calendar: &str, path: &[&str]) -> Url {
        self.place.graph(&[&["me", "calendars", calendar], path].concat())
    }
}

/// The JSON of an answer. Anything else is not understood, and never an empty answer.
pub(crate) fn parsed<T: DeserializeOwned>(response: &Response) -> Result<T, ProviderError> {
    serde_json::from_slice(&response.body).map_err(|_| error::unintelligible(response))
}
