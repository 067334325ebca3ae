//! What must be true at every moment, and at the end.

use std::collections::BTreeMap;

use calendar::{Switches, busy_kind};
use connection::{
    Ask, Calendar, CalendarId, CalendarState, Connection, ConnectionState, ConnectionStatus,
    Counts, StatusFacts, TRUST_LAST_KNOWN_H,
};
use jiff::{SignedDuration, Timestamp};
use store::busy::{self, OccurrenceRow};
use store::status_changes::{self, Told};
use store::{calendars, connections, messages};

use crate::Story;
use crate::account::Account;
use crate::book::{Book, LastGood};
use crate::far::Place;
use crate::plan::Stretch;
use crate::wait::{Moment, Proof};
use crate::world::POLL_RINGING_S;

/// What is longer ago than this is nobody's business; the window begins seven days back.
const BACK: SignedDuration = SignedDuration::from_hours(5 * 24);
/// Whoever is told of what time alone has changed is told within this.
const TOLD_WITHIN_S: i64 = 22;
/// Nobody is told twice within this time that the same thing broke.
const ONCE_WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// More messages than there are.
const MESSAGES_MAX: i64 = 100_000;
/// The longest wait after failures, and what a provider asks for.
const BACKOFF_MAX_S: i64 = 1_050;
/// The calendars of an account are listed so often, give or take.
const LISTED_EVERY_S: i64 = 3_800;
/// What rings is asked so often, give or take, and what does not so often.
const POLLED_EVERY_S: i64 = POLL_RINGING_S + 100;
const ASKED_EVERY_S: i64 = 130;
/// Two refusals prove something when they lie so far apart.
const REFUSALS_APART_S: i64 = 31;

/// How everything stands.
struct Seen {
    held: Vec<Held>,
    rows: Vec<(CalendarId, OccurrenceRow)>,
    /// Calendars that are said to be unknown.
    blind: Vec<CalendarId>,
    from: Timestamp,
    at: Timestamp,
}

struct Held {
    connection: Connection,
    calendars: Vec<(Calendar, Counts)>,
    told: Option<Told>,
    /// The marks of the losses that messages told of, and when.
    messages: Vec<(String, Timestamp)>,
}

impl Held {
    fn status(&self, at: Timestamp) -> ConnectionStatus {
        let (connection, calendars) = (&self.connection, &self.calendars);
        ConnectionStatus::of(StatusFacts { connection, calendars }, at)
    }
}

impl Story {
    /// What must be true at every moment: a copy that is said to be whole as of a moment has all
    /// that was known then, and nothing that was gone; what is known is not dropped, and what is
    /// not known is said to be so; who asks for a person is right to, and is heard of in time; what
    /// was told is what is so.
    pub(crate) async fn truth(&mut self, moment: Moment) -> Result<(), String> {
        let seen = self.look().await;
        let linked = self.linked.clone();
        for account in &mut self.accounts {
            let held = seen.held.iter().find(|held| held.connection.id == account.id).unwrap();
            account.is_told(held, &moment)?;
            account.asks = held.status(seen.at).attention.map(|it| it.reason);
            account.asks_rightly(linked.as_ref(), &moment)?;
            account.keeps_all(held)?;
            account.is_heard_of(held, linked.as_ref(), &moment)?;
            for (calendar, _) in &held.calendars {
                account.is_as_said(calendar, (held, &seen), &moment)?;
            }
        }
        Ok(())
    }

    async fn look(&self) -> Seen {
        let mut tx = self.world.ctx.db.read().await.unwrap();
        let user = &self.world.user;
        let mut theirs = calendars::of_user(&mut tx, user).await.unwrap();
        let (at, from) = (self.world.now(), self.world.now() - BACK);
        let until = theirs.iter().filter_map(|(calendar, _)| calendar.known_until).max();
        let ids: Vec<_> = theirs.iter().map(|(calendar, _)| calendar.id.clone()).collect();
        let rows = busy::overlapping(&mut tx, &ids, from, until.unwrap_or(at)).await.unwrap();
        let rows = rows.into_iter().map(|(calendar, _, row)| (calendar, row)).collect();
        let soon = at + SignedDuration::from_mins(1);
        let answer = busy::of_user(&mut tx, user, at, soon, at).await.unwrap();
        let blind = answer.blind.into_iter().map(|blind| blind.calendar).collect();
        let all = messages::of_user(&mut tx, user, MESSAGES_MAX).await.unwrap();
        let mut held = Vec::new();
        for connection in connections::of_user(&mut tx, user).await.unwrap() {
            let is_of_it = |of: &mut (Calendar, Counts)| of.0.connection == connection.id;
            let calendars = theirs.extract_if(.., is_of_it).collect();
            let told = status_changes::told(&mut tx, &connection.id).await.unwrap();
            let of_it =
                all.iter().filter(|one| one.new.connection.as_ref() == Some(&connection.id));
            let messages = of_it
                .flat_map(|one| one.new.asks.iter().map(|mark| (mark.clone(), one.new.created_at)));
            let messages = messages.collect();
            held.push(Held { connection, calendars, told, messages });
        }
        Seen { held, rows, blind, from, at }
    }

    /// At the end, nothing is left open.
    pub(crate) async fn agree(&mut self, moment: Moment) -> Result<(), String> {
        for at in 0..self.accounts.len() {
            let (id, email) = (self.accounts[at].id.clone(), self.accounts[at].email.clone());
            let status = self.world.status(&id).await;
            if status.state != ConnectionState::Synced {
                let why = (status.state, status.attention, status.trouble);
                return Err(format!("{email} ends as {why:?}"));
            }
            for (calendar, counts) in self.world.calendars(&id).await {
                if counts.pending + counts.not_understood != 0 {
                    return Err(format!("{email} ends with {counts:?}"));
                }
                if calendar.known_at.is_none_or(|at| second(at) + 3_600 < second(self.world.now()))
                {
                    return Err(format!("{email} is known as of {:?}", calendar.known_at));
                }
            }
        }
        self.truth(moment).await
    }
}

/// The second that a moment lies in.
fn second(at: Timestamp) -> i64 {
    at.as_second()
}

fn shown(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// When a row keeps its owner busy.
fn blocks(row: &OccurrenceRow, calendar: &Calendar) -> Option<Stretch> {
    let all_day_is_busy = calendar.all_day_is_busy;
    let switches = Switches { counts_as_busy: true, all_day_is_busy };
    busy_kind(row.blocking, row.all_day, switches)?;
    Some((second(row.start_at), second(row.end_at)))
}

impl Account {
    /// What was told last is what is so, or was so a moment ago: in state, reason, words and since
    /// when. And of each calendar that asks for somebody there is a message.
    fn is_told(&self, held: &Held, moment: &Moment) -> Result<(), String> {
        let Some(told) = &held.told else { return Err(format!("{} was not told", self.email)) };
        let is_so = |second| {
            let status = held.status(shown(second));
            let is_said = (told.say.as_deref(), told.since) == (status.say(), Some(status.since));
            told.is_still(&status) && (is_said || status.attention.is_none())
        };
        let before = if moment.is_whole {
            moment.now - TOLD_WITHIN_S
        } else {
            moment.whole_before - TOLD_WITHIN_S
        };
        let status = held.status(shown(moment.now));
        // Of an account none of whose calendars counts, only the list of them tells.
        let is_late = self.dead_from.is_some_and(|at| moment.now > at + 2 * LISTED_EVERY_S);
        if is_late && moment.is_whole && told.state == ConnectionState::Synced {
            return Err(format!("{} is told as synced long after its end", self.email));
        }
        if !is_so(moment.now) && !is_so(before) {
            return Err(format!("{} was told as {told:?}, but is {status:?}", self.email));
        }
        let is_of = |ask: &Ask, (mark, at): &(String, Timestamp)| {
            *mark == ask.mark() || mark.starts_with(&ask.about()) && *at > ask.since - ONCE_WITHIN
        };
        let untold = status.asks.iter().find(|ask| !held.messages.iter().any(|it| is_of(ask, it)));
        untold.map_or(Ok(()), |ask| Err(format!("{}: nobody was told of {ask:?}", self.email)))
    }

    /// Who asks for a person needs one.
    fn asks_rightly(&self, linked: Option<&CalendarId>, moment: &Moment) -> Result<(), String> {
        // What has just come back may be asked for until the next look.
        let lately = |book: &Book| {
            let is_of_late = moment.now < book.moved_at + LISTED_EVERY_S + BACKOFF_MAX_S;
            is_of_late || !moment.is_whole || self.is_struck || self.dead_from.is_some()
        };
        let any = |is: &dyn Fn(&Book) -> bool| self.books.iter().any(is);
        let is_linked = linked.is_some_and(|it| self.chosen.iter().any(|(id, _, _)| id == it));
        let moved = |book: &Book| book.moved_at > i64::MIN;
        let is_right = match self.asks.as_deref() {
            None => true,
            Some("signed_out" | "password_refused") => self.may_be_lost || self.dead_from.is_some(),
            Some("brake") => any(&|book| book.is_cleared),
            Some("calendar_gone") => {
                any(&|book| book.away_since.is_some() || moved(book) && lately(book))
                    || !self.wait.is_settled()
            }
            Some("read_only") => {
                is_linked
                    && (any(&|book| book.is_lowered || moved(book) && lately(book))
                        || !self.wait.is_settled())
            }
            Some(_) => false,
        };
        let wrong = || format!("{} asks for a person without need: {:?}", self.email, self.asks);
        is_right.then_some(()).ok_or_else(wrong)
    }

    /// No calendar is lost, and what was chosen for each stays.
    fn keeps_all(&self, held: &Held) -> Result<(), String> {
        let mut is: Vec<_> = held
            .calendars
            .iter()
            .map(|(it, _)| (it.id.clone(), it.counts_as_busy, it.all_day_is_busy))
            .collect();
        is.sort();
        let mut chosen = self.chosen.clone();
        chosen.sort();
        if is == chosen {
            return Ok(());
        }
        Err(format!("{} was left with {chosen:?}, and has {is:?}", self.email))
    }

    /// What proves that it is as it is.
    fn proof(&self, is_away: bool) -> Proof {
        let polled_s = if self.place == Place::CalDav { ASKED_EVERY_S } else { POLLED_EVERY_S };
        let seen_within_s = match self.dead_from {
            Some(from) => polled_s + (from - self.wait.since()).max(0),
            None => LISTED_EVERY_S,
        };
        let within_s = BACKOFF_MAX_S + seen_within_s;
        // An empty list proves nothing: what an account has lost with all else must be missed again
        // and again.
        let is_empty = self.books.iter().all(|book| book.away_since.is_some());
        if is_away && is_empty && self.dead_from.is_none() {
            Proof { within_s, looks: 4, apart_s: BACKOFF_MAX_S }
        } else {
            Proof { within_s, looks: 2, apart_s: REFUSALS_APART_S }
        }
    }

    /// What broke is asked for in time, and what was mended no longer.
    fn is_heard_of(
        &mut self,
        held: &Held,
        linked: Option<&CalendarId>,
        moment: &Moment,
    ) -> Result<(), String> {
        let is_dead = self.dead_from.is_some_and(|from| from <= moment.now);
        let is_away = self.books.iter().any(|book| book.counts && book.away_since.is_some());
        // Who has had enough of a wrong password says nothing else until the right one comes.
        let waits_until = held.connection.throttled_until.map(second);
        let fails = self.is_struck || waits_until.is_some_and(|until| until > moment.now);
        if !self.wait.is_over(moment, &self.proof(is_away), fails) {
            return Ok(());
        }
        let is_linked = linked.is_some_and(|it| self.chosen.iter().any(|(id, _, _)| id == it));
        let is_lowered = is_linked && self.books.iter().any(|book| book.is_lowered);
        let is_right = match self.asks.as_deref() {
            Some("signed_out" | "password_refused") => is_dead || self.may_be_lost,
            Some("calendar_gone") => is_away && !is_dead,
            Some("read_only") => is_lowered && !is_away && !is_dead,
            Some(_) | None => !is_dead && !is_away && !is_lowered,
        };
        let state = (is_dead, is_away, is_lowered);
        let wrong = || {
            format!(
                "{} asks for {:?}, long after it was (dead, away, lowered) {state:?}",
                self.email, self.asks
            )
        };
        is_right.then_some(()).ok_or_else(wrong)
    }

    /// A calendar is as old as it is said to be, unknown where it is, and holds what it held.
    fn is_as_said(
        &mut self,
        calendar: &Calendar,
        (held, seen): (&Held, &Seen),
        moment: &Moment,
    ) -> Result<(), String> {
        let (state, email) = (calendar.state(seen.at), self.email.clone());
        let is_synced = held.status(seen.at).state == ConnectionState::Synced;
        if is_synced && state != CalendarState::Synced && !calendar.is_left_aside() {
            return Err(format!("{email} is {state:?} under a synced connection"));
        }
        let dead_from = self.dead_from;
        let book = self.book(&calendar.name);
        let shut_from = book.away_since.into_iter().chain(dead_from).min();
        let known_at = calendar.known_at.map(second);
        if let (Some(from), Some(at)) = (shut_from, known_at.filter(|at| Some(*at) > shut_from)) {
            let (from, at) = (shown(from), shown(at));
            return Err(format!("{email}: shut since {from}, and yet known as of {at}"));
        }
        let is_old = known_at.is_none_or(|at| moment.now > at + TRUST_LAST_KNOWN_H * 3_600);
        let is_unknown = is_old || calendar.gone_at.is_some();
        if calendar.counts_as_busy && is_unknown && !seen.blind.contains(&calendar.id) {
            return Err(format!("{email}: what is unknown is not said to be so"));
        }
        let rows = seen.rows.iter().filter(|(id, _)| *id == calendar.id);
        let copy = rows.filter_map(|(_, row)| blocks(row, calendar));
        let copy = book.hold_against(calendar, second(seen.from), copy);
        let copy = copy.map_err(|wrong| format!("{email}: {wrong}"))?;
        let is_shut = shut_from.is_some_and(|from| from <= moment.now);
        let kept = book.keep_last_good(is_shut, known_at, (second(seen.from), copy));
        kept.map_err(|wrong| format!("{email}: {wrong}"))
    }
}

impl Book {
    /// Holds the copy of a calendar against what has to be in it; hands back what it holds.
    fn hold_against(
        &mut self,
        calendar: &Calendar,
        from: i64,
        copy: impl Iterator<Item = Stretch>,
    ) -> Result<BTreeMap<Stretch, usize>, String> {
        let mut count: BTreeMap<Stretch, usize> = BTreeMap::new();
        let (Some(seen), Some(until)) = (calendar.known_at, calendar.known_until) else {
            return Ok(count);
        };
        for when in copy.filter(|when| when.0 < second(until)) {
            *count.entry(when).or_default() += 1;
        }
        let truth = self.truth(second(seen), (from, second(until)));
        let of = |all: &BTreeMap<Stretch, usize>, when| all.get(when).copied().unwrap_or(0);
        for when in truth.must.keys().chain(count.keys()) {
            let (must, may, is) = (of(&truth.must, when), of(&truth.may, when), of(&count, when));
            if is < must || is > must + may {
                return Err(format!(
                    "{}: known as of {seen} until {until}, but {} to {} is there {is} times, where \
                     it must be {must}, and {may} more may",
                    self.name,
                    shown(when.0),
                    shown(when.1),
                ));
            }
        }
        Ok(count)
    }

    /// As long as nothing can be read, what was known last stays, whatever has become of it there.
    fn keep_last_good(
        &mut self,
        is_shut: bool,
        known_at: Option<i64>,
        (from, copy): (i64, BTreeMap<Stretch, usize>),
    ) -> Result<(), String> {
        if !is_shut {
            self.last_good = None;
            return Ok(());
        }
        let Some(good) = self.last_good.as_ref().filter(|good| good.known_at == known_at) else {
            self.last_good = Some(LastGood { known_at, busy: copy });
            return Ok(());
        };
        for (when, times) in good.busy.iter().filter(|(when, _)| when.1 > from) {
            if copy.get(when).is_none_or(|there| there < times) {
                let (from, until) = (shown(when.0), shown(when.1));
                return Err(format!("{} was known last and is gone: {from} to {until}", self.name));
            }
        }
        Ok(())
    }
}
