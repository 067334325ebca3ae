//! What was told in the course of a story: the history of every connection, and messages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use connection::{ConnectionId, ConnectionState, may_follow};
use jiff::{SignedDuration, Timestamp};
use store::messages::{self, Message, MessageKind};
use store::runs::{self, Run};
use store::status_changes::{self, StatusChange};
use store::{Tx, jobs};

use crate::Story;

/// More than there are.
const ALL: i64 = 100_000;
/// The latest runs of each account that are shown of a story that went wrong.
const RUNS: i64 = 12;
/// The step from a moment to the one before.
const ONCE: SignedDuration = SignedDuration::from_millis(1);
/// Nobody is told twice within this time that the same thing broke.
const ONCE_WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// Whoever has not mended it after so long was reminded, however often the process died.
const REMINDED_WITHIN: SignedDuration = SignedDuration::from_hours(10 * 24);

impl Story {
    /// Every change has its message, every message its change, and none comes after the repair.
    pub(crate) async fn messages_are_right(&self) -> Result<(), String> {
        let mut tx = self.world.ctx.db.read().await.unwrap();
        let all = messages::of_user(&mut tx, &self.world.user, ALL).await.unwrap();
        for account in &self.accounts {
            let changes = changes(&mut tx, &account.id).await;
            are_steps(&changes).map_err(|wrong| format!("{}: {wrong}", account.email))?;
            let history = History::of(&changes);
            let is_of_it = |message: &&Message| {
                let new = &message.new;
                new.connection.as_ref() == Some(&account.id) && is_of_break(new.kind)
            };
            let theirs: Vec<&Message> = all.iter().filter(is_of_it).collect();
            let wrong = |wrong: String| format!("{}: {wrong}", account.email);
            history.hold_against(&theirs).map_err(wrong)?;
        }
        Ok(())
    }

    /// What was told, done and waits to be done, for whoever reads a story that went wrong.
    pub(crate) async fn all_told(&self) -> String {
        let mut text = format!("(it is {})\n", self.world.now());
        let mut tx = self.world.ctx.db.read().await.unwrap();
        let all = messages::of_user(&mut tx, &self.world.user, ALL).await.unwrap();
        for account in &self.accounts {
            let email = &account.email;
            let is_of_it = |it: &&Message| it.new.connection.as_ref() == Some(&account.id);
            for Message { new, .. } in all.iter().filter(is_of_it) {
                let (at, kind, reason) = (new.created_at, new.kind, &new.reason);
                let since = new.about_at;
                writeln!(text, "{at} {email} is in a message: {kind:?} {reason} of {since}")
                    .unwrap();
            }
            for change in changes(&mut tx, &account.id).await {
                let StatusChange { at, state, reason, cause, .. } = change;
                let reason = reason.unwrap_or_default();
                writeln!(text, "{at} {email} is told as {state:?} {reason} by {cause:?}").unwrap();
            }
            let mut runs = runs::last(&mut tx, &account.id, RUNS).await.unwrap();
            runs.reverse();
            for Run { started_at, kind, cause, failure, calendar, .. } in runs {
                let end = failure.as_deref().unwrap_or("well");
                writeln!(text, "{started_at} {email} {kind} by {cause}: {end} {calendar:?}")
                    .unwrap();
            }
            let calendars = account.chosen.iter().map(|(id, ..)| id.as_str());
            for subject in calendars.chain([account.id.as_str()]) {
                for standing in jobs::of_subject(&mut tx, subject).await.unwrap() {
                    writeln!(text, "{email} has {standing:?}").unwrap();
                }
            }
        }
        text
    }
}

/// The latest change last.
async fn changes(tx: &mut Tx, id: &ConnectionId) -> Vec<StatusChange> {
    let mut changes = status_changes::last(tx, id, ALL).await.unwrap();
    changes.reverse();
    changes
}

/// Each change differs from the one before, came about as it can, and says why it asks for a
/// person, and of what is well nothing.
fn are_steps(changes: &[StatusChange]) -> Result<(), String> {
    let moments =
        changes.iter().map(|change| changes.iter().filter(|it| it.at == change.at).count());
    let alone: Vec<_> = moments.map(|at_once| at_once == 1).collect();
    let mut before: Option<&StatusChange> = None;
    for (nth, change) in changes.iter().enumerate() {
        let (state, asks) = (change.state, change.reason.is_some() && change.say.is_some());
        let is_right = match state {
            ConnectionState::Attention => asks,
            ConnectionState::Synced | ConnectionState::Paused => change.reason.is_none(),
            ConnectionState::Processing | ConnectionState::Delayed => true,
        };
        let is_sure = alone[nth] && nth.checked_sub(1).is_none_or(|last| alone[last]);
        let what = |it: &StatusChange| (it.state, it.reason.clone(), it.say.clone());
        let is_news = before.is_none_or(|before| what(before) != what(change));
        let follows = may_follow(before.map(|it| it.state), state, change.cause);
        if !is_right || is_sure && !(is_news && follows) {
            return Err(format!("{change:?} was told after {before:?}"));
        }
        before = Some(change);
    }
    Ok(())
}

/// Is this told of one connection that is broken?
fn is_of_break(kind: MessageKind) -> bool {
    matches!(kind, MessageKind::Attention | MessageKind::Reminder | MessageKind::AdminNotice)
}

/// What was told at each moment; of several things told at one moment nobody knows the order.
struct History(BTreeMap<Timestamp, Vec<StatusChange>>);

impl History {
    fn of(changes: &[StatusChange]) -> Self {
        let mut moments: BTreeMap<Timestamp, Vec<StatusChange>> = BTreeMap::new();
        for change in changes {
            moments.entry(change.at).or_default().push(change.clone());
        }
        Self(moments)
    }

    fn hold_against(&self, messages: &[&Message]) -> Result<(), String> {
        let mut told = BTreeSet::new();
        for message in messages {
            let new = &message.new;
            // What was mended at that moment may have been broken just before.
            if !self.is_broken(new.created_at) && !self.is_broken(new.created_at - ONCE) {
                return Err(format!("{:?} of {} comes after it", new.kind, new.created_at));
            }
            // Of one break each reason is told once, and where single calendars ask, each loss.
            let news: Vec<&str> = match &new.asks[..] {
                [] => vec![&new.reason],
                asks => asks.iter().map(String::as_str).collect(),
            };
            for what in news {
                let is_first = told.insert((new.about_at, what));
                if new.kind == MessageKind::Attention && !is_first {
                    return Err(format!("{what} is told twice at once, {}", new.created_at));
                }
            }
        }
        for change in self.breaks() {
            // Of one break, each reason is told once; and what broke again within the hour is not.
            let since = self.perhaps_broken_since(change.at).min(change.at - ONCE_WITHIN);
            let is_about = |message: &&&Message| {
                let new = &message.new;
                let is_its = |reason: &String| {
                    new.reason == *reason || new.asks.iter().any(|ask| ask.starts_with(reason))
                };
                let is_its = change.reason.as_ref().is_some_and(is_its);
                let is_lately = (since..=change.at).contains(&new.created_at);
                new.kind == MessageKind::Attention && is_its && is_lately
            };
            if messages.iter().find(is_about).is_none() {
                return Err(format!("nobody was told of {:?} at {}", change.reason, change.at));
            }
        }
        self.hold_reminders(messages)
    }

    fn breaks(&self) -> impl Iterator<Item = &StatusChange> {
        self.0.values().flatten().filter(|change| change.state == ConnectionState::Attention)
    }

    /// Was it told as broken then?
    fn is_broken(&self, at: Timestamp) -> bool {
        let last = self.0.range(..=at).next_back();
        last.is_some_and(|(_, changes)| changes.iter().any(is_break))
    }

    /// The first moment of which it is sure that it was broken from then until `at`.
    fn broken_since(&self, at: Timestamp) -> Timestamp {
        let before = self.0.range(..=at).rev();
        let sure = before.take_while(|(_, changes)| changes.iter().all(is_break));
        sure.last().map_or(at, |(since, _)| *since)
    }

    /// The first moment from which on it may have been broken until `at`. Where it was well at a
    /// moment, too, it may have broken after that.
    fn perhaps_broken_since(&self, at: Timestamp) -> Timestamp {
        let mut since = at;
        for (before, changes) in self.0.range(..at).rev() {
            if !changes.iter().any(is_break) {
                break;
            }
            since = *before;
            if !changes.iter().all(is_break) {
                break;
            }
        }
        since
    }

    /// What stays broken for long is reminded of, and not before its day.
    fn hold_reminders(&self, messages: &[&Message]) -> Result<(), String> {
        for message in messages.iter().filter(|it| it.new.kind == MessageKind::Reminder) {
            let new = &message.new;
            let age = new.created_at.duration_since(new.about_at);
            if age < SignedDuration::from_hours(24 * new.day) {
                return Err(format!("reminded of day {} after {age}", new.day));
            }
        }
        let ends = self.0.keys().skip(1).chain(self.0.keys().last());
        for ((at, _), until) in self.0.iter().zip(ends) {
            // What broke at a moment at which it was well, too, broke perhaps before.
            let from = self.broken_since(*at);
            let is_sure = self.is_broken(*at) && !self.is_broken(from - ONCE);
            if until.duration_since(from) < REMINDED_WITHIN || !is_sure {
                continue;
            }
            let is_late = |message: &&Message| {
                let new = &message.new;
                new.kind == MessageKind::Reminder && (from..=*until).contains(&new.created_at)
            };
            if !messages.iter().any(is_late) {
                return Err(format!("broken from {from} to {until}, and nobody was reminded"));
            }
        }
        Ok(())
    }
}

fn is_break(change: &StatusChange) -> bool {
    change.state == ConnectionState::Attention
}
