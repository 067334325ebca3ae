//! What an event's text amounts to in time: its occurrences within the horizon, and what of it
//! is not understood.

use std::borrow::Cow;

use calendar::{Horizon, Owner, ical, series};
use connection::RemoteEvent;
use jiff::tz::TimeZone;
use store::busy::OccurrenceRow;
use store::events::Body;

/// Events expanded while those before them are stored.
const SOME: usize = 50;

/// What expansion needs to know beside the text.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// Where dates and floating times of this calendar happen.
    pub(crate) zone: TimeZone,
    /// Whose answers to invitations count.
    pub(crate) owner: Owner,
    /// The window that is expanded.
    pub(crate) horizon: Horizon,
    /// Is no more than the times of events kept?
    pub(crate) times_only: bool,
}

impl Terms {
    /// What is kept of a text that came.
    pub(crate) fn kept<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.times_only {
            Cow::Owned(ical::times_only(text, &self.owner))
        } else {
            Cow::Borrowed(text)
        }
    }
}

/// What one text amounts to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Amount {
    /// Code and sentence of the first thing that is not understood.
    pub(crate) problem: Option<(String, String)>,
    /// Does anything lie beyond the horizon?
    pub(crate) goes_on: bool,
    /// Within the horizon.
    pub(crate) occurrences: Vec<OccurrenceRow>,
}

/// Reads and expands one object. Never fails: what cannot be read is a problem that is kept and
/// shown, beside whatever could be read.
pub(crate) fn amount(text: &str, terms: &Terms) -> Amount {
    let reading = match calendar::read(text) {
        Ok(reading) => reading,
        Err(unreadable) => {
            let problem = Some(("unreadable".to_owned(), unreadable.to_string()));
            return Amount { problem, goes_on: false, occurrences: Vec::new() };
        }
    };
    let mut problems = reading.problems;
    let mut goes_on = false;
    let mut occurrences = Vec::new();
    for event in &reading.events {
        let expansion = calendar::expand(event, terms.horizon, &terms.zone);
        goes_on |= expansion.goes_on;
        problems.extend(expansion.problems);
        occurrences.extend(expansion.occurrences.iter().map(|occurrence| OccurrenceRow {
            start_at: occurrence.start,
            end_at: occurrence.end,
            all_day: occurrence.all_day,
            blocking: occurrence.blocking(&terms.owner),
        }));
    }
    let problem = problems.into_iter().next();
    let problem = problem.map(|problem| (problem.code.as_str().to_owned(), problem.say));
    Amount { problem, goes_on, occurrences }
}

/// The rows of the next few events; none when there are no more. Lets others go on after each
/// event, so that this runs beside a statement that the database works on.
pub(crate) async fn some(
    events: &mut impl Iterator<Item = RemoteEvent>,
    terms: &Terms,
) -> Vec<Body> {
    let mut bodies = Vec::with_capacity(SOME);
    for event in events.take(SOME) {
        bodies.push(body(event, terms));
        tokio::task::yield_now().await;
    }
    bodies
}

/// The row that holds an event's body and all it amounts to.
pub(crate) fn body(event: RemoteEvent, terms: &Terms) -> Body {
    let text = terms.kept(&event.text).into_owned();
    // A part amounts to something within its series alone, which is settled when all are held.
    let Amount { problem, goes_on, occurrences } = match event.series {
        Some(_) => Amount::default(),
        None => amount(&series::join(&text, []), terms),
    };
    Body {
        content: ical::content_hash(&text),
        remote: event.id,
        etag: event.etag,
        text,
        problem,
        goes_on,
        occurrences,
    }
}
