//! The latest changes, numbered, so that a listener who was away can go on where it was. Kept in
//! memory: another process, or one that was started again, tells its listeners to look anew.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use connection::Dice;
use store::Change;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Changes that are remembered for those who come back.
const KEPT_MAX: usize = 1_024;

/// The latest changes.
pub(crate) struct Journal {
    /// Tells the numbers of one process from those of another.
    process: String,
    kept: Mutex<VecDeque<(u64, Change)>>,
    last: watch::Sender<u64>,
}

/// What happened since a number.
pub(super) enum Since {
    /// All of it, in order.
    News(Vec<(u64, Change)>),
    /// More than is remembered; it goes on from this number.
    Lost(u64),
}

impl Journal {
    pub(crate) fn new(dice: &dyn Dice) -> Arc<Self> {
        let mut chance = [0; 8];
        dice.fill(&mut chance);
        let process = format!("{:016x}", u64::from_le_bytes(chance));
        Arc::new(Self { process, kept: Mutex::default(), last: watch::Sender::new(0) })
    }

    /// Writes down what is committed, until it is told to stop.
    pub(crate) async fn write(
        self: Arc<Self>,
        mut changes: Receiver<Change>,
        stop: CancellationToken,
    ) {
        loop {
            let heard = tokio::select! {
                () = stop.cancelled() => return,
                heard = changes.recv() => heard,
            };
            match heard {
                Ok(change @ (Change::Connection(_) | Change::Calendar(_) | Change::Everything)) => {
                    self.add(change);
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.add(Change::Everything),
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn add(&self, change: Change) {
        self.last.send_modify(|last| {
            *last += 1;
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() == KEPT_MAX {
                kept.pop_front();
            }
            kept.push_back((*last, change));
        });
    }

    /// Is woken at each change.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    /// What happened after the change of that number.
    pub(super) fn since(&self, number: u64) -> Since {
        let last = *self.last.borrow();
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = kept.front().map_or(last + 1, |(number, _)| *number);
        if number > last || number + 1 < oldest {
            return Since::Lost(last);
        }
        Since::News(kept.iter().filter(|(n, _)| *n > number).cloned().collect())
    }

    /// The id of an event, as the listener sends it back.
    pub(super) fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.process)
    }

    /// The number behind an id; `None` where it comes from another process, or from nowhere.
    pub(super) fn number(&self, id: &str) -> Option<u64> {
        id.strip_prefix(&self.process)?.strip_prefix('-')?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use connection::FixedDice;

    use super::*;

    #[test]
    fn who_was_away_too_long_is_told_to_look_again() {
        let journal = Journal::new(&FixedDice::new(1));
        for _ in 0..=KEPT_MAX {
            journal.add(Change::Everything);
        }
        assert!(matches!(journal.since(0), Since::Lost(_)));
        let Since::News(news) = journal.since(1) else { panic!("all of it is remembered") };
        assert_eq!(news.len(), KEPT_MAX);
    }

    #[test]
    fn an_id_of_another_process_is_not_understood() {
        let (one, other) = (Journal::new(&FixedDice::new(1)), Journal::new(&FixedDice::new(2)));
        assert_eq!(one.number(&one.id(7)), Some(7));
        assert_eq!(one.number(&other.id(7)), None);
    }
}
