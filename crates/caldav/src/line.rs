//! The line to one server: its guard, its password, and what a broken line means.

use std::time::Duration;

use connection::{Access, Credential, ProviderError, Secret};
use outbound::{Basic, Client, Limits, Request, Response};
use secrecy::SecretString;
use url::Url;

use crate::error;
use crate::question::Question;

/// Time for one answer.
const TIME_MAX: Duration = Duration::from_mins(1);
/// Bytes of one answer: a listing of 200,000 events has about 60 MB.
const BODY_MAX: u64 = 96 << 20;

/// What is particular about a kind of server.
#[derive(Clone)]
pub(crate) struct Manners {
    pub(crate) client: Client,
    /// The address that the operator set and vouches for.
    pub(crate) vouched: Option<Url>,
    /// Domains that a password may follow a redirect or an absolute href to.
    pub(crate) aliases: &'static [&'static str],
}

impl Manners {
    pub(crate) fn line(&self, username: &str, password: &Secret) -> Line {
        let password = SecretString::from(password.reveal());
        Line {
            manners: self.clone(),
            basic: Basic { username: username.to_owned(), password },
            site: None,
            limits: Limits { time_max: TIME_MAX, body_max: BODY_MAX, ..Limits::default() },
        }
    }

    /// The line and the calendar homes of a connection.
    pub(crate) fn of(&self, access: &Access) -> Result<(Line, Homes), ProviderError> {
        let Credential::Password { base, username, password } = access.credential() else {
            return Err(ProviderError::Refused {
                say: "This connection has no user name and password for a calendar server.".into(),
            });
        };
        let homes = Homes::read(base)?;
        let mut line = self.line(username, password);
        line.site = Some(homes.first().clone());
        Ok((line, homes))
    }
}

/// Where the calendars of a connection are: one address or, rarely, several.
pub(crate) struct Homes(Vec<Url>);

impl Homes {
    pub(crate) fn new(homes: Vec<Url>) -> Self {
        Self(homes)
    }

    fn read(text: &str) -> Result<Self, ProviderError> {
        let homes: Vec<Url> =
            text.split_ascii_whitespace().filter_map(|t| t.parse().ok()).collect();
        if homes.is_empty() {
            return Err(ProviderError::Refused {
                say: "The address of this connection's calendars is damaged. Connect it again."
                    .into(),
            });
        }
        Ok(Self(homes))
    }

    /// The first; ids are seen from it.
    pub(crate) fn first(&self) -> &Url {
        &self.0[0]
    }

    pub(crate) fn all(&self) -> &[Url] {
        &self.0
    }

    /// As it is kept: an address holds no blanks, so a blank stands between two.
    pub(crate) fn to_text(&self) -> String {
        self.0.iter().map(Url::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// A line to one server, signed in.
#[derive(Clone)]
pub(crate) struct Line {
    manners: Manners,
    basic: Basic,
    limits: Limits,
    /// Where the password belongs; hrefs that lead elsewhere are not followed.
    site: Option<Url>,
}

impl Line {
    #[must_use]
    pub(crate) fn within(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Asks, and takes any answer.
    pub(crate) async fn send(
        &self,
        question: Question,
        url: &Url,
    ) -> Result<Response, outbound::Error> {
        let mut request = Request::new(question.method, url.clone())
            .body(question.body)
            .basic(self.basic.clone())
            .aliases(self.manners.aliases)
            .limits(self.limits);
        for (name, value) in question.headers {
            request = request.header(name, value);
        }
        if let Some(vouched) = &self.manners.vouched {
            request = request.trusting(vouched);
        }
        self.manners.client.send(request).await
    }

    /// Asks; a line that broke is a [`ProviderError`], any status is an answer.
    pub(crate) async fn ask(
        &self,
        question: Question,
        url: &Url,
    ) -> Result<Response, ProviderError> {
        if self.site.as_ref().is_some_and(|site| !self.may_follow(site, url)) {
            return Err(ProviderError::Refused {
                say: "The server names a place on another site, which does not get the password."
                    .into(),
            });
        }
        self.send(question, url).await.map_err(|broken| error::of_call(&broken))
    }

    /// Asks; only success is an answer.
    pub(crate) async fn demand(
        &self,
        question: Question,
        url: &Url,
    ) -> Result<Response, ProviderError> {
        let response = self.ask(question, url).await?;
        if response.status.is_success() { Ok(response) } else { Err(error::of_status(&response)) }
    }

    /// May this line's password be shown at `to`, when the person gave it for `from`?
    pub(crate) fn may_follow(&self, from: &Url, to: &Url) -> bool {
        let both_vouched = self.manners.vouched.as_ref().is_some_and(|vouched| {
            outbound::is_below(from, vouched) && outbound::is_below(to, vouched)
        });
        both_vouched || outbound::is_same_site(from, to, self.manners.aliases)
    }
}
