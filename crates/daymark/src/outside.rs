//! `daymark sandbox`: the outside world alone, for people who write programs against it.

use anyhow::Context as _;
use connection::Clock as _;
use jiff::tz::TimeZone;
use sandbox::{Clock, Sandbox};
use tokio::net::TcpListener;

use crate::clock::SystemClock;
use crate::config::Flags;
use crate::say;

/// Where the sandbox listens, unless a flag says otherwise.
const LISTEN: &str = "127.0.0.1:8090";
/// The seed of its people and calendars.
const SEED: u64 = 1;
/// Where its people live.
pub(crate) const TIME_ZONE: &str = "Europe/Athens";

/// The seeded world, around today's date.
pub(crate) fn seeded() -> Sandbox {
    let zone = TimeZone::get(TIME_ZONE).unwrap_or(TimeZone::UTC);
    let today = SystemClock.now().to_zoned(zone).date();
    Sandbox::seeded(SEED, today, TIME_ZONE).with_clock(Clock::new(|| SystemClock.now()))
}

/// Serves it until Ctrl-C or SIGTERM.
pub(crate) async fn run(flags: &Flags) -> anyhow::Result<()> {
    let listen = flags.listen().unwrap_or(LISTEN);
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("nothing can listen on {listen}"))?;
    let address = listener.local_addr()?;
    say(&format!(
        "The sandbox plays Apple, Google and Microsoft, and Zoom where it looks at a client, and \
         serves feeds, at http://{address}/\n\
         Its people, their passwords, and every fault it can have: http://{address}/control"
    ));
    seeded().serve(listener, told_to_stop()).await?;
    Ok(())
}

async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = signal(SignalKind::terminate());
    match terminate {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
