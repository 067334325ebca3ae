//! What is written down: runs, and attempts to connect.

use connection::{
    AttemptId, Check, CheckName, CheckResult, FailureCode, IntegrationKind, Refusal, RunId,
};
use store::attempts::{self, Attempt, AttemptState};
use store::runs::{self, Run};

use crate::house::{Home, House, at, on_both_engines};

fn run(house: &House, home: &Home, minutes: i64) -> Run {
    Run {
        id: RunId::new(at(minutes), &house.dice),
        connection: home.connection.clone(),
        calendar: (minutes % 2 == 0).then(|| home.calendar.clone()),
        kind: "pull".into(),
        cause: "timer".into(),
        started_at: at(minutes),
        took_ms: 120,
        changed: 3,
        removed: 1,
        not_understood: 2,
        failure: (minutes == 3).then(|| "unavailable".into()),
        say: (minutes == 3).then(|| "It did not answer.".into()),
    }
}

#[tokio::test]
async fn runs_come_back_the_last_first_or_in_the_order_of_time() {
    on_both_engines(async |house: &House| {
        let (home, other) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        let all: Vec<_> = (1..=4).map(|minutes| run(house, &home, minutes)).collect();
        for run in &all {
            runs::insert(&mut tx, run).await.unwrap();
        }
        runs::insert(&mut tx, &run(house, &other, 9)).await.unwrap();
        let last = runs::last(&mut tx, &home.connection, 2).await.unwrap();
        assert_eq!(last, [all[3].clone(), all[2].clone()]);
        let since = runs::since(&mut tx, &home.connection, at(2)).await.unwrap();
        assert_eq!(since, all[1..]);
    })
    .await;
}

#[tokio::test]
async fn old_runs_are_forgotten_but_the_last_fifty_of_a_connection_stay() {
    on_both_engines(async |house: &House| {
        let (busy, quiet) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        for minutes in 1..=53 {
            runs::insert(&mut tx, &run(house, &busy, minutes)).await.unwrap();
        }
        runs::insert(&mut tx, &run(house, &quiet, 1)).await.unwrap();
        assert_eq!(runs::prune(&mut tx, at(2)).await.unwrap(), 1);
        assert_eq!(runs::prune(&mut tx, at(60)).await.unwrap(), 2);
        let kept = runs::last(&mut tx, &busy.connection, 100).await.unwrap();
        assert_eq!((kept.len(), kept[49].started_at), (50, at(4)));
        assert_eq!(runs::last(&mut tx, &quiet.connection, 9).await.unwrap().len(), 1);
    })
    .await;
}

fn check(name: CheckName, result: CheckResult) -> Check {
    Check { name, result, say: format!("{} “{}”", name.as_str(), result.as_str()) }
}

pub(crate) fn attempt(house: &House, home: &Home) -> Attempt {
    Attempt {
        id: AttemptId::new(at(0), &house.dice),
        user: home.user.clone(),
        integration: IntegrationKind::new("icloud"),
        repairs: Some(home.connection.clone()),
        return_to: Some("/week".into()),
        checks: vec![],
        state: AttemptState::Running,
        started_at: at(0),
        seen_at: at(0),
        ended_at: None,
    }
}

#[tokio::test]
async fn an_attempt_fills_line_by_line_and_ends() {
    on_both_engines(async |house: &House| {
        let (home, other) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        let mut passed = attempt(house, &home);
        let mut failed = attempt(house, &home);
        attempts::insert(&mut tx, &passed).await.unwrap();
        attempts::insert(&mut tx, &failed).await.unwrap();
        let lines = [
            check(CheckName::ServerFound, CheckResult::Pass),
            check(CheckName::Clock, CheckResult::Warn),
            check(CheckName::SignedIn, CheckResult::Fail),
        ];
        for line in &lines {
            attempts::add_check(&mut tx, &passed.id, line).await.unwrap();
        }
        passed.checks = lines.to_vec();
        let found = attempts::find(&mut tx, &home.user, &passed.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&passed));
        assert_eq!(attempts::find(&mut tx, &other.user, &passed.id).await.unwrap(), None);

        attempts::record_life(&mut tx, &passed.id, at(1)).await.unwrap();
        passed.seen_at = at(1);
        let (kind, other) = (&passed.integration, IntegrationKind::new("other"));
        for (kind, since, wanted) in [(kind, 1, true), (kind, 2, false), (&other, 1, false)] {
            let tried = attempts::is_tried(&mut tx, kind, at(since)).await.unwrap();
            assert_eq!(tried, wanted, "{kind} since {since}");
        }
        attempts::pass(&mut tx, &passed.id, &home.connection, at(1)).await.unwrap();
        passed.state = AttemptState::Passed { connection: home.connection.clone() };
        passed.ended_at = Some(at(1));
        let refusal = Refusal {
            code: FailureCode::PasswordRefused,
            say: "Use an app-specific password.".into(),
            field: Some("password"),
        };
        attempts::fail(&mut tx, &failed.id, &refusal, at(2)).await.unwrap();
        // Whoever comes too late takes nothing back.
        attempts::fail(&mut tx, &passed.id, &refusal, at(3)).await.unwrap();
        failed.state = AttemptState::Failed {
            code: "password_refused".into(),
            say: refusal.say,
            field: Some("password".into()),
        };
        failed.ended_at = Some(at(2));
        assert!(!attempts::is_tried(&mut tx, kind, at(0)).await.unwrap(), "both are over");
        for expected in [passed, failed] {
            let found = attempts::find(&mut tx, &home.user, &expected.id).await.unwrap();
            assert_eq!(found, Some(expected));
        }
        assert_eq!(attempts::prune(&mut tx, at(0)).await.unwrap(), 0);
        assert_eq!(attempts::prune(&mut tx, at(1)).await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_line_for_an_attempt_that_is_gone_is_no_failure() {
    on_both_engines(async |house: &House| {
        let id = AttemptId::new(at(0), &house.dice);
        let mut tx = house.db.begin().await.unwrap();
        let line = check(CheckName::Limits, CheckResult::Pass);
        attempts::add_check(&mut tx, &id, &line).await.unwrap();
    })
    .await;
}
