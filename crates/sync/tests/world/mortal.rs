//! A process that dies in the middle of what it does.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that is dropped after some polls, as a process that is killed.
pub(crate) struct Mortal<F> {
    /// What is being done.
    pub(crate) life: Pin<Box<F>>,
    /// Polls that are left.
    pub(crate) steps: u64,
}

impl<F: Future> Future for Mortal<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        if self.steps == 0 {
            return Poll::Ready(());
        }
        self.steps -= 1;
        self.life.as_mut().poll(task).map(|_| ())
    }
}
