//! Calendars of which Google shows busy and free alone (freeBusy.query).

use async_trait::async_trait;
use calendar::{Horizon, Interval, IntervalSet};
use connection::{Access, FreeBusy, ProviderError, RemoteId, Result, SignedOutWhy};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::call::{Api, Ask};
use crate::wire::{self, BusyCalendar};

/// Quirk google-9: longer stretches are refused as `timeRangeTooLong`; where the limit lies is not
/// written down.
const WINDOW: SignedDuration = SignedDuration::from_hours(60 * 24);

pub(crate) struct GoogleFreeBusy(pub(crate) Api);

#[async_trait]
impl FreeBusy for GoogleFreeBusy {
    async fn busy(
        &self,
        access: &Access,
        calendar: &RemoteId,
        within: Horizon,
    ) -> Result<Vec<Interval>> {
        let mut found = Vec::new();
        let mut from = within.from;
        while from < within.until {
            let until = from.checked_add(WINDOW).unwrap_or(within.until).min(within.until);
            found.extend(self.window(access, calendar, (from, until)).await?);
            from = until;
        }
        // What lies across the edge of two windows is one again.
        Ok(found.into_iter().collect::<IntervalSet>().iter().collect())
    }
}

impl GoogleFreeBusy {
    async fn window(
        &self,
        access: &Access,
        calendar: &RemoteId,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Vec<Interval>> {
        let asked = json!({
            "timeMin": from.to_string(), "timeMax": until.to_string(), "timeZone": "UTC",
            "items": [{ "id": calendar.as_str() }],
        });
        let ask = Ask::new(Method::POST, self.0.hosts.calendar(&["freeBusy"])).body(asked);
        let answer: Result<wire::FreeBusy> = self.0.json(access, ask).await;
        let mut answer = answer.map_err(of_one_calendar)?;
        let told = answer.calendars.remove(calendar.as_str());
        told.ok_or_else(unintelligible).and_then(stretches)
    }
}

/// A connection stands without this permission (it was warned of): only such calendars do not.
fn of_one_calendar(failed: ProviderError) -> ProviderError {
    match failed {
        ProviderError::SignedOut { why: SignedOutWhy::ScopeMissing } => ProviderError::Refused {
            say: "Google was not allowed to tell when this calendar is busy. Repair the \
                  connection, and tick every box at Google."
                .into(),
        },
        other => other,
    }
}

/// An error about the calendar is a failure; an empty list beside it means nothing.
fn stretches(told: BusyCalendar) -> Result<Vec<Interval>> {
    match told.errors.first().map(|error| error.reason.as_str()) {
        None => {}
        Some("notFound") => return Err(ProviderError::Gone),
        Some("groupTooBig" | "tooManyCalendarsRequested") => {
            let say = "Google shows no free and busy for a group of that size.".into();
            return Err(ProviderError::Refused { say });
        }
        Some(_) => {
            let say = "Google could not tell when that calendar is busy.".into();
            return Err(ProviderError::Unavailable { say });
        }
    }
    let busy = told.busy.ok_or_else(unintelligible)?;
    let one = |stretch: &wire::Stretch| {
        let (start, end) = (stretch.start.parse().ok()?, stretch.end.parse().ok()?);
        Some(Interval::new(start, end))
    };
    // What has no length takes no time; what cannot be read is no answer at all.
    let read: Option<Vec<Option<Interval>>> = busy.iter().map(one).collect();
    Ok(read.ok_or_else(unintelligible)?.into_iter().flatten().collect())
}

fn unintelligible() -> ProviderError {
    let say = "Google answered something else than when the calendar is busy.".into();
    ProviderError::Unintelligible { say }
}
