//! Connecting a feed: by its address, or by the calendar file itself.

use async_trait::async_trait;
use calendar::ical;
use connection::{
    Certificate, Check, CheckName, CheckResult, Credential, Examined, FailureCode, Kinship,
    PasswordSignIn, Principal, ProviderError, Refusal, Secret, SignInForm, Witness,
};
use http::header::{ETAG, LAST_MODIFIED};
use jiff::Timestamp;
use outbound::{Client, Response};

use super::address::{self, NoAddress, Place};
use super::{calendar, file, get, kinship, whole_feed};
use crate::{certificate, multistatus, refusal};

/// Feeds and calendar files.
pub(crate) struct FeedSignIn(pub(crate) Client);

#[async_trait]
impl PasswordSignIn for FeedSignIn {
    async fn examine(
        &self,
        form: &SignInForm,
        now: Timestamp,
        witness: &dyn Witness,
    ) -> Result<Examined, Refusal> {
        let address = form.address.as_ref().map(Secret::reveal).unwrap_or_default().trim();
        let file = form.file.as_ref().filter(|file| !file.reveal().trim().is_empty());
        match file {
            None => self.addressed(address, now, witness).await,
            Some(file) if address.is_empty() => {
                file::examine(file, form.file_name.as_deref(), witness)
            }
            Some(_) => {
                let say = "Give an address or a file, not both: each is a connection of its own.";
                Err(refusal::about("file", FailureCode::FieldInvalid, say))
            }
        }
    }

    fn kinship(&self, held: &Credential, new: &Credential) -> Kinship {
        kinship::of(held, new)
    }

    fn certificate(&self, held: &Credential) -> Option<Certificate> {
        let Credential::Address { address } = held else { return None };
        certificate::of(&self.0, &address::read(address.reveal()).ok()?.url)
    }
}

impl FeedSignIn {
    async fn addressed(
        &self,
        typed: &str,
        now: Timestamp,
        witness: &dyn Witness,
    ) -> Result<Examined, Refusal> {
        let place = address::read(typed).map_err(no_address)?;
        let host = place.host().to_owned();
        let (response, feed) = match self.ask(&place).await {
            Ok(found) => found,
            Err(refusal) => return Err(witness.fail(CheckName::ServerFound, refusal)),
        };
        witness.pass(CheckName::ServerFound, format!("A calendar answers at {host}."));
        let signed_in = match place.basic {
            Some(_) => "The name and password in the address were accepted.",
            None => "No sign-in: whoever has the address can read it.",
        };
        witness.pass(CheckName::SignedIn, signed_in.into());
        tell_content(witness, &feed);
        tell_changes(witness, &response);
        witness.tell_clock(response.date, now);
        tell_limits(witness, &feed, &response);
        let name = match &feed.name {
            Some(name) => format!("{name} ({host})"),
            None => format!("{host}/…"),
        };
        Ok(Examined {
            principal: Principal {
                id: format!("{}{}", Principal::FEED, place.fingerprint()),
                name,
                addresses: vec![],
            },
            credential: Credential::Address { address: Secret::new(typed) },
            calendars: vec![calendar(&feed, &host)],
        })
    }

    async fn ask(&self, place: &Place) -> Result<(Response, ical::Feed), Refusal> {
        let response = get::send(&self.0, place, None).await.map_err(|e| refusal::of_call(&e))?;
        let host = place.host();
        let text = match get::body(&response) {
            Ok(text) => text,
            Err(error) => return Err(of_status(&error, host)),
        };
        if multistatus::is_web_page(&response.body) {
            return Err(web_page(host));
        }
        match whole_feed(&text) {
            Ok(feed) => Ok((response, feed)),
            Err(error) => Err(refusal::of_provider(&error)),
        }
    }
}

pub(super) fn tell_content(witness: &dyn Witness, feed: &ical::Feed) {
    let count = feed.parts.len();
    let events = if count == 1 { "event" } else { "events" };
    let result = if count == 0 { CheckResult::Warn } else { CheckResult::Pass };
    let say = format!("One calendar with {count} {events}.");
    witness.saw(Check { name: CheckName::CalendarsListed, result, say });
    let say = "A feed can only be read; bookings are not written to it.";
    witness.warn(CheckName::CanWrite, say.into());
}

fn tell_changes(witness: &dyn Witness, response: &Response) {
    let is_conditional =
        [ETAG, LAST_MODIFIED].iter().any(|name| response.headers.contains_key(name));
    let (result, say) = if is_conditional {
        (CheckResult::Pass, "It says whether it changed since the last time.")
    } else {
        (
            CheckResult::Warn,
            "It does not say whether it changed, so it is read as a whole each time.",
        )
    };
    witness.saw(Check { name: CheckName::Changes, result, say: say.into() });
}

fn tell_limits(witness: &dyn Witness, feed: &ical::Feed, response: &Response) {
    let wanted = feed.refresh_every.or_else(|| address::max_age(&response.headers));
    let every = match address::hint(wanted) {
        Some(every) => format!("it wants to be asked every {} minutes", every.as_mins()),
        None => "it does not say how often it may be asked".into(),
    };
    let say = format!("Known limits: {every}; many providers renew a feed only after hours.");
    witness.pass(CheckName::Limits, say);
}

fn no_address(fault: NoAddress) -> Refusal {
    let say = match fault {
        NoAddress::Missing => "Enter the address of the feed, or choose a calendar file.",
        NoAddress::Damaged => {
            "This is no address. It looks like https://calendar.example.com/…/basic.ics."
        }
        NoAddress::Scheme => "The address of a feed begins with https, http or webcal.",
    };
    refusal::about("address", FailureCode::FieldInvalid, say)
}

fn of_status(error: &ProviderError, host: &str) -> Refusal {
    let about = |code, say: String| refusal::about("address", code, say);
    match error {
        ProviderError::SignedOut { .. } => about(
            FailureCode::PasswordRefused,
            format!(
                "{host} wants a name and password. Connect it as a CalDAV account, or use the \
                 calendar's secret address."
            ),
        ),
        ProviderError::Gone => about(
            FailureCode::NotACalendar,
            format!(
                "There is nothing at this address of {host}. Copy it again; it may have been \
                 withdrawn."
            ),
        ),
        ProviderError::Refused { .. } => about(
            FailureCode::Refused,
            format!(
                "{host} does not give this feed away. Copy the calendar's secret address again."
            ),
        ),
        other => refusal::of_provider(other),
    }
}

fn web_page(host: &str) -> Refusal {
    refusal::about(
        "address",
        FailureCode::WebPage,
        format!(
            "A web page answers at this address of {host}, perhaps one to sign in. Copy the \
             address of the calendar file itself; it often ends in .ics."
        ),
    )
}
