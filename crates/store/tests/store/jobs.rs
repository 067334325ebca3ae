//! Background work: deduplicated, leased, and never done by two at once.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use store::jobs::{self, Enqueued, Job, NewJob};
use store::{Change, Tx};
use tokio::time::timeout;

use crate::house::{House, at, on_both_engines, on_shared_engines};

const LEASE_S: i64 = 60;

fn pull(subject: &str, run_at: Timestamp) -> NewJob<'_> {
    NewJob { kind: "pull_calendar", subject, cause: "timer", run_at, priority: 0 }
}

async fn enqueue(house: &House, job: &NewJob<'_>) -> Enqueued {
    let mut tx = house.db.begin().await.unwrap();
    let enqueued = jobs::enqueue(&mut tx, job, at(0), &house.dice).await.unwrap();
    tx.commit().await.unwrap();
    enqueued
}

async fn claim(house: &House, owner: &str, now: Timestamp) -> Vec<Job> {
    let mut tx = house.db.begin().await.unwrap();
    let claimed = jobs::claim(&mut tx, owner, now, LEASE_S, 10).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

async fn in_tx<T>(house: &House, work: impl AsyncFnOnce(&mut Tx) -> store::Result<T>) -> T {
    let mut tx = house.db.begin().await.unwrap();
    let result = work(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    result
}

#[tokio::test]
async fn work_that_is_wanted_twice_is_done_once_at_the_earlier_time() {
    on_both_engines(async |house: &House| {
        assert_eq!(enqueue(house, &pull("cal_1", at(10))).await, Enqueued::New);
        assert_eq!(enqueue(house, &pull("cal_1", at(20))).await, Enqueued::Merged);
        let asked = NewJob { cause: "asked", ..pull("cal_1", at(5)) };
        assert_eq!(enqueue(house, &asked).await, Enqueued::Merged);
        assert_eq!(enqueue(house, &pull("cal_2", at(10))).await, Enqueued::New);
        assert!(claim(house, "me", at(4)).await.is_empty());
        let claimed = claim(house, "me", at(5)).await;
        assert_eq!(claimed.len(), 1);
        let job = &claimed[0];
        assert_eq!((&*job.kind, &*job.subject), ("pull_calendar", "cal_1"));
        assert_eq!((&*job.cause, job.attempt), ("asked", 1));
    })
    .await;
}

#[tokio::test]
async fn work_that_is_wanted_while_it_runs_runs_once_more() {
    on_both_engines(async |house: &House| {
        enqueue(house, &pull("cal_1", at(0))).await;
        let job = claim(house, "me", at(0)).await.remove(0);
        assert_eq!(enqueue(house, &pull("cal_1", at(3))).await, Enqueued::Again);
        assert_eq!(enqueue(house, &pull("cal_1", at(2))).await, Enqueued::Again);
        assert_eq!(enqueue(house, &pull("cal_1", at(4))).await, Enqueued::Again);
        assert!(claim(house, "other", at(9)).await.is_empty());
        let done = async |tx: &mut Tx| jobs::finish(tx, &job, Some(at(30))).await;
        assert!(in_tx(house, done).await);
        assert!(claim(house, "me", at(1)).await.is_empty());
        let again = claim(house, "me", at(2)).await.remove(0);
        assert_eq!((again.id.clone(), again.attempt), (job.id, 1));
        let done = async |tx: &mut Tx| jobs::finish(tx, &again, None).await;
        assert!(in_tx(house, done).await);
        assert!(claim(house, "me", at(99)).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn work_that_ends_or_fails_while_it_is_wanted_again_runs_at_the_earlier_time() {
    on_both_engines(async |house: &House| {
        enqueue(house, &pull("cal_1", at(0))).await;
        let job = claim(house, "me", at(0)).await.remove(0);
        let asked = NewJob { cause: "asked", priority: 1, ..pull("cal_1", at(3)) };
        assert_eq!(enqueue(house, &asked).await, Enqueued::Again);
        assert!(in_tx(house, async |tx| jobs::finish(tx, &job, None).await).await);
        let standing = in_tx(house, async |tx| jobs::of_subject(tx, "cal_1").await).await;
        assert_eq!((standing[0].running, standing[0].run_at), (false, at(3)));
        let mut again = claim(house, "me", at(3)).await.remove(0);
        assert_eq!((again.attempt, again.cause.as_str()), (1, "asked"));
        for (wanted_at, runs_at) in [(at(4), at(4)), (at(9), at(8))] {
            assert_eq!(enqueue(house, &pull("cal_1", wanted_at)).await, Enqueued::Again);
            let failed = async |tx: &mut Tx| jobs::retry(tx, &again, at(8), "slow").await;
            assert!(in_tx(house, failed).await);
            let standing = in_tx(house, async |tx| jobs::of_subject(tx, "cal_1").await).await;
            assert_eq!((standing[0].running, standing[0].run_at), (false, runs_at));
            again = claim(house, "me", at(9)).await.remove(0);
        }
    })
    .await;
}

#[tokio::test]
async fn finished_work_goes_or_waits_for_its_next_time() {
    on_both_engines(async |house: &House| {
        let first = NewJob { priority: 5, cause: "connected", ..pull("cal_1", at(0)) };
        enqueue(house, &first).await;
        let job = claim(house, "me", at(0)).await.remove(0);
        let done = async |tx: &mut Tx| jobs::finish(tx, &job, Some(at(5))).await;
        assert!(in_tx(house, done).await);
        assert!(in_tx(house, async |tx| jobs::is_wanted(tx, "pull_calendar", "cal_1").await).await);
        let standing = in_tx(house, async |tx| jobs::of_subject(tx, "cal_1").await).await;
        assert_eq!(standing.len(), 1);
        assert_eq!((standing[0].running, standing[0].run_at), (false, at(5)));
        assert_eq!((standing[0].job.attempt, standing[0].job.cause.as_str()), (0, "timer"));
        assert_eq!(in_tx(house, async |tx| jobs::next_at(tx).await).await, Some(at(5)));
        let job = claim(house, "me", at(5)).await.remove(0);
        assert_eq!(
            in_tx(house, async |tx| jobs::next_at(tx).await).await,
            Some(at(5) + jiff::SignedDuration::from_secs(LEASE_S))
        );
        assert!(in_tx(house, async |tx| jobs::finish(tx, &job, None).await).await);
        assert!(in_tx(house, async |tx| jobs::of_subject(tx, "cal_1").await).await.is_empty());
        assert!(
            !in_tx(house, async |tx| jobs::is_wanted(tx, "pull_calendar", "cal_1").await).await
        );
        assert_eq!(in_tx(house, async |tx| jobs::next_at(tx).await).await, None);
        assert_eq!(enqueue(house, &pull("cal_1", at(6))).await, Enqueued::New);
    })
    .await;
}

#[tokio::test]
async fn work_is_coming_when_it_is_due_and_has_not_begun() {
    on_both_engines(async |house: &House| {
        let rung = |run_at| NewJob { cause: "rung", ..pull("cal_1", run_at) };
        let is_coming = async |cause: &'static str, now: Timestamp| {
            let job = ("pull_calendar", "cal_1", cause);
            in_tx(house, async |tx| jobs::is_coming(tx, job, now).await).await
        };
        assert!(!is_coming("rung", at(9)).await, "nobody asked for it");
        enqueue(house, &rung(at(3))).await;
        assert!(!is_coming("rung", at(2)).await, "it is not due");
        assert!(!is_coming("timer", at(3)).await, "it has another cause");
        assert!(is_coming("rung", at(3)).await);
        let job = claim(house, "me", at(3)).await.remove(0);
        assert!(!is_coming("rung", at(9)).await, "it has begun");
        enqueue(house, &rung(at(5))).await;
        assert!(!is_coming("rung", at(4)).await, "it runs once more, and that is not due");
        assert!(is_coming("rung", at(5)).await);
        assert!(in_tx(house, async |tx| jobs::finish(tx, &job, Some(at(30))).await).await);
        assert!(is_coming("rung", at(5)).await);
    })
    .await;
}

#[tokio::test]
async fn failed_work_is_tried_again_later_and_counts_its_attempts() {
    on_both_engines(async |house: &House| {
        enqueue(house, &pull("cal_1", at(0))).await;
        let job = claim(house, "me", at(0)).await.remove(0);
        let failed = async |tx: &mut Tx| jobs::retry(tx, &job, at(8), "timed out").await;
        assert!(in_tx(house, failed).await);
        assert!(claim(house, "me", at(7)).await.is_empty());
        let standing = in_tx(house, async |tx| jobs::of_subject(tx, "cal_1").await).await;
        assert_eq!(standing[0].last_failure.as_deref(), Some("timed out"));
        let again = claim(house, "me", at(8)).await.remove(0);
        assert_eq!((again.id, again.attempt), (job.id, 2));
    })
    .await;
}

#[tokio::test]
async fn urgent_work_goes_first_then_what_waits_longest() {
    on_both_engines(async |house: &House| {
        enqueue(house, &pull("late", at(2))).await;
        enqueue(house, &pull("early", at(1))).await;
        enqueue(house, &NewJob { priority: 10, ..pull("urgent", at(3)) }).await;
        enqueue(house, &pull("future", at(90))).await;
        let claim = async |tx: &mut Tx| jobs::claim(tx, "me", at(5), LEASE_S, 2).await;
        let first: Vec<_> = in_tx(house, claim).await.into_iter().map(|job| job.subject).collect();
        assert_eq!(first, ["urgent", "early"]);
        let second = in_tx(house, claim).await;
        assert_eq!(second.len(), 1);
        assert_eq!(second[0].subject, "late");
    })
    .await;
}

#[tokio::test]
async fn only_who_holds_the_lease_can_renew_finish_or_retry() {
    on_both_engines(async |house: &House| {
        enqueue(house, &pull("cal_1", at(0))).await;
        let job = claim(house, "me", at(0)).await.remove(0);
        let other = Job { lease: "other/1".into(), ..job.clone() };
        assert!(!in_tx(house, async |tx| jobs::renew(tx, &other, at(9)).await).await);
        assert!(!in_tx(house, async |tx| jobs::finish(tx, &other, None).await).await);
        assert!(!in_tx(house, async |tx| jobs::retry(tx, &other, at(9), "x").await).await);
        assert!(in_tx(house, async |tx| jobs::renew(tx, &job, at(9)).await).await);
        assert!(in_tx(house, async |tx| jobs::finish(tx, &job, None).await).await);
        assert!(!in_tx(house, async |tx| jobs::finish(tx, &job, None).await).await);
    })
    .await;
}

#[tokio::test]
async fn work_of_a_process_that_died_is_anybodys_after_its_lease() {
    on_both_engines(async |house: &House| {
        enqueue(house, &pull("cal_1", at(0))).await;
        let job = claim(house, "dead", at(0)).await.remove(0);
        assert_eq!(in_tx(house, async |tx| jobs::reap(tx, at(1)).await).await, 0);
        assert!(claim(house, "me", at(1)).await.is_empty());
        let mut changes = house.db.changes();
        assert_eq!(in_tx(house, async |tx| jobs::reap(tx, at(2)).await).await, 1);
        assert_eq!(changes.recv().await.unwrap(), Change::JobReady);
        let again = claim(house, "me", at(2)).await.remove(0);
        assert_eq!((again.id.clone(), again.attempt), (job.id.clone(), 2));
        // The dead one comes back to life and finds that it is no longer its work.
        assert!(!in_tx(house, async |tx| jobs::finish(tx, &job, None).await).await);
        assert!(!in_tx(house, async |tx| jobs::renew(tx, &job, at(9)).await).await);
        assert!(in_tx(house, async |tx| jobs::finish(tx, &again, None).await).await);
    })
    .await;
}

#[tokio::test]
async fn what_comes_of_an_earlier_claim_is_not_taken_by_the_same_process_either() {
    on_both_engines(async |house: &House| {
        enqueue(house, &pull("cal_1", at(0))).await;
        let stalled = claim(house, "me", at(0)).await.remove(0);
        in_tx(house, async |tx| jobs::reap(tx, at(2)).await).await;
        let second = claim(house, "me", at(2)).await.remove(0);
        assert!(in_tx(house, async |tx| jobs::finish(tx, &second, Some(at(5))).await).await);
        let third = claim(house, "me", at(5)).await.remove(0);
        assert_eq!((third.attempt, &third.id), (stalled.attempt, &stalled.id), "as the first");
        assert!(!in_tx(house, async |tx| jobs::renew(tx, &stalled, at(9)).await).await);
        assert!(!in_tx(house, async |tx| jobs::retry(tx, &stalled, at(9), "x").await).await);
        assert!(!in_tx(house, async |tx| jobs::finish(tx, &stalled, None).await).await);
        assert!(in_tx(house, async |tx| jobs::finish(tx, &third, None).await).await);
    })
    .await;
}

#[tokio::test]
async fn work_that_is_handed_back_did_not_fail() {
    on_both_engines(async |house: &House| {
        enqueue(house, &pull("cal_1", at(0))).await;
        enqueue(house, &pull("cal_2", at(0))).await;
        assert_eq!(claim(house, "me", at(0)).await.len(), 2);
        assert_eq!(in_tx(house, async |tx| jobs::hand_back(tx, "other").await).await, 0);
        assert_eq!(in_tx(house, async |tx| jobs::hand_back(tx, "me").await).await, 2);
        let again = claim(house, "other", at(0)).await;
        assert!(again.len() == 2 && again.iter().all(|job| job.attempt == 1));
    })
    .await;
}

#[tokio::test]
async fn two_claimers_never_get_the_same_job() {
    on_shared_engines(async |house: &House| {
        const JOBS: usize = 200;
        let mut tx = house.db.begin().await.unwrap();
        for nth in 0..JOBS {
            let subject = format!("cal_{nth}");
            jobs::enqueue(&mut tx, &pull(&subject, at(0)), at(0), &house.dice).await.unwrap();
        }
        tx.commit().await.unwrap();
        let claim_all = async |owner: &str| {
            let mut got = Vec::new();
            loop {
                let mut tx = house.db.begin().await.unwrap();
                let claimed = jobs::claim(&mut tx, owner, at(0), LEASE_S, 7).await.unwrap();
                tx.commit().await.unwrap();
                if claimed.is_empty() {
                    return got;
                }
                got.extend(claimed.into_iter().map(|job| job.subject));
                tokio::task::yield_now().await;
            }
        };
        let (a, b, c) = tokio::join!(claim_all("a"), claim_all("b"), claim_all("c"));
        let all: Vec<_> = a.iter().chain(&b).chain(&c).collect();
        assert_eq!(all.len(), JOBS);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), JOBS);
    })
    .await;
}

#[tokio::test]
async fn a_claim_that_was_not_committed_is_no_claim() {
    on_both_engines(async |house: &House| {
        enqueue(house, &pull("cal_1", at(0))).await;
        let mut tx = house.db.begin().await.unwrap();
        assert_eq!(jobs::claim(&mut tx, "me", at(0), LEASE_S, 1).await.unwrap().len(), 1);
        drop(tx);
        // PostgreSQL lets go of the row as soon as it has heard of the end.
        let claimed = async {
            while claim(house, "other", at(0)).await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(10), claimed).await.expect("the job is free again");
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_for_while_a_finish_is_under_way_is_not_lost() {
    on_shared_engines(async |house: &House| {
        if !house.is_postgres() {
            return; // SQLite has one writer: the two cannot overlap.
        }
        enqueue(house, &pull("cal_1", at(0))).await;
        let job = claim(house, "me", at(0)).await.remove(0);
        let mut finishing = house.db.begin().await.unwrap();
        assert!(jobs::finish(&mut finishing, &job, None).await.unwrap());
        let new = pull("cal_1", at(1));
        let asking = enqueue(house, &new);
        let ending = async {
            tokio::task::yield_now().await;
            finishing.commit().await.unwrap();
        };
        let (asked, ()) = tokio::join!(asking, ending);
        assert_eq!(asked, Enqueued::New);
        assert_eq!(claim(house, "me", at(1)).await.len(), 1);
    })
    .await;
}
