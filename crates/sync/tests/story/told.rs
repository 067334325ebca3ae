//! What was told in the course of a story: the history of every connection, and messages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use connection::{ConnectionId, ConnectionState};
use jiff::{SignedDuration, Timestamp};
use store::messages::{self, Message, MessageKind};
use store::status_changes::{self, StatusChange};

use crate::Story;

/// More than there are.
const ALL: i64 = 100_000;
/// Nobody is told twice within this time that the same thing broke.
const ONCE_WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// Whoever has not mended it after so long was reminded.
const REMINDED_WITHIN: SignedDuration = SignedDuration::from_hours(4 * 24);

impl Story {
    /// Every change has its message, every message its change, and none comes after the repair.
    pub(crate) async fn messages_are_right(&self) -> Result<(), String> {
        let mut tx = self.world.ctx.db.read().await.unwrap();
        let all = messages::of_user(&mut tx, &self.world.user, ALL).await.unwrap();
        drop(tx);
        for account in &self.accounts {
            let history = History::of(&self.changes(&account.id).await);
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

    /// The latest change last.
    async fn changes(&self, id: &ConnectionId) -> Vec<StatusChange> {
        let mut tx = self.world.ctx.db.read().await.unwrap();
        let mut changes = status_changes::last(&mut tx, id, ALL).await.unwrap();
        changes.reverse();
        changes
    }

    /// What was told, for whoever reads a story that went wrong.
    pub(crate) async fn all_told(&self) -> String {
        let mut text = String::new();
        for account in &self.accounts {
            for change in self.changes(&account.id).await {
                let StatusChange { at, state, reason, cause, .. } = change;
                let reason = reason.unwrap_or_default();
                let email = &account.email;
                writeln!(text, "{at} {email} is told as {state:?} {reason} by {cause:?}").unwrap();
            }
        }
        text
    }
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
            if !self.is_broken(new.created_at) {
                return Err(format!("{:?} of {} comes after it", new.kind, new.created_at));
            }
            let is_first = new.kind != MessageKind::Attention
                || told.insert((new.about_at, new.reason.as_str()));
            if !is_first {
                return Err(format!("{} is told twice at once, {}", new.reason, new.created_at));
            }
        }
        for change in self.breaks() {
            let is_about = |message: &&&Message| {
                let new = &message.new;
                let is_its = Some(&new.reason) == change.reason.as_ref();
                let since = change.at - ONCE_WITHIN;
                new.kind == MessageKind::Attention
                    && is_its
                    && (since..=change.at).contains(&new.created_at)
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

    /// What stays broken for long is reminded of, and not before its day.
    fn hold_reminders(&self, messages: &[&Message]) -> Result<(), String> {
        let reminders = || messages.iter().filter(|it| it.new.kind == MessageKind::Reminder);
        for message in reminders() {
            let new = &message.new;
            let age = new.created_at.duration_since(new.about_at);
            if age < SignedDuration::from_hours(24 * new.day) {
                return Err(format!("reminded of day {} after {age}", new.day));
            }
        }
        let mut broken_at = None;
        for (at, changes) in &self.0 {
            let long = broken_at.filter(|broken| at.duration_since(*broken) > REMINDED_WITHIN);
            let is_about = |message: &&&Message| Some(message.new.about_at) == long;
            if let (Some(from), None) = (long, reminders().find(is_about)) {
                return Err(format!("broken from {from} to {at}, and nobody was reminded"));
            }
            let is_sure = changes.iter().all(is_break);
            broken_at = broken_at.or(Some(*at)).filter(|_| is_sure);
        }
        Ok(())
    }
}

fn is_break(change: &StatusChange) -> bool {
    change.state == ConnectionState::Attention
}
