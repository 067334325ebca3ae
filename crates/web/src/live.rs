//! Pages that change while they are open: parts are rendered again when the store announces a
//! change and every few seconds for ages, and only what differs is sent.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connection::{Connection, UserId};
use door::seats::{Seat, Seats};
use futures_util::{Stream, StreamExt, stream};
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use maud::Markup;
use sha2::{Digest, Sha256};
use store::Change;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Web;
use crate::asked::Asked;
use crate::error::Fault;
use crate::pages::pieces::banner;
use crate::pages::staff::Whose;
use crate::pages::standing::{self, Standing};
use crate::pages::{
    connection_checks, connection_fix, connection_manage, connections_list, developers, week,
};
use crate::session::{self, SignedIn};

/// Ages are brought up to date this often.
const TICK: Duration = Duration::from_secs(5);
/// While a page shows connections, they are looked at this often: one that died without a sign is
/// told to who has the page open.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// Changes that come together are shown together.
const PAUSE: Duration = Duration::from_millis(120);
/// A stream ends after this long, and the page comes back.
const AGE_MAX: Duration = Duration::from_mins(30);
/// Streams that are open at the same time, on one node.
const STREAMS_MAX: usize = 2_000;

/// The streams that are open.
#[derive(Clone)]
pub struct Streams {
    seats: Arc<Semaphore>,
    /// Those of each person among them.
    of_person: Seats,
}

impl Default for Streams {
    fn default() -> Self {
        Self { seats: Arc::new(Semaphore::new(STREAMS_MAX)), of_person: Seats::default() }
    }
}

impl Streams {
    fn take(&self, person: &UserId) -> Option<(Seat, OwnedSemaphorePermit)> {
        let own = self.of_person.take(person.as_str())?;
        let seat = Arc::clone(&self.seats).try_acquire_owned().ok()?;
        Some((own, seat))
    }
}

/// A part of a page: the element of that id.
pub(crate) struct Piece {
    id: String,
    /// What is compared; the time of day may be left out of it.
    key: String,
    html: String,
}

impl Piece {
    /// The element `id`, as it should be now.
    pub(crate) fn new(id: &str, html: Markup) -> Self {
        let html = html.into_string();
        Self { id: id.to_owned(), key: html.clone(), html }
    }

    /// The same, sent only where `key` differs.
    pub(crate) fn keyed(self, key: Markup) -> Self {
        Self { key: key.into_string(), ..self }
    }
}

/// What a page consists of, as a short sign that it takes along to its stream: so that what
/// happens between page and stream is seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shape(String);

impl Shape {
    /// Of the things that are on the page.
    pub(crate) fn of<'t>(things: impl Iterator<Item = &'t str>) -> Self {
        let mut hash = Sha256::new();
        for thing in things {
            hash.update(thing.as_bytes());
            hash.update([0]);
        }
        Self(URL_SAFE_NO_PAD.encode(&hash.finalize()[..9]))
    }

    /// Where a page of this shape hears its changes.
    pub(crate) fn stream(&self, of: &str) -> String {
        format!("/stream?of={of}&shape={}", self.0)
    }
}

/// With which shape a page comes.
#[derive(Default, serde::Deserialize)]
pub(crate) struct Came {
    shape: Option<String>,
}

/// What a page should look like now.
#[derive(Default)]
pub(crate) struct View {
    pub(crate) pieces: Vec<Piece>,
    /// What was shown is over: the page is loaded again, and goes on from there.
    pub(crate) is_over: bool,
    /// Where this differs from the page's own, single parts do not do: it is loaded again.
    pub(crate) shape: Shape,
    /// Ids whose changes matter.
    watched: HashSet<String>,
    /// The connections that are shown.
    shown: Vec<Connection>,
}

impl View {
    /// Changes of this connection and its calendars matter.
    pub(crate) fn watch(&mut self, standing: &Standing) {
        self.shown.push(standing.connection.clone());
        self.watched.insert(standing.connection.id.to_string());
        self.watched.extend(standing.calendars.iter().map(|(calendar, _)| calendar.id.to_string()));
    }

    /// Changes of the thing of this id matter.
    pub(crate) fn watch_id(&mut self, id: &str) {
        self.watched.insert(id.to_owned());
    }
}

/// Which page is open.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub(crate) enum Open {
    /// All that is broken.
    Fix,
    /// The list of connections, of a user.
    Connections { user: Option<String> },
    /// One connection.
    Connection { id: String },
    /// An attempt to connect.
    Attempt { id: String },
    /// A week, by a day of it, of a user.
    Week { day: Option<String>, user: Option<String> },
    /// One webhook, with what it was told.
    Webhook { id: String },
}

impl Open {
    async fn view(&self, web: &Web, who: &SignedIn) -> Result<View, Fault> {
        let mut view = self.own_view(web, who).await?;
        view.pieces.push(Piece::new(banner::PLACE, banner::banner(who)));
        for need in &who.needs {
            view.watch_id(need.broken.id.as_str());
        }
        Ok(view)
    }

    async fn own_view(&self, web: &Web, who: &SignedIn) -> Result<View, Fault> {
        match self {
            Self::Fix => connection_fix::view(web, who).await,
            Self::Connections { user } => {
                connections_list::view(web, who, &Whose::of(user.clone())).await
            }
            Self::Connection { id } => connection_manage::view(web, who, id).await,
            Self::Attempt { id } => connection_checks::view(web, who, id).await,
            Self::Week { .. } if who.connects_only => Err(Fault::NotFound),
            Self::Webhook { id } => developers::webhook_view(web, who, id).await,
            Self::Week { day, user } => {
                week::view(web, who, (day.as_deref(), user.as_deref())).await
            }
        }
    }
}

/// The stream of an open page.
pub(crate) async fn stream(
    State(web): State<Web>,
    who: SignedIn,
    open: Result<Query<Open>, QueryRejection>,
    Asked(came): Asked<Came>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let Query(open) = open.map_err(|_| Fault::NotFound)?;
    let seats = web.streams.take(&who.user.id).ok_or(Fault::Unavailable)?;
    let changes = web.ctx.db.changes();
    // What is not there, or not theirs, is said before the stream begins.
    let first = open.view(&web, &who).await?;
    let listener = Listener {
        changes,
        web,
        open,
        headers,
        sent: HashMap::new(),
        shape: came.shape.map_or_else(|| first.shape.clone(), Shape),
        watched: HashSet::new(),
        looked_at: who.now,
        _seats: seats,
    };
    let events = stream::once(async move { listener.begin(first) })
        .flat_map(|(listener, events)| stream::iter(events).chain(listener.go_on()))
        .map(Ok::<_, Infallible>)
        .take_until(tokio::time::sleep(AGE_MAX));
    Ok(Sse::new(events).keep_alive(KeepAlive::new()).into_response())
}

/// The page is loaded again. (Events without data are not heard.)
fn reload() -> Event {
    Event::default().event("reload").data("now")
}

/// One open page.
struct Listener {
    web: Web,
    open: Open,
    /// The request's, to see whether its session is still one.
    headers: HeaderMap,
    changes: Receiver<Change>,
    /// The key of each part, as it was sent last.
    sent: HashMap<String, String>,
    shape: Shape,
    watched: HashSet<String>,
    /// When the connections that are shown were looked at.
    looked_at: Timestamp,
    _seats: (Seat, OwnedSemaphorePermit),
}

impl Listener {
    fn begin(mut self, first: View) -> (Self, Vec<Event>) {
        let events = self.news(first);
        (self, events)
    }

    fn go_on(self) -> impl Stream<Item = Event> {
        stream::unfold(self, async |mut listener| {
            let events = listener.next().await?;
            Some((stream::iter(events), listener))
        })
        .flatten()
    }

    /// What differs after the next change or tick; `None` at the end.
    async fn next(&mut self) -> Option<Vec<Event>> {
        let stop = self.web.stop.clone();
        tokio::select! {
            () = stop.cancelled() => return None,
            () = tokio::time::sleep(TICK) => {}
            heard = self.hear() => heard?,
        }
        match self.look().await {
            Ok(Some(view)) => {
                self.probe(&view);
                Some(self.news(view))
            }
            Ok(None) => None,
            // Gone, or signed out: the page that is loaded again says so.
            Err(Fault::NotFound) => Some(vec![reload()]),
            Err(_) => Some(Vec::new()),
        }
    }

    /// Waits for a change that matters.
    async fn hear(&mut self) -> Option<()> {
        loop {
            let matters = match self.changes.recv().await {
                Ok(Change::Connection(id)) => self.watched.contains(id.as_str()),
                Ok(Change::Calendar(id)) => self.watched.contains(id.as_str()),
                Ok(Change::Attempt(id)) => self.watched.contains(id.as_str()),
                Ok(Change::JobReady) => false,
                Ok(Change::Everything) | Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => return None,
            };
            if matters {
                tokio::time::sleep(PAUSE).await;
                return Some(());
            }
        }
    }

    async fn look(&self) -> Result<Option<View>, Fault> {
        let Some(who) = session::find(&self.web, &self.headers).await? else {
            return Err(Fault::NotFound);
        };
        self.open.view(&self.web, &who).await.map(Some)
    }

    fn probe(&mut self, view: &View) {
        let now = self.web.ctx.clock.now();
        if now.duration_since(self.looked_at) >= LOOK_EVERY {
            self.looked_at = now;
            standing::probe(&self.web, view.shown.clone());
        }
    }

    fn news(&mut self, view: View) -> Vec<Event> {
        if view.is_over || view.shape != self.shape {
            self.shape = view.shape;
            return vec![reload()];
        }
        self.watched = view.watched;
        let mut events = Vec::new();
        for piece in view.pieces {
            if self.sent.get(&piece.id) != Some(&piece.key) {
                events.push(Event::default().event("swap").data(piece.html.replace('\r', " ")));
                self.sent.insert(piece.id, piece.key);
            }
        }
        events
    }
}
