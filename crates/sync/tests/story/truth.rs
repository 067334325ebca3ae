//! What must be true at every moment, and at the end.

use std::collections::BTreeMap;

use calendar::{Blocking, Switches, busy_kind};
use connection::{Calendar, CalendarState, ConnectionState};
use jiff::SignedDuration;
use store::busy;

use crate::plan::Stretch;
use crate::{Story, second};

/// What is longer ago than this is nobody's business; the window begins seven days back.
const BACK: SignedDuration = SignedDuration::from_hours(5 * 24);

impl Story {
    /// What must be true at every moment: a copy that is said to be whole as of a moment has all
    /// that was known then, and nothing that was gone; what is known is not dropped; who asks for
    /// a person is right to.
    pub(crate) async fn truth(&mut self) -> Result<(), String> {
        for at in 0..self.accounts.len() {
            let (id, email) = (self.accounts[at].id.clone(), self.accounts[at].email.clone());
            let status = self.world.status(&id).await;
            let reason = status.attention.map(|it| it.reason).unwrap_or_default();
            let account = &self.accounts[at];
            let is_right = match reason.as_str() {
                "" => true,
                "signed_out" | "password_refused" => account.is_shut_out,
                "brake" => account.is_cleared,
                _ => false,
            };
            if !is_right {
                return Err(format!("{email} asks for a person without need: {reason}"));
            }
            for (calendar, _) in self.world.calendars(&id).await {
                let state = calendar.state(self.world.now());
                if status.state == ConnectionState::Synced && state != CalendarState::Synced {
                    return Err(format!("{email} is {state:?} under a synced connection"));
                }
                self.hold_against(at, &calendar).await.map_err(|why| format!("{email}: {why}"))?;
            }
        }
        Ok(())
    }

    async fn hold_against(&mut self, at: usize, calendar: &Calendar) -> Result<(), String> {
        let (Some(seen), Some(until)) = (calendar.known_at, calendar.known_until) else {
            return Ok(());
        };
        let from = self.world.now() - BACK;
        let mut tx = self.world.ctx.db.read().await.unwrap();
        let rows = busy::overlapping(&mut tx, std::slice::from_ref(&calendar.id), from, until);
        let rows = rows.await.unwrap();
        drop(tx);
        let mut copy: BTreeMap<Stretch, usize> = BTreeMap::new();
        let blocks = |blocking: Blocking, all_day: bool| {
            let all_day_is_busy = calendar.all_day_is_busy;
            let switches = Switches { counts_as_busy: true, all_day_is_busy };
            busy_kind(blocking, all_day, switches).is_some()
        };
        for (_, _, row) in rows.iter().filter(|(_, _, row)| blocks(row.blocking, row.all_day)) {
            *copy.entry((second(row.start_at), second(row.end_at))).or_default() += 1;
        }
        let truth = self.accounts[at].truth(second(seen), (second(from), second(until)));
        let count = |all: &BTreeMap<Stretch, usize>, when| all.get(when).copied().unwrap_or(0);
        let places = truth.must.keys().chain(copy.keys());
        for when in places {
            let (must, may, is) =
                (count(&truth.must, when), count(&truth.may, when), count(&copy, when));
            if is < must || is > must + may {
                let shown = |second| jiff::Timestamp::from_second(second).unwrap();
                return Err(format!(
                    "known as of {seen} until {until}, but {} to {} is there {is} times, where it \
                     must be {must}, and {may} more may",
                    shown(when.0),
                    shown(when.1),
                ));
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
