//! A sign-in whose refreshes wait at a gate: for what happens while one is under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use connection::{
    AdminStep, CameBack, Catalogue, ClientCheck, ConsentRequest, Examined, Integration,
    OAuthSignIn, Permission, ProviderError, Redemption, Refusal, SignIn, Tokens, Witness,
};
use jiff::Timestamp;
use sync::Context;
use tokio::sync::Semaphore;

/// A gate, shut until it is opened once and for all.
pub(crate) struct Gate {
    inner: Arc<dyn OAuthSignIn>,
    came: Semaphore,
    passes: Semaphore,
    asked: AtomicUsize,
    /// Does it stand behind the far side, which has answered then?
    is_behind: bool,
}

impl Gate {
    /// The same context, with a gate before the refreshes of an integration.
    pub(crate) fn before(ctx: &Context, kind: &str) -> (Context, Arc<Self>) {
        Self::build(ctx, kind, false)
    }

    /// The same, with a gate between the far side's answer and us.
    pub(crate) fn behind(ctx: &Context, kind: &str) -> (Context, Arc<Self>) {
        Self::build(ctx, kind, true)
    }

    fn build(ctx: &Context, kind: &str, is_behind: bool) -> (Context, Arc<Self>) {
        let row = ctx.catalogue.find(kind).unwrap().clone();
        let gate = Arc::new(Self {
            inner: Arc::clone(row.sign_in.oauth().unwrap()),
            came: Semaphore::new(0),
            passes: Semaphore::new(0),
            asked: AtomicUsize::new(0),
            is_behind,
        });
        let sign_in = SignIn::OAuth { adapter: Some(gate.clone()) };
        let catalogue = Arc::new(Catalogue::new(vec![Integration { sign_in, ..row }]));
        (Context { catalogue, ..ctx.clone() }, gate)
    }

    /// Waits until a refresh stands at the gate.
    pub(crate) async fn reached(&self) {
        self.came.acquire().await.unwrap().forget();
    }

    /// How many refreshes have come.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Lets them pass, now and later.
    pub(crate) fn open(&self) {
        self.passes.close();
    }
}

#[async_trait]
impl OAuthSignIn for Gate {
    fn authorize_url(&self, request: &ConsentRequest) -> String {
        self.inner.authorize_url(request)
    }

    fn refused(&self, back: &CameBack, request: &ConsentRequest) -> Refusal {
        self.inner.refused(back, request)
    }

    async fn examine(
        &self,
        redemption: &Redemption,
        now: Timestamp,
        witness: &dyn Witness,
    ) -> Result<Examined, Refusal> {
        self.inner.examine(redemption, now, witness).await
    }

    async fn refresh(&self, tokens: &Tokens, now: Timestamp) -> Result<Tokens, ProviderError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer =
            if self.is_behind { Some(self.inner.refresh(tokens, now).await) } else { None };
        self.came.add_permits(1);
        // Once open, it is closed for waiting.
        let _ = self.passes.acquire().await;
        match answer {
            Some(answer) => answer,
            None => self.inner.refresh(tokens, now).await,
        }
    }

    async fn revoke(&self, tokens: &Tokens) -> Result<(), ProviderError> {
        self.inner.revoke(tokens).await
    }

    fn permissions(&self, scopes: &[String]) -> Vec<Permission> {
        self.inner.permissions(scopes)
    }

    fn admin_step(&self, redirect_uri: &str) -> AdminStep {
        self.inner.admin_step(redirect_uri)
    }
}

#[async_trait]
impl ClientCheck for Gate {
    async fn check_client(&self, redirect_uri: &str) -> Result<(), Refusal> {
        self.inner.check_client(redirect_uri).await
    }
}
