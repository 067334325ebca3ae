//! A connection as pages show it: with its calendars, how it stands, and what it is called.

use axum::response::Redirect;
use connection::{
    Calendar, CalendarState, Catalogue, Connection, ConnectionId, ConnectionState,
    ConnectionStatus, Counts, Ending, Integration, StatusFacts, Trouble,
};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use store::people::User;
use store::{StoreError, Tx, calendars, connections, renewals, runs};
use sync::connect;

use super::pieces::{hearing, icon, words};
use super::staff;
use crate::Web;
use crate::error::Fault;
use crate::session::SignedIn;

/// A connection with all that is said of it.
pub(crate) struct Standing {
    pub(crate) connection: Connection,
    pub(crate) calendars: Vec<(Calendar, Counts)>,
    pub(crate) status: ConnectionStatus,
    /// Mended lately: how many changes were read since.
    repaired: Option<i64>,
    /// Who holds it.
    pub(crate) holder: User,
    /// What of it ends by itself.
    endings: Vec<Ending>,
}

/// A repair is told for so long.
const REPAIR_TOLD: SignedDuration = SignedDuration::from_hours(24);

impl Standing {
    async fn load(
        tx: &mut Tx,
        (connection, holder): (Connection, &User),
        calendars: Vec<(Calendar, Counts)>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let facts = StatusFacts { connection: &connection, calendars: &calendars };
        let status = ConnectionStatus::of(facts, now);
        let lately = connection.repaired_at.filter(|at| now.duration_since(*at) < REPAIR_TOLD);
        let repaired = match lately {
            Some(at) => Some(runs::changes_since(tx, &connection.id, at).await?),
            None => None,
        };
        let endings = renewals::of_connection(tx, &connection.id).await?;
        let holder = holder.clone();
        Ok(Self { connection, calendars, status, repaired, holder, endings })
    }

    /// Are bookings written to this calendar of it?
    pub(crate) fn is_linked(&self, calendar: &Calendar) -> bool {
        self.holder.settings.linked_calendar.as_ref() == Some(&calendar.id)
    }

    /// After something was done: a page, of whoever holds it.
    pub(crate) fn to_holder(&self, who: &SignedIn, page: &str, note: &str) -> Redirect {
        let of = if self.is_of(who) { String::new() } else { format!("&user={}", self.holder.id) };
        Redirect::to(&format!("{page}?note={note}{of}"))
    }

    /// Is it their own?
    pub(crate) fn is_of(&self, who: &SignedIn) -> bool {
        self.holder.id == who.user.id
    }

    /// What came of a repair, for a day after it.
    pub(crate) fn repair(&self, who: &SignedIn) -> Markup {
        let (Some(at), Some(changes)) = (self.connection.repaired_at, self.repaired) else {
            return html! {};
        };
        let counted = self.calendars.iter().filter(|(c, _)| c.gone_at.is_none());
        let is_read = counted.map(|(c, _)| c.known_at).all(|known| known.is_some_and(|k| k >= at));
        html! {
            @if self.is_looked_after() && self.status.attention.is_none() {
                p .small.soft {
                    "Repaired " (words::age(at, who)) ": "
                    @if is_read { (words::count(changes, "change", "changes")) " read since." }
                    @else { "what was missed is being read." }
                }
            }
        }
    }

    /// What kind of thing is connected, on the page.
    pub(crate) fn kind<'c>(&'c self, catalogue: &'c Catalogue) -> &'c str {
        self.integration(catalogue).map_or(self.connection.integration.as_str(), |row| row.name)
    }

    /// Its row of the catalogue, while there is one.
    pub(crate) fn integration<'c>(&self, catalogue: &'c Catalogue) -> Option<&'c Integration> {
        catalogue.find(self.connection.integration.as_str())
    }

    /// The mark of its integration.
    pub(crate) fn mark(&self, catalogue: &Catalogue) -> Markup {
        self.integration(catalogue)
            .map_or_else(|| icon::mark("?", ""), |row| icon::mark(row.mark, row.color))
    }

    /// Is it an uploaded file? That is mended by a newer version of it.
    pub(crate) fn is_file(&self) -> bool {
        self.connection.principal.is_file()
    }

    /// Is it a feed? All that can be wrong with it is its address.
    pub(crate) fn is_feed(&self) -> bool {
        self.connection.principal.is_feed()
    }

    /// What its owner does to have it let in again.
    pub(crate) fn renewing(&self) -> &'static str {
        match (self.is_file(), self.is_feed()) {
            (true, _) => "Upload a newer version",
            (_, true) => "Enter another address",
            _ => "Sign in again",
        }
    }

    /// What can be done about a calendar that is gone. A feed has no other: it may have moved.
    pub(crate) fn gone_steps(&self, calendar: &Calendar, who: &SignedIn) -> Markup {
        let href = self.href();
        html! {
            @if self.is_feed() {
                (self.renew(who, true))
                a .button href={ (href) "/disconnect" } { "Disconnect" }
            } @else {
                form method="post" action={ (href) "/calendars/" (calendar.id) "/remove" } {
                    button .button.alarm[calendar.counts_as_busy] type="submit"
                        aria-label={ "Forget it: " (calendar.name) } { "Forget it" }
                }
            }
        }
    }

    /// The way to that, for its owner.
    pub(crate) fn renew(&self, who: &SignedIn, is_first: bool) -> Markup {
        html! {
            @if self.is_of(who) {
                a .button.primary[is_first] href={ (self.href()) "/repair" } { (self.renewing()) }
            }
        }
    }

    /// May its owner do something about a look that failed, although it is tried again?
    pub(crate) fn can_help(&self, trouble: &Trouble) -> bool {
        match trouble.code.as_str() {
            "refused" | "set_up" | "too_large" | "unintelligible" => true,
            code => self.is_feed() && code == "gone",
        }
    }

    /// Is it read at all?
    pub(crate) fn is_looked_after(&self) -> bool {
        self.connection.is_looked_after()
    }

    /// The page that manages it.
    pub(crate) fn href(&self) -> String {
        format!("/calendars/settings/connections/{}", self.connection.id)
    }

    /// What ends soon, while it works.
    pub(crate) fn endings(&self, now: Timestamp) -> impl Iterator<Item = &Ending> {
        let works = self.status.attention.is_none();
        self.endings.iter().filter(move |ending| works && ending.is_soon(now))
    }

    /// Since when the busy times of its counted calendars are as they were; `None` where one of
    /// them was never read.
    pub(crate) fn known_at(&self) -> Option<Timestamp> {
        let counted = self.calendars.iter().filter(|(calendar, _)| calendar.counts_as_busy);
        counted.map(|(calendar, _)| calendar.known_at).min().flatten()
    }

    /// Events of it that are not, or not wholly, understood.
    pub(crate) fn not_understood(&self) -> i64 {
        self.calendars.iter().map(|(_, counts)| counts.not_understood).sum()
    }

    /// One line below the name: what it is, and the news of it.
    pub(crate) fn sentence(&self, catalogue: &Catalogue, who: &SignedIn) -> Markup {
        let hears = hearing::how(self, self.integration(catalogue));
        html! {
            (self.kind(catalogue)) " · "
            @if let Some(hears) = hears.filter(|_| self.is_looked_after()) { (hears) " · " }
            @match self.status.state {
                ConnectionState::Processing => (self.reading()),
                ConnectionState::Synced => {
                    @if let Some((calendar, trouble)) = self.troubles().next() {
                        "the last look at “" (calendar.name) "” failed: " (self.why(trouble))
                        ", tried again " (words::when(trouble.again_at, who))
                    } @else { (self.last_change(who)) }
                }
                ConnectionState::Delayed => (self.delayed(who)),
                ConnectionState::Attention => {
                    "needs " (self.needs(who)) " since " (words::when(self.status.since, who))
                    @if let Some(attention) = &self.status.attention {
                        ": " (connection::cause(&attention.reason, self.is_feed()))
                    }
                }
                ConnectionState::Paused => {
                    "paused since " (words::when(self.status.since, who)) ", nothing is read"
                }
            }
        }
    }

    /// Whom it waits for.
    pub(crate) fn needs<'s>(&'s self, who: &SignedIn) -> &'s str {
        if self.is_of(who) { "you" } else { &self.holder.name }
    }

    fn reading(&self) -> String {
        let unread = self.calendars.iter().filter(|(calendar, _)| calendar.known_at.is_none());
        let count = i64::try_from(unread.count()).unwrap_or(0);
        format!("reading {} for the first time", words::count(count, "calendar", "calendars"))
    }

    fn last_change(&self, who: &SignedIn) -> Markup {
        html! {
            @match self.connection.last_change_at {
                Some(at) => { "last change " (words::age(at, who)) }
                None => "no event has changed yet",
            }
        }
    }

    fn delayed(&self, who: &SignedIn) -> String {
        if let Some(until) = self.status.waits_until {
            return format!("asked to wait until {}", words::when(until, who));
        }
        let trouble = self.status.trouble.as_ref();
        let why = trouble.map_or_else(String::new, |trouble| format!("{}, ", self.why(trouble)));
        match self.known_at() {
            Some(at) => format!("busy times as of {}, {why}trying again", words::when(at, who)),
            None => format!("{why}trying again"),
        }
    }

    fn why(&self, trouble: &Trouble) -> &'static str {
        connection::cause(&trouble.code, self.is_feed())
    }

    /// Calendars whose last look failed, while they are looked at. One that is gone asks for a
    /// decision instead.
    pub(crate) fn troubles(&self) -> impl Iterator<Item = (&Calendar, &Trouble)> {
        let is_tried = self.is_looked_after();
        let troubled = self.calendars.iter().filter(move |(c, _)| is_tried && c.gone_at.is_none());
        troubled.filter_map(|(calendar, _)| Some((calendar, calendar.trouble.as_ref()?)))
    }

    /// Calendars that must be decided about: gone at the provider, or held by the brake.
    pub(crate) fn to_decide(&self, now: Timestamp) -> impl Iterator<Item = &Calendar> {
        let asks = move |calendar: &&Calendar| {
            let is_gone = calendar.state(now) == CalendarState::Gone;
            !calendar.is_left_aside() && (is_gone || calendar.brake.is_some())
        };
        self.calendars.iter().map(|(calendar, _)| calendar).filter(asks)
    }
}

/// The connections of whoever asks, in the order in which they came.
pub(crate) async fn of_user(tx: &mut Tx, who: &SignedIn) -> Result<Vec<Standing>, StoreError> {
    of(tx, &who.user, who.now).await
}

/// The connections of a user, in the order in which they came.
pub(crate) async fn of(
    tx: &mut Tx,
    holder: &User,
    now: Timestamp,
) -> Result<Vec<Standing>, StoreError> {
    let mut calendars = calendars::of_user(tx, &holder.id).await?;
    let held = connections::of_user(tx, &holder.id).await?;
    let mut standings = Vec::with_capacity(held.len());
    for connection in held {
        let (own, rest) = calendars.into_iter().partition(|(c, _)| c.connection == connection.id);
        calendars = rest;
        standings.push(Standing::load(tx, (connection, holder), own, now).await?);
    }
    Ok(standings)
}

/// The connections alone.
pub(crate) fn connections(all: &[Standing]) -> Vec<Connection> {
    all.iter().map(|standing| standing.connection.clone()).collect()
}

/// Looks whether they are well, now that somebody looks at them; nobody waits for it.
pub(crate) fn probe(web: &Web, connections: Vec<Connection>) {
    let ctx = web.ctx.clone();
    web.tasks.spawn(async move {
        if let Err(failure) = connect::probe(&ctx, &connections).await {
            tracing::warn!(%failure, "connections could not be looked at");
        }
    });
}

/// One connection of the user; what is somebody else's is not there.
pub(crate) async fn own(tx: &mut Tx, who: &SignedIn, id: &str) -> Result<Standing, Fault> {
    let standing = managed(tx, who, id).await?;
    if standing.is_of(who) { Ok(standing) } else { Err(Fault::NotFound) }
}

/// One connection that the user may look after: their own, or an administrator's colleague's. What
/// else there is, is not there.
pub(crate) async fn managed(tx: &mut Tx, who: &SignedIn, id: &str) -> Result<Standing, Fault> {
    let id: ConnectionId = id.parse().map_err(|_| Fault::NotFound)?;
    let found = connections::find(tx, &who.account.id, &id).await?;
    let connection = found.ok_or(Fault::NotFound)?;
    let holder = connection.owner.user().ok_or(Fault::NotFound)?;
    let holder = staff::holder(tx, who, holder).await?;
    let calendars = calendars::of_connection(tx, &id).await?;
    Ok(Standing::load(tx, (connection, &holder), calendars, who.now).await?)
}
