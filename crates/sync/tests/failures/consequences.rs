//! The second table: each code through a pull with a store, again and again.

use connection::{ConnectionId, ProviderError, SignedOutWhy};
use jiff::{SignedDuration, Timestamp};
use store::jobs;

use crate::stand_in::StandIn;
use crate::table::{Consequence, consequences};
use crate::world::World;

/// More failures in a row than any row needs.
const FAILURES: usize = 5;
/// The calendar's own time of day that is busy all along.
pub(crate) const MORNING: &str = "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z";

/// How long a provider asks us to wait.
const THROTTLED_S: i64 = 7 * 60;

/// What has a code; with a throttling, for so long.
fn failure(code: &str, now: Timestamp) -> ProviderError {
    let say = "In words.".to_owned();
    let out = |why| ProviderError::SignedOut { why };
    match code {
        "password_refused" => out(SignedOutWhy::PasswordRefused),
        "token_refused" => out(SignedOutWhy::TokenRefused),
        "signed_out" => out(SignedOutWhy::AccessWithdrawn),
        "scope_missing" => out(SignedOutWhy::ScopeMissing),
        "consent_by_admin" => out(SignedOutWhy::ConsentByAdmin),
        "cursor_expired" => ProviderError::CursorExpired,
        "precondition_failed" => ProviderError::PreconditionFailed,
        "gone" => ProviderError::Gone,
        "throttled" => {
            ProviderError::Throttled { until: now + SignedDuration::from_secs(THROTTLED_S) }
        }
        "unavailable" => ProviderError::Unavailable { say },
        "set_up" => ProviderError::SetUp { say },
        "refused" => ProviderError::Refused { say },
        "too_large" => ProviderError::TooLarge { say },
        "unintelligible" => ProviderError::Unintelligible { say },
        _ => panic!("no provider answers {code}"),
    }
}

/// When the calendar of a connection is looked at next.
pub(crate) async fn next_look(world: &World, id: &ConnectionId) -> Timestamp {
    let calendar = world.calendars(id).await.remove(0).0;
    let mut tx = world.ctx.db.read().await.unwrap();
    let jobs = jobs::of_subject(&mut tx, calendar.id.as_str()).await.unwrap();
    jobs.iter().find(|job| job.job.kind == "pull_calendar").unwrap().run_at
}

/// How long it is until then, to the nearest tenth.
async fn waits_s(world: &World, id: &ConnectionId) -> i64 {
    next_look(world, id).await.duration_since(world.now()).as_secs()
}

fn is_about(seconds: i64, said: i64) -> bool {
    (seconds - said).abs() * 10 <= said
}

/// What came of a failure that goes on and on.
#[derive(Debug, Default)]
struct Came {
    /// With which failure in a row it asked for a person, and why.
    asked: Option<(usize, String)>,
    /// After the first failure.
    again_s: i64,
    /// After the one that asked for a person.
    flagged_again_s: i64,
    /// The code of the trouble that the calendar shows after the first.
    trouble: Option<String>,
}

async fn play(world: &World, code: &str, id: &ConnectionId) -> Came {
    let (ctx, stand_in) = StandIn::before(&world.ctx, "icloud");
    let mut came = Came::default();
    for nth in 1..=FAILURES {
        let wait = next_look(world, id).await.duration_since(world.now());
        world.clock.advance(wait.max(SignedDuration::ZERO));
        stand_in.says(Some(failure(code, world.now())));
        sync::run_due(&ctx, &world.handlers).await.unwrap();
        let waits_s = waits_s(world, id).await;
        if nth == 1 {
            came.again_s = waits_s;
            let calendar = world.calendars(id).await.remove(0).0;
            came.trouble = calendar.trouble.map(|trouble| trouble.code);
        }
        let busy = world.busy("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z").await;
        assert_eq!(busy.len(), 1, "what was known still blocks");
        if let Some(attention) = world.status(id).await.attention {
            came.asked = Some((nth, attention.reason));
            came.flagged_again_s = waits_s;
            break;
        }
    }
    came
}

async fn holds(row: &Consequence) {
    let world = World::new(90).await;
    world.put("a", MORNING);
    let id = world.connect().await;
    world.run().await;
    let came = play(&world, &row.code, &id).await;
    let nth = match row.asks.as_str() {
        "no" => None,
        "at once" => Some(1),
        "the second time" => Some(2),
        "the third time" => Some(3),
        other => panic!("{}: {other}", row.code),
    };
    let expected = nth.zip(row.reason.clone());
    assert_eq!(came.asked, expected, "{}: {came:?}", row.code);
    if nth != Some(1) {
        let said = row.again_s.unwrap_or(THROTTLED_S);
        assert!(is_about(came.again_s, said), "{}: {came:?}", row.code);
        let tells = (row.code != "throttled").then(|| row.code.clone());
        assert_eq!(came.trouble, tells, "{}", row.code);
    }
    if let Some(said) = row.flagged_again_s {
        assert!(is_about(came.flagged_again_s, said), "{}: {came:?}", row.code);
    }
}

#[tokio::test]
async fn museum_33_each_consequence_is_the_one_that_the_document_says() {
    for row in consequences().iter().filter(|row| row.code != "store_unavailable") {
        holds(row).await;
    }
}
