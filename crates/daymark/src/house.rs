//! The rooms, wired together: opened once, started, and stopped in order.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use connection::Catalogue;
use store::{Db, Location};
use sync::{Context, Workers};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::clock::{SystemClock, SystemDice};
use crate::config::Settings;
use crate::{integrations, keys, post};

/// What a stopping process gives requests that are under way.
const DRAIN: Duration = Duration::from_secs(4);
/// What it gives jobs that are under way, before they are handed back.
const GRACE: Duration = Duration::from_secs(4);

/// What it gives the pages' background work after that: it holds nothing that must be kept.
const PAGES: Duration = Duration::from_secs(1);
/// What it gives work that must come to its end, such as new tokens on their way to the store. The
/// whole stays within the ten seconds that are promised.
const LAST: Duration = Duration::from_secs(5);

/// An opened installation.
pub(crate) struct House {
    /// What all work needs.
    pub(crate) ctx: Context,
    /// Background work of the pages, waited for at the end.
    pub(crate) tasks: TaskTracker,
    /// Says that it is time to stop.
    pub(crate) stop: CancellationToken,
}

impl House {
    /// Opens the store under the data folder, or at the address that the settings give.
    pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let dice = Arc::new(SystemDice);
        fs::create_dir_all(&settings.data).with_context(|| {
            format!("the data folder {} cannot be made", settings.data.display())
        })?;
        let keys = keys::keyring(settings, dice.as_ref())?;
        let db =
            Db::open(&location(settings), keys).await.context("the database cannot be opened")?;
        let clock = Arc::new(SystemClock);
        let catalogue: Catalogue = integrations::catalogue(settings)?;
        Ok(Self {
            ctx: Context {
                db,
                clock,
                dice,
                catalogue: Arc::new(catalogue),
                outward: integrations::client(settings)?,
                public_url: settings.public_url.as_ref().map(bare),
                post: post::post(settings)?,
                connections_max: settings.connections_max,
                tasks: TaskTracker::new(),
            },
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        })
    }

    /// Serves pages and API on `listener` and does the work behind them, until `stop`.
    pub(crate) async fn serve(
        self,
        listener: TcpListener,
        settings: web::Settings,
    ) -> anyhow::Result<()> {
        let web = web::Web {
            ctx: self.ctx.clone(),
            tasks: self.tasks.clone(),
            stop: self.stop.clone(),
            streams: web::Streams::default(),
            settings: Arc::new(settings),
        };
        let programs = api::House {
            ctx: self.ctx.clone(),
            tasks: self.tasks.clone(),
            stop: self.stop.clone(),
            address: web.settings.address.clone(),
            version: web.settings.version,
        };
        sync::begin_housekeeping(&self.ctx).await?;
        let workers = Workers::new(self.ctx.clone(), sync::handlers());
        let work = workers.run(self.stop.clone(), GRACE);
        let router = api::router(programs).merge(web::router(web));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let stop = self.stop.clone();
        let doors = axum::serve(listener, service)
            .with_graceful_shutdown(async move { stop.cancelled().await });
        let doors = async {
            let serving = doors.into_future();
            tokio::pin!(serving);
            tokio::select! {
                ended = &mut serving => ended,
                () = overdue(&self.stop) => Ok(()),
            }
        };
        let (served, ()) = tokio::join!(doors, work);
        come_to_end(&self.tasks, &self.ctx.tasks).await;
        self.ctx.db.close().await;
        served.context("the server stopped by itself")
    }
}

/// Waits for the pages' work a moment, and for work that must come to its end longer.
async fn come_to_end(pages: &TaskTracker, kept: &TaskTracker) {
    pages.close();
    kept.close();
    let (_, ended) = tokio::join!(timeout(PAGES, pages.wait()), timeout(LAST, kept.wait()));
    if ended.is_err() {
        tracing::warn!("stopped while a provider still owed an answer that had to be kept");
    }
}

/// Ends when a stopping process has waited long enough for open requests.
async fn overdue(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(DRAIN).await;
}

/// An address without the slash at its end, for paths to follow.
pub(crate) fn bare(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

/// Where the store is.
pub(crate) fn location(settings: &Settings) -> Location {
    match &settings.database_url {
        Some(url) => Location::Postgres(url.reveal().to_owned()),
        None => Location::File(settings.data.join("daymark.sqlite")),
    }
}

/// Stops the house at SIGTERM or Ctrl-C.
pub(crate) fn stop_on_signal(house: &House) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = house.stop.clone();
    house.tasks.spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = stop.cancelled() => {}
        }
        tracing::info!("stopping");
        stop.cancel();
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn tokens_that_are_on_their_way_are_waited_for_and_pages_are_not() {
        let (pages, kept, stored) =
            (TaskTracker::new(), TaskTracker::new(), Arc::new(AtomicBool::new(false)));
        pages.spawn(std::future::pending::<()>());
        let told = Arc::clone(&stored);
        kept.spawn(async move {
            sleep(Duration::from_secs(4)).await;
            told.store(true, Ordering::SeqCst);
        });
        let started = Instant::now();
        come_to_end(&pages, &kept).await;
        assert!(stored.load(Ordering::SeqCst));
        assert_eq!(started.elapsed(), Duration::from_secs(4));
        assert!(DRAIN.max(GRACE) + LAST < Duration::from_secs(10), "as is promised");
    }
}
