//! Serves a sandbox for programs that are not ours: `serve PORT [PRESET]`, with a seeded world.

use std::net::{Ipv4Addr, SocketAddr};

use jiff::tz::TimeZone;
use sandbox::{Clock, Preset, Sandbox};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().and_then(|port| port.parse().ok()).unwrap_or(8090);
    let clock = Clock::new(|| {
        #[expect(clippy::disallowed_methods, reason = "a program of its own, with a real clock")]
        jiff::Timestamp::now()
    });
    let today = clock.now().to_zoned(TimeZone::UTC).date();
    let sandbox = Sandbox::seeded(1, today, "Europe/Berlin").with_clock(clock);
    if let Some(preset) = arguments.next() {
        let preset = Preset::parse(&preset)
            .ok_or_else(|| std::io::Error::other(format!("no preset is called {preset}")))?;
        sandbox.set_preset(None, preset).map_err(std::io::Error::other)?;
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = tokio::net::TcpListener::bind(address).await?;
    sandbox.serve(listener, std::future::pending()).await
}
