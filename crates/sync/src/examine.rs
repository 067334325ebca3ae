//! An examination under way: its lines are written down as they happen, so that a page shows
//! them, whichever process answers it. What was typed stays in memory and goes with the task.

use std::sync::Mutex;

use connection::{AttemptId, Check, Examined, FailureCode, Proof, Refusal, SignIn, Witness};
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
    proof: &Proof,
    attempt: Option<&AttemptId>,
    notebook: &Notebook,
) -> Result<Result<Examined, Refusal>, StoreError> {
    let Some(attempt) = attempt else {
        return Ok(ask(ctx, sign_in, proof, notebook).await);
    };
    let (sender, mut receiver) = unbounded_channel();
    let reporter = Reporter { notebook, lines: sender };
    let examination = async move { ask(ctx, sign_in, proof, &reporter).await };
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

async fn ask(
    ctx: &Context,
    sign_in: &SignIn,
    proof: &Proof,
    witness: &dyn Witness,
) -> Result<Examined, Refusal> {
    let now = ctx.clock.now();
    match (sign_in, proof) {
        (SignIn::Password { adapter, .. }, Proof::Form(form)) => {
            adapter.examine(form, now, witness).await
        }
        (SignIn::OAuth { adapter: Some(adapter) }, Proof::Code(redemption)) => {
            adapter.examine(redemption, now, witness).await
        }
        (SignIn::OAuth { adapter: None }, _) => Err(Refusal {
            code: FailureCode::SetUp,
            say: "This is not set up here yet; an administrator can do it.".into(),
            field: None,
        }),
        (SignIn::OAuth { .. }, Proof::Form(_)) => Err(Refusal {
            code: FailureCode::SignInUnsupported,
            say: "Sign in at the provider's own page; there is nothing to type here.".into(),
            field: None,
        }),
        (SignIn::Password { .. }, Proof::Code(_)) => Err(Refusal {
            code: FailureCode::SignInUnsupported,
            say: "Sign in with the form; this kind has no page of the provider's.".into(),
            field: None,
        }),
    }
}
