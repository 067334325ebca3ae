//! Another account in the place of the one that a connection holds.

use std::time::Duration;

use connection::{Certificate, Examined, IntegrationKind, Principal, RemoteCalendar, RemoteId};
use store::people::{CalendarSettings, Import};
use store::sessions::{self, NewSession};
use store::waiting::{self, Waiting};
use store::{
    StoreError, Tx, attempts, busy, calendars, channels, choices, connections, events, people,
    renewals,
};
use tokio::time::timeout;

use crate::house::{Home, House, at, on_both_engines, on_shared_engines};
use crate::records::attempt;
use crate::turning::hold_one;

const SESSION: [u8; 32] = [4; 32];
const OTHER: [u8; 32] = [5; 32];

/// What an examination of another account found.
async fn found(tx: &mut Tx, house: &House, home: &Home) -> Examined {
    let (held, credential) = connections::load_opened(tx, &home.connection).await.unwrap().unwrap();
    let principal =
        Principal { id: "bea".into(), name: "bea at dav.example".into(), ..held.principal };
    let remote = house.new_calendar(&home.connection).remote;
    let plain = RemoteCalendar {
        color: None,
        time_zone: Some("Europe/Athens".into()),
        conference: Some(connection::Conference::Meet),
        ..remote.clone()
    };
    Examined { principal, credential, calendars: vec![remote, plain] }
}

/// A try that has found it, in a session.
async fn wait(tx: &mut Tx, house: &House, home: &Home) -> Waiting {
    let row = attempt(house, home);
    attempts::insert(tx, &row).await.unwrap();
    for token_hash in [SESSION, OTHER] {
        let session = NewSession {
            token_hash,
            user: home.user.clone(),
            browser: "A browser".into(),
            now: at(0),
            expires_at: at(60),
        };
        sessions::insert(tx, &session).await.unwrap();
    }
    let waiting = Waiting {
        attempt: row.id,
        connection: home.connection.clone(),
        session: SESSION,
        found: found(tx, house, home).await,
        expires_at: at(10),
    };
    waiting::insert(tx, &waiting).await.unwrap();
    waiting
}

#[tokio::test]
async fn an_account_waits_for_one_session_for_a_while_and_once() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let waiting = wait(&mut tx, house, &home).await;
        let here = (&waiting.attempt, &SESSION);
        let there = waiting::find(&mut tx, here, at(9)).await.unwrap().unwrap();
        assert_eq!(there.connection, home.connection);
        assert_eq!(there.found.principal, waiting.found.principal);
        assert_eq!(there.found.calendars, waiting.found.calendars);
        assert!(there.found.credential.has_secret_of(&waiting.found.credential));
        assert!(waiting::find(&mut tx, (here.0, &OTHER), at(9)).await.unwrap().is_none());
        assert!(waiting::find(&mut tx, here, at(10)).await.unwrap().is_none(), "too late");
        assert!(!waiting::take(&mut tx, (here.0, &OTHER), at(9)).await.unwrap());
        assert!(!waiting::take(&mut tx, here, at(10)).await.unwrap(), "too late");
        assert!(waiting::take(&mut tx, here, at(9)).await.unwrap());
        assert!(!waiting::take(&mut tx, here, at(9)).await.unwrap(), "once");
        assert!(waiting::insert(&mut tx, &waiting).await.unwrap());
        let expired = async |tx: &mut Tx, minutes| {
            let expired = waiting::take_expired(tx, at(minutes)).await.unwrap();
            expired.into_iter().map(|one| one.found.principal).collect::<Vec<_>>()
        };
        assert_eq!(expired(&mut tx, 9).await, []);
        let principal = &waiting.found.principal;
        assert_eq!(expired(&mut tx, 10).await, std::slice::from_ref(principal));
        assert_eq!(expired(&mut tx, 10).await, [], "once");
        for nth in 0..6 {
            assert!(waiting::insert(&mut tx, &waiting).await.unwrap());
            let left = match nth {
                0 => waiting::take_of_session(&mut tx, &SESSION).await,
                1 => waiting::take_of_user(&mut tx, &home.user, None).await,
                2 => waiting::take_of_user(&mut tx, &home.user, Some(&OTHER)).await,
                3 => waiting::take_of_connection(&mut tx, &home.connection).await,
                4 => waiting::take_of_session(&mut tx, &OTHER).await,
                _ => waiting::take_of_user(&mut tx, &home.user, Some(&SESSION)).await,
            };
            let left: Vec<_> = left.unwrap().into_iter().map(|one| one.found.principal).collect();
            assert_eq!(left, vec![principal.clone(); usize::from(nth < 4)], "{nth}");
            let stays = waiting::take(&mut tx, here, at(9)).await.unwrap();
            assert_eq!(stays, nth >= 4, "{nth}");
        }
        assert!(waiting::insert(&mut tx, &waiting).await.unwrap());
        sessions::end(&mut tx, &SESSION).await.unwrap();
        assert_eq!(expired(&mut tx, 99).await, [], "it went with its session");
        assert!(!waiting::insert(&mut tx, &waiting).await.unwrap(), "nobody is there to decide");
        assert_eq!(expired(&mut tx, 99).await, []);
    })
    .await;
}

#[tokio::test]
async fn an_account_that_waits_is_known_by_its_kind_and_principal_for_as_long_as_it_does() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        wait(&mut tx, house, &home).await;
        let held = connections::load(&mut tx, &home.connection).await.unwrap().unwrap();
        let (kind, other) = (held.integration, IntegrationKind::new("other"));
        for (kind, principal, minutes, waits) in [
            (&kind, "bea", 9, true),
            (&kind, "bea", 10, false),
            (&kind, "ann", 9, false),
            (&other, "bea", 9, false),
        ] {
            let told = waiting::has_principal(&mut tx, (kind, principal), at(minutes)).await;
            assert_eq!(told.unwrap(), waits, "{principal} at {kind}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_account_that_waits_and_cannot_be_read_is_forgotten_all_the_same() {
    on_shared_engines(async |house: &House| {
        let (home, other) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        let waiting = wait(&mut tx, house, &home).await;
        let row = attempt(house, &other);
        attempts::insert(&mut tx, &row).await.unwrap();
        let damaged = Waiting { attempt: row.id.clone(), ..waiting.clone() };
        assert!(waiting::insert(&mut tx, &damaged).await.unwrap());
        tx.commit().await.unwrap();
        let odd = format!(
            "UPDATE waiting_accounts SET found_sealed = (SELECT found_sealed FROM waiting_accounts \
             WHERE attempt_id = '{}') WHERE attempt_id = '{}'",
            waiting.attempt, row.id
        );
        house.tamper(&odd).await;
        let mut tx = house.db.begin().await.unwrap();
        let kind = connections::load(&mut tx, &home.connection).await.unwrap().unwrap().integration;
        assert!(waiting::find(&mut tx, (&row.id, &SESSION), at(9)).await.is_err());
        assert!(waiting::has_principal(&mut tx, (&kind, "bea"), at(9)).await.unwrap());
        assert!(!waiting::has_principal(&mut tx, (&kind, "ann"), at(9)).await.unwrap());
        let expired = waiting::take_expired(&mut tx, at(10)).await.unwrap();
        let expired: Vec<_> = expired.into_iter().map(|one| one.attempt).collect();
        assert_eq!(expired, [waiting.attempt]);
        let gone = waiting::find(&mut tx, (&row.id, &SESSION), at(9)).await.unwrap();
        assert!(gone.is_none());
    })
    .await;
}

#[tokio::test]
async fn what_was_begun_with_one_account_does_not_end_with_the_next() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let old = connections::load(&mut tx, &home.connection).await.unwrap().unwrap();
        connections::share_era(&mut tx, &old).await.unwrap();
        connections::hold_era(&mut tx, &old).await.unwrap();
        let certificate =
            Certificate { host: "dav.example".into(), begins_at: at(0), ends_at: at(9) };
        renewals::set_certificate(&mut tx, &old.id, Some(&certificate)).await.unwrap();
        let found = found(&mut tx, house, &home).await;
        let account = (&found.principal, &found.credential);
        connections::begin_era(&mut tx, &old.id, account, &[], at(3)).await.unwrap();
        let new = connections::load(&mut tx, &old.id).await.unwrap().unwrap();
        assert_eq!((new.principal.id.as_str(), new.era), ("bea", old.era + 1));
        assert_eq!((new.last_success_at, new.created_at), (Some(at(3)), old.created_at));
        connections::hold_era(&mut tx, &new).await.unwrap();
        let endings = renewals::of_connection(&mut tx, &new.id).await.unwrap();
        assert_eq!(endings, [], "of its server nothing is known yet");
        for refused in [
            connections::share_era(&mut tx, &old).await,
            connections::hold_era(&mut tx, &old).await,
        ] {
            assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_calendar_of_another_account_keeps_its_choices_and_nothing_that_was_known() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        hold_one(&house.db, house, &home, "/a.ics").await;
        let mut tx = house.db.begin().await.unwrap();
        let id = &home.calendar;
        calendars::set_switches(&mut tx, id, true, true).await.unwrap();
        calendars::set_known(&mut tx, id, at(1)).await.unwrap();
        calendars::set_gone(&mut tx, id, Some(at(1))).await.unwrap();
        calendars::set_horizon(&mut tx, id, at(0), at(90)).await.unwrap();
        let settings = CalendarSettings { linked_calendar: Some(id.clone()), ..Default::default() };
        people::set_settings(&mut tx, &home.user, &settings).await.unwrap();
        calendars::set_apart(&mut tx, id, at(4)).await.unwrap();
        let apart = calendars::load(&mut tx, id).await.unwrap().unwrap();
        assert!(apart.remote.is_nowhere() && apart.known_at.is_some());
        let held = connections::load(&mut tx, &home.connection).await.unwrap().unwrap();
        let of = (&held.integration, held.principal.id.as_str());
        choices::remember(&mut tx, &held.id, at(9)).await.unwrap();
        let kept = choices::recall(&mut tx, &held.owner, of, at(5)).await.unwrap();
        assert_eq!(kept, [], "of what is nowhere, nothing is found again");
        assert_eq!(channels::of_calendar(&mut tx, id).await.unwrap(), []);
        calendars::begin_anew(&mut tx, id, &RemoteId::new("/bea/home/")).await.unwrap();
        let (anew, place) = calendars::load_placed(&mut tx, id).await.unwrap().unwrap();
        assert_eq!(anew.remote.as_str(), "/bea/home/");
        assert!(anew.counts_as_busy && anew.all_day_is_busy);
        assert_eq!((anew.known_at, anew.gone_at, anew.known_until), (None, None, None));
        assert_eq!((place.cursor, place.listed_at), (connection::Cursor::Beginning, None));
        assert_eq!(events::counts(&mut tx, id).await.unwrap().events, 0);
        assert!(events::bodies(&mut tx, id, None, false, 9).await.unwrap().is_empty());
        let told = busy::of_user(&mut tx, &home.user, at(5), at(6), at(2)).await.unwrap();
        assert_eq!(told.blind[0].why, "never_read");
        assert!(calendars::unlink(&mut tx, id).await.unwrap());
        assert!(!calendars::unlink(&mut tx, id).await.unwrap());
        let user = people::user(&mut tx, &home.user).await.unwrap().unwrap();
        assert_eq!(user.settings.linked_calendar, None);
    })
    .await;
}

#[tokio::test]
async fn who_changes_a_calendar_keeps_its_connection_to_itself_first() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        connections::hold(&mut tx, &home.connection).await.unwrap();
        connections::hold_of_calendar(&mut tx, &home.calendar).await.unwrap();
        connections::hold_of_user(&mut tx, &home.user).await.unwrap();
        tx.commit().await.unwrap();
        for way in ["calendar", "user"] {
            let mut first = house.db.begin().await.unwrap();
            connections::hold(&mut first, &home.connection).await.unwrap();
            let second = async {
                let mut tx = house.db.begin().await.unwrap();
                match way {
                    "calendar" => connections::hold_of_calendar(&mut tx, &home.calendar).await,
                    _ => connections::hold_of_user(&mut tx, &home.user).await,
                }
                .unwrap();
                tx.commit().await.unwrap();
            };
            let mut second = Box::pin(second);
            let early = timeout(Duration::from_millis(200), &mut second).await;
            assert!(early.is_err(), "by its {way}: it did not wait");
            first.commit().await.unwrap();
            timeout(Duration::from_secs(10), second).await.expect("its turn comes");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_chosen_is_held_before_it_is_read_so_that_no_choice_is_lost() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let bare = house.user(&mut tx, &home.account).await.id;
        tx.commit().await.unwrap();
        // Whoever has no connection chooses, too.
        for id in [&home.user, &bare] {
            let choose = async |what: fn(&mut CalendarSettings)| {
                let mut tx = house.db.begin().await.unwrap();
                connections::hold_of_user(&mut tx, id).await.unwrap();
                let mut settings = people::user(&mut tx, id).await.unwrap().unwrap().settings;
                tokio::time::sleep(Duration::from_millis(100)).await;
                what(&mut settings);
                people::set_settings(&mut tx, id, &settings).await.unwrap();
                tx.commit().await.unwrap();
            };
            tokio::join!(
                choose(|settings| settings.private_mode = false),
                choose(|settings| settings.import = Import::AllGuests),
            );
            let mut tx = house.db.read().await.unwrap();
            let settings = people::user(&mut tx, id).await.unwrap().unwrap().settings;
            assert_eq!((settings.private_mode, settings.import), (false, Import::AllGuests));
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_is_removed_is_so_beside_others_who_write_down_something_of_the_account() {
    on_shared_engines(async |house: &House| {
        let home = house.home().await;
        let mut first = house.db.begin().await.unwrap();
        people::hold_admins(&mut first, &home.account).await.unwrap();
        let beside = async {
            let mut tx = house.db.begin().await.unwrap();
            connections::hold(&mut tx, &home.connection).await.unwrap();
            house.user(&mut tx, &home.account).await;
            tx.commit().await.unwrap();
        };
        let removing = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert!(people::delete_user(&mut first, &home.user).await.unwrap());
            first.commit().await.unwrap();
        };
        tokio::join!(beside, removing);
    })
    .await;
}
