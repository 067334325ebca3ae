//! One call to the Calendar API: signed, limited, and its answer read as JSON or as a failure.

use std::time::Duration;

use connection::{Access, Credential, ProviderError, Result};
use http::header::{ACCEPT, CONTENT_TYPE, IF_MATCH};
use http::{HeaderValue, Method};
use jiff::Timestamp;
use outbound::{Client, Limits, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::error;
use crate::hosts::Hosts;

/// A page of 2,500 events with long descriptions.
const BODY_MAX: u64 = 64 << 20;
/// The largest page takes Google a while.
const TIME_MAX: Duration = Duration::from_mins(1);

/// The way to Google.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) client: Client,
    pub(crate) hosts: Hosts,
}

/// One call, before it is signed.
pub(crate) struct Ask {
    method: Method,
    url: Url,
    body: Option<Value>,
    if_match: Option<HeaderValue>,
}

impl Ask {
    pub(crate) fn new(method: Method, url: Url) -> Self {
        Self { method, url, body: None, if_match: None }
    }

    /// Adds parameters to the address.
    pub(crate) fn query(mut self, pairs: &[(&str, &str)]) -> Self {
        self.url.query_pairs_mut().extend_pairs(pairs);
        self
    }

    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Holds only for this version. A version that no header can hold is none of Google's.
    pub(crate) fn only(mut self, etag: &str) -> Result<Self> {
        let value = HeaderValue::from_str(etag).map_err(|_| ProviderError::PreconditionFailed)?;
        self.if_match = Some(value);
        Ok(self)
    }
}

impl Api {
    pub(crate) fn new(client: Client, hosts: Hosts) -> Self {
        Self { client, hosts }
    }

    /// Asks, and reads the answer; whatever is no success is a failure.
    pub(crate) async fn json<T: DeserializeOwned>(&self, access: &Access, ask: Ask) -> Result<T> {
        self.dated(access, ask).await.map(|(answer, _)| answer)
    }

    /// The same, with Google's clock.
    pub(crate) async fn dated<T: DeserializeOwned>(
        &self,
        access: &Access,
        ask: Ask,
    ) -> Result<(T, Option<Timestamp>)> {
        let response = self.send(access, ask).await?;
        let answer =
            serde_json::from_slice(&response.body).map_err(|_| error::unintelligible(&response))?;
        Ok((answer, response.date))
    }

    /// Asks where nothing is answered but that it is done.
    pub(crate) async fn done(&self, access: &Access, ask: Ask) -> Result<()> {
        let response = self.send(access, ask).await?;
        // A web page with status 200 stands in the way; nothing is known to be done.
        if error::is_web_page(&response) {
            return Err(error::unintelligible(&response));
        }
        Ok(())
    }

    async fn send(&self, access: &Access, ask: Ask) -> Result<Response> {
        let response = self.answer(access, ask).await?;
        if response.status.is_success() { Ok(response) } else { Err(error::of_answer(&response)) }
    }

    /// Whatever Google answers.
    pub(crate) async fn answer(&self, access: &Access, ask: Ask) -> Result<Response> {
        let Credential::Tokens(tokens) = access.credential() else {
            let say = "This connection has no access token for Google.".into();
            return Err(ProviderError::Refused { say });
        };
        let limits = Limits { time_max: TIME_MAX, body_max: BODY_MAX, redirects_max: 0 };
        let mut request = Request::new(ask.method, ask.url)
            .bearer(tokens.access.reveal().into(), &tokens.account)
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .limits(limits);
        if let Some(body) = ask.body {
            let json = HeaderValue::from_static("application/json; charset=utf-8");
            request = request.header(CONTENT_TYPE, json).body(body.to_string());
        }
        if let Some(etag) = ask.if_match {
            request = request.header(IF_MATCH, etag);
        }
        if let Some(base) = self.hosts.vouched() {
            request = request.trusting(base);
        }
        self.client.send(request).await.map_err(|broken| error::of_call(&broken))
    }
}
