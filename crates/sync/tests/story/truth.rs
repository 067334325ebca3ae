//! What must be true at every moment, and at the end.

use std::collections::BTreeMap;

use calendar::{Switches, busy_kind};
use connection::{Calendar, CalendarState, ConnectionState, ConnectionStatus, Counts, StatusFacts};
use jiff::{SignedDuration, Timestamp};
use store::busy::{self, OccurrenceRow};
use store::{calendars, connections};

use crate::Story;
use crate::account::Account;
use crate::plan::Stretch;

/// What is longer ago than this is nobody's business; the window begins seven days back.
const BACK: SignedDuration = SignedDuration::from_hours(5 * 24);

impl Story {
    /// What must be true at every moment: a copy that is said to be whole as of a moment has all
    /// that was known then, and nothing that was gone; what is known is not dropped; who asks for
    /// a person is right to.
    pub(crate) async fn truth(&mut self) -> Result<(), String> {
        let mut tx = self.world.ctx.db.read().await.unwrap();
        let user = &self.world.user;
        let mut theirs = calendars::of_user(&mut tx, user).await.unwrap();
        let mut held = Vec::new();
        for connection in connections::of_user(&mut tx, user).await.unwrap() {
            let is_of_it = |of: &mut (Calendar, Counts)| of.0.connection == connection.id;
            let of_it: Vec<_> = theirs.extract_if(.., is_of_it).collect();
            held.push((connection, of_it));
        }
        let all = || held.iter().flat_map(|(_, of_it)| of_it).map(|(calendar, _)| calendar);
        let (now, from) = (self.world.now(), self.world.now() - BACK);
        let until = all().filter_map(|calendar| calendar.known_until).max().unwrap_or(now);
        let ids: Vec<_> = all().map(|calendar| calendar.id.clone()).collect();
        let rows = busy::overlapping(&mut tx, &ids, from, until).await.unwrap();
        drop(tx);
        for account in &mut self.accounts {
            let of_it = held.iter().find(|(connection, _)| connection.id == account.id);
            let (connection, calendars) = of_it.unwrap();
            let status = ConnectionStatus::of(StatusFacts { connection, calendars }, now);
            account.asks = status.attention.map(|it| it.reason);
            account.asks_rightly()?;
            for (calendar, _) in calendars {
                let state = calendar.state(now);
                if status.state == ConnectionState::Synced && state != CalendarState::Synced {
                    return Err(format!(
                        "{} is {state:?} under a synced connection",
                        account.email
                    ));
                }
                let rows = rows.iter().filter(|(id, _, _)| *id == calendar.id);
                let copy = rows.filter_map(|(_, _, row)| blocks(row, calendar));
                account.hold_against(calendar, second(from), copy)?;
            }
        }
        Ok(())
    }

    /// At the end, nothing is left open.
    pub(crate) async fn agree(&mut self) -> Result<(), String> {
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
        self.truth().await
    }
}

/// The second that a moment lies in.
fn second(at: Timestamp) -> i64 {
    at.as_second()
}

/// When a row keeps its owner busy.
fn blocks(row: &OccurrenceRow, calendar: &Calendar) -> Option<Stretch> {
    let all_day_is_busy = calendar.all_day_is_busy;
    let switches = Switches { counts_as_busy: true, all_day_is_busy };
    busy_kind(row.blocking, row.all_day, switches)?;
    Some((second(row.start_at), second(row.end_at)))
}

impl Account {
    fn asks_rightly(&self) -> Result<(), String> {
        let is_right = match self.asks.as_deref() {
            None => true,
            Some("signed_out" | "password_refused") => self.is_shut_out,
            Some("brake") => self.is_cleared,
            Some(_) => false,
        };
        let wrong = || format!("{} asks for a person without need: {:?}", self.email, self.asks);
        is_right.then_some(()).ok_or_else(wrong)
    }

    /// Holds the copy of a calendar against what has to be in it.
    fn hold_against(
        &mut self,
        calendar: &Calendar,
        from: i64,
        copy: impl Iterator<Item = Stretch>,
    ) -> Result<(), String> {
        let (Some(seen), Some(until)) = (calendar.known_at, calendar.known_until) else {
            return Ok(());
        };
        let mut count: BTreeMap<Stretch, usize> = BTreeMap::new();
        for when in copy.filter(|when| when.0 < second(until)) {
            *count.entry(when).or_default() += 1;
        }
        let truth = self.truth(second(seen), (from, second(until)));
        let of = |all: &BTreeMap<Stretch, usize>, when| all.get(when).copied().unwrap_or(0);
        for when in truth.must.keys().chain(count.keys()) {
            let (must, may, is) = (of(&truth.must, when), of(&truth.may, when), of(&count, when));
            if is < must || is > must + may {
                let shown = |second| Timestamp::from_second(second).unwrap();
                return Err(format!(
                    "{}: known as of {seen} until {until}, but {} to {} is there {is} times, where \
                     it must be {must}, and {may} more may",
                    self.email,
                    shown(when.0),
                    shown(when.1),
                ));
            }
        }
        Ok(())
    }
}
