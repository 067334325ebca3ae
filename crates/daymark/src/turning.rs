//! Turning the key: while older keys are among the settings, `serve` seals anew what they sealed.

use std::time::Duration;

use store::{Db, turning};
use tokio_util::sync::CancellationToken;

/// How often it looks again: another process may have sealed with an older key meanwhile.
const AGAIN: Duration = Duration::from_hours(1);
/// After a failure it is tried again so soon.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Seals anew until `stop`.
pub(crate) async fn keep_turning(db: Db, stop: CancellationToken) {
    let turning = async {
        let mut first = true;
        loop {
            let pause = turn(&db, first).await;
            first &= pause == AFTER_FAILURE;
            tokio::time::sleep(pause).await;
        }
    };
    stop.run_until_cancelled(turning).await;
}

/// One look, and how long to wait before the next.
async fn turn(db: &Db, first: bool) -> Duration {
    match turning::reseal(db).await {
        Ok(turned) => {
            if turned.unreadable > 0 {
                tracing::error!(
                    count = turned.unreadable,
                    "cannot be opened by any key at hand: repair the connections named above"
                );
            }
            if first || turned.moved > 0 {
                tracing::info!(
                    count = turned.moved,
                    "sealed anew; `daymark doctor` says whether an older key is still needed"
                );
            }
            AGAIN
        }
        Err(failure) => {
            tracing::warn!(%failure, "sealing anew stopped, and will be tried again");
            AFTER_FAILURE
        }
    }
}
