//! Stories told from many seeds, some of them at once: while the store of one is at work, another
//! goes on.

use std::collections::HashMap;
use std::future::Future;
use std::ops::Range;

use tokio::task::{JoinSet, LocalSet};

/// A story is made of small things that come and go, half of them between two threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Stories at once.
const AT_ONCE: usize = 8;

/// The seeds that are asked for: how many, where that is said, and else so many from the first.
pub(crate) fn asked(otherwise: u64) -> (Range<u64>, bool) {
    let from = number("DAYMARK_SIMULATION_FROM").unwrap_or(1);
    let asked = number("DAYMARK_SIMULATION_SEEDS");
    (from..from + asked.unwrap_or(otherwise), asked.is_some())
}

#[expect(clippy::disallowed_methods, reason = "the number of seeds is no setting of the program")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Tells the story of each seed; at the end, those that went wrong.
pub(crate) async fn tell<F>(seeds: Range<u64>, story: impl Fn(u64) -> F)
where
    F: Future<Output = Result<(), String>> + 'static,
{
    let wrong = LocalSet::new().run_until(tell_some_at_once(seeds, story)).await;
    assert!(wrong.is_empty(), "{} went wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

async fn tell_some_at_once<F>(mut seeds: Range<u64>, story: impl Fn(u64) -> F) -> Vec<String>
where
    F: Future<Output = Result<(), String>> + 'static,
{
    let (mut telling, mut names, mut all_wrong) = (JoinSet::new(), HashMap::new(), Vec::new());
    loop {
        for seed in seeds.by_ref().take(AT_ONCE - telling.len()) {
            names.insert(telling.spawn_local(story(seed)).id(), seed);
        }
        let Some(told) = telling.join_next_with_id().await else { return all_wrong };
        let (id, wrong) = match told {
            Ok((_, Ok(()))) => continue,
            Ok((id, Err(wrong))) => (id, wrong),
            Err(broken) => (broken.id(), broken.to_string()),
        };
        all_wrong.push(format!("seed {}: {wrong}", names[&id]));
    }
}
