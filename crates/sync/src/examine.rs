//! An examination under way: its lines are written down as they happen, so that a page shows
//! them, whichever process answers it. What was typed stays in memory and goes with the task.

use std::sync::Mutex;

use connection::{AttemptId, Check, Examined, Refusal, SignIn, SignInForm, Witness};
use store::{Change, StoreError, attempts};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::Context;

/// Remembers every line.
#[derive(Default)]
pub(crate) struct Notebook(Mutex<Vec<Check>>);

impl Notebook {
    /// The lines so far.
    pub(crate) fn lines(&self) -> Vec<Check> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl Witness for Notebook {
    fn saw(&self, check: Check) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(check);
    }
}

/// Remembers every line, and passes it on.
struct Reporter<'a> {
    notebook: &'a Notebook,
    lines: UnboundedSender<Check>,
}

impl Witness for Reporter<'_> {
    fn saw(&self, check: Check) {
        self.notebook.saw(check.clone());
        // The receiver lives as long as the examination; a line it misses is in the notebook.
        let _ = self.lines.send(check);
    }
}

/// Examines what was typed; each line goes to `notebook` and, where there is one, to the row of
/// the attempt.
pub(crate) async fn examine(
    ctx: &Context,
    sign_in: &SignIn,
    form: &SignInForm,
    attempt: Option<&AttemptId>,
    notebook: &Notebook,
) -> Result<Result<Examined, Refusal>, StoreError> {
    let SignIn::Password { adapter, .. } = sign_in;
    let now = ctx.clock.now();
    let Some(attempt) = attempt else {
        return Ok(adapter.examine(form, now, notebook).await);
    };
    let (sender, mut receiver) = unbounded_channel();
    let reporter = Reporter { notebook, lines: sender };
    let examination = async move { adapter.examine(form, now, &reporter).await };
    let writing = async {
        while let Some(check) = receiver.recv().await {
            let mut tx = ctx.db.begin().await?;
            attempts::add_check(&mut tx, attempt, &check).await?;
            tx.announce(Change::Attempt(attempt.clone()));
            tx.commit().await?;
        }
        Ok(())
    };
    let (examined, written) = futures_util::join!(examination, writing);
    written.map(|()| examined)
}
