//! Connections and calendars: kept, scoped, repaired, deleted.

use connection::{
    Attention, CalendarAccess, Check, CheckName, CheckResult, ConnectionId, Counts, Credential,
    Cursor, Owner, PageToken, Principal, Secret, SyncToken, Tokens, Trouble,
};
use store::calendars::Place;
use store::{StoreError, calendars, connections};

use crate::house::{House, at, on_both_engines};

fn check(say: &str) -> Check {
    Check { name: CheckName::SignedIn, result: CheckResult::Pass, say: say.into() }
}

#[tokio::test]
async fn what_was_kept_of_a_connection_comes_back() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let account = house.account(&mut tx).await.id;
        let user = house.user(&mut tx, &account).await;
        let mut new = house.new_connection(&user);
        new.connection.checks = vec![check("Signed in as “dana”.")];
        connections::insert(&mut tx, &new).await.unwrap();
        let mut business = house.new_connection(&user);
        business.connection.owner = Owner::Account(account.clone());
        connections::insert(&mut tx, &business).await.unwrap();
        let (mine, ours) = (new.connection, business.connection);

        assert_eq!(connections::load(&mut tx, &mine.id).await.unwrap(), Some(mine.clone()));
        let of_user = connections::of_user(&mut tx, &user.id).await.unwrap();
        assert!(of_user.iter().eq([&mine]));
        let of_account = connections::of_account(&mut tx, &account).await.unwrap();
        assert_eq!(of_account, [mine.clone(), ours.clone()]);
    })
    .await;
}

#[tokio::test]
async fn every_kind_of_credential_comes_back() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let account = house.account(&mut tx).await.id;
        let user = house.user(&mut tx, &account).await;
        let address = || Secret::new("https://h.example/?a=\"b\"");
        for credential in [
            Credential::Address { address: address() },
            Credential::File {
                text: Secret::new("BEGIN:VCALENDAR\r\n\0"),
                name: Some("roster.ics".into()),
            },
            Credential::Tokens(Tokens {
                account: "42".into(),
                access: Secret::new("a"),
                expires_at: at(60),
                refresh: Secret::new("r"),
                scopes: vec!["one".into(), "two".into()],
                ends_at: Some(at(90)),
            }),
            Credential::Password {
                base: "https://dav.example/".into(),
                username: "dana".into(),
                password: Secret::new("p"),
            },
        ] {
            let mut new = house.new_connection(&user);
            new.credential = credential;
            connections::insert(&mut tx, &new).await.unwrap();
            let kept = connections::credential(&mut tx, &new.connection.id).await.unwrap();
            let texts = |credential: &Credential| match credential {
                Credential::Password { base, username, password } => {
                    vec![base.clone(), username.clone(), password.reveal().to_owned()]
                }
                Credential::Address { address } => vec![address.reveal().to_owned()],
                Credential::File { text, name } => {
                    vec![text.reveal().to_owned(), name.clone().unwrap_or_default()]
                }
                Credential::Tokens(tokens) => vec![
                    tokens.account.clone(),
                    tokens.access.reveal().to_owned(),
                    tokens.refresh.reveal().to_owned(),
                    tokens.scopes.join(" "),
                    format!("{} {:?}", tokens.expires_at, tokens.ends_at),
                ],
            };
            assert_eq!(texts(&kept.unwrap()), texts(&new.credential));
            let loaded = connections::load(&mut tx, &new.connection.id).await.unwrap();
            let opened = connections::load_opened(&mut tx, &new.connection.id).await.unwrap();
            let (connection, kept) = opened.unwrap();
            assert_eq!(Some(connection), loaded);
            assert_eq!(texts(&kept), texts(&new.credential));
        }
    })
    .await;
}

#[tokio::test]
async fn the_same_principal_twice_is_a_conflict_for_one_owner_only() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let account = house.account(&mut tx).await.id;
        let (user, other) =
            (house.user(&mut tx, &account).await, house.user(&mut tx, &account).await);
        let new = house.new_connection(&user);
        connections::insert(&mut tx, &new).await.unwrap();
        let mut colleague = house.new_connection(&other);
        colleague.connection.principal = new.connection.principal.clone();
        connections::insert(&mut tx, &colleague).await.unwrap();

        let row = &new.connection;
        let (kind, principal) = (&row.integration, row.principal.id.as_str());
        let held = connections::by_principal(&mut tx, &row.owner, kind, principal).await.unwrap();
        assert_eq!(held.unwrap().id, row.id);
        let held = connections::by_principal(&mut tx, &row.owner, kind, "other").await.unwrap();
        assert_eq!(held, None);

        let mut again = new.clone();
        again.connection.id = ConnectionId::new(at(1), &house.dice);
        let copy = connections::insert(&mut tx, &again).await;
        assert!(matches!(copy, Err(StoreError::Conflict)), "{copy:?}");
    })
    .await;
}

#[tokio::test]
async fn what_belongs_to_another_account_is_not_found() {
    on_both_engines(async |house: &House| {
        let (mine, other) = (house.home().await, house.home().await);
        let mut tx = house.db.read().await.unwrap();
        let found = connections::find(&mut tx, &mine.account, &mine.connection).await.unwrap();
        assert!(found.is_some());
        let found = connections::find(&mut tx, &mine.account, &other.connection).await.unwrap();
        assert_eq!(found, None);
        let found = calendars::find(&mut tx, &mine.account, &mine.calendar).await.unwrap();
        assert!(found.is_some());
        let found = calendars::find(&mut tx, &mine.account, &other.calendar).await.unwrap();
        assert_eq!(found, None);
    })
    .await;
}

#[tokio::test]
async fn facts_of_a_connection_are_set_and_cleared() {
    on_both_engines(async |house: &House| {
        let id = house.home().await.connection;
        let mut tx = house.db.begin().await.unwrap();
        let attention = Attention {
            reason: "password_refused".into(),
            say: "Apple refused the password.".into(),
            since: at(3),
        };
        connections::set_attention(&mut tx, &id, Some(&attention)).await.unwrap();
        connections::set_refused(&mut tx, &id, Some(at(2))).await.unwrap();
        connections::set_throttled(&mut tx, &id, Some(at(4))).await.unwrap();
        connections::set_paused(&mut tx, &id, Some(at(5))).await.unwrap();
        assert!(!connections::record_change(&mut tx, &id, at(6)).await.unwrap());
        assert!(
            !connections::record_success(&mut tx, &id, at(7)).await.unwrap(),
            "nothing was told"
        );
        let row = connections::load(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((row.attention, row.refused_at), (Some(attention), Some(at(2))));
        assert_eq!((row.throttled_until, row.paused_at), (Some(at(4)), Some(at(5))));
        assert_eq!((row.last_success_at, row.last_change_at), (Some(at(7)), Some(at(6))));

        connections::set_attention(&mut tx, &id, None).await.unwrap();
        connections::set_refused(&mut tx, &id, None).await.unwrap();
        connections::end_throttling(&mut tx, &id, at(3)).await.unwrap();
        let row = connections::load(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!(row.throttled_until, Some(at(4)), "it was asked for since");
        connections::end_throttling(&mut tx, &id, at(4)).await.unwrap();
        connections::set_paused(&mut tx, &id, None).await.unwrap();
        let row = connections::load(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((row.attention, row.refused_at), (None, None));
        assert_eq!((row.throttled_until, row.paused_at), (None, None));

        assert_eq!(connections::last_asked(&mut tx, &id).await.unwrap(), None);
        connections::record_asked(&mut tx, &id, at(8)).await.unwrap();
        assert_eq!(connections::last_asked(&mut tx, &id).await.unwrap(), Some(at(8)));
    })
    .await;
}

#[tokio::test]
async fn a_repair_renews_in_place_and_leaves_nothing_to_mend() {
    on_both_engines(async |house: &House| {
        let id = house.home().await.connection;
        let mut tx = house.db.begin().await.unwrap();
        let attention =
            Attention { reason: "signed_out".into(), say: "Signed out.".into(), since: at(3) };
        connections::set_attention(&mut tx, &id, Some(&attention)).await.unwrap();
        connections::set_refused(&mut tx, &id, Some(at(3))).await.unwrap();
        let before = connections::load(&mut tx, &id).await.unwrap().unwrap();
        let principal =
            Principal { name: "dana at new.example".into(), ..before.principal.clone() };
        let credential = Credential::Address { address: Secret::new("https://new.example/") };
        let renewed = (&principal, &credential);
        connections::renew(&mut tx, &id, renewed, &[check("again")]).await.unwrap();
        let after = connections::load(&mut tx, &id).await.unwrap().unwrap();
        let expected = connection::Connection {
            principal,
            checks: vec![check("again")],
            attention: None,
            refused_at: None,
            ..before
        };
        assert_eq!(after, expected);
        let kept = connections::credential(&mut tx, &id).await.unwrap();
        assert!(matches!(kept, Some(Credential::Address { .. })));
        let file = Credential::File { text: Secret::new("BEGIN:VCALENDAR"), name: None };
        connections::rewrite_credential(&mut tx, &id, &file).await.unwrap();
        let kept = connections::credential(&mut tx, &id).await.unwrap();
        assert!(matches!(kept, Some(Credential::File { .. })));
    })
    .await;
}

#[tokio::test]
async fn a_deleted_connection_takes_its_calendars_along() {
    on_both_engines(async |house: &House| {
        let (home, other) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        assert!(connections::delete(&mut tx, &home.connection).await.unwrap());
        assert!(!connections::delete(&mut tx, &home.connection).await.unwrap());
        assert_eq!(connections::load(&mut tx, &home.connection).await.unwrap(), None);
        assert!(connections::credential(&mut tx, &home.connection).await.unwrap().is_none());
        assert_eq!(calendars::load(&mut tx, &home.calendar).await.unwrap(), None);
        assert!(calendars::load(&mut tx, &other.calendar).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn what_was_kept_of_a_calendar_comes_back() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let mut second = house.new_calendar(&home.connection);
        second.remote.color = None;
        second.counts_as_busy = false;
        calendars::insert(&mut tx, &second).await.unwrap();
        let calendar = calendars::load(&mut tx, &second.id).await.unwrap().unwrap();
        assert_eq!((calendar.remote, calendar.name), (second.remote.id, second.remote.name));
        assert!(calendar.color.starts_with('#') && calendar.color.len() == 7);
        assert!(!calendar.counts_as_busy && !calendar.all_day_is_busy);
        assert_eq!((calendar.known_at, calendar.poll_every_s), (None, 300));
        let listed = calendars::of_connection(&mut tx, &home.connection).await.unwrap();
        let ids: Vec<_> = listed.iter().map(|(calendar, _)| calendar.id.clone()).collect();
        assert_eq!(ids, [home.calendar, second.id]);
        assert!(listed.iter().all(|(_, counts)| *counts == Counts::default()));
        assert_eq!(calendars::of_user(&mut tx, &home.user).await.unwrap(), listed);
    })
    .await;
}

#[tokio::test]
async fn each_calendar_of_a_person_has_a_colour_of_its_own() {
    on_both_engines(async |house: &House| {
        let (home, other) = (house.home().await, house.home().await);
        let mut tx = house.db.begin().await.unwrap();
        let listed = house.new_calendar(&home.connection).remote;
        let of = (&home.connection, &other.connection);
        let held = calendars::load(&mut tx, &home.calendar).await.unwrap().unwrap();
        let mut same = listed.clone();
        same.id = held.remote;
        let own = calendars::with_free_color(&mut tx, of.0, &same).await.unwrap();
        assert_eq!(own.color.as_deref(), Some("#336699"), "its own is not taken by itself");
        let taken = calendars::with_free_color(&mut tx, of.0, &listed).await.unwrap();
        assert_eq!(taken.color, None);
        let mut unlike = listed.clone();
        unlike.color = Some("#336698".into());
        let free = calendars::with_free_color(&mut tx, of.1, &unlike).await.unwrap();
        assert_eq!(free, unlike);
        let mut colors = Vec::new();
        for _ in 0..20 {
            let mut new = house.new_calendar(&home.connection);
            new.remote.color = None;
            calendars::insert(&mut tx, &new).await.unwrap();
            colors.push(calendars::load(&mut tx, &new.id).await.unwrap().unwrap().color);
        }
        colors.truncate(16);
        colors.sort();
        colors.dedup();
        assert_eq!(colors.len(), 16, "as many as there are, before one comes twice");
    })
    .await;
}

#[tokio::test]
async fn one_calendar_is_kept_once_for_a_connection() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let calendar = house.new_calendar(&home.connection);
        calendars::insert(&mut tx, &calendar).await.unwrap();
        let mut again = house.new_calendar(&home.connection);
        again.remote = calendar.remote;
        let copy = calendars::insert(&mut tx, &again).await;
        assert!(matches!(copy, Err(StoreError::Conflict)), "{copy:?}");
    })
    .await;
}

#[tokio::test]
async fn facts_of_a_calendar_are_set_and_cleared() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let id = &home.calendar;
        let mut tx = house.db.begin().await.unwrap();
        calendars::set_switches(&mut tx, id, false, true).await.unwrap();
        calendars::set_gone(&mut tx, id, Some(at(1))).await.unwrap();
        calendars::set_poll_every(&mut tx, id, 900).await.unwrap();
        calendars::set_known(&mut tx, id, at(2)).await.unwrap();
        calendars::set_horizon(&mut tx, id, at(-60), at(60)).await.unwrap();
        let mut remote = house.new_calendar(&home.connection).remote;
        remote.color = None;
        remote.access = CalendarAccess::FreeBusy;
        remote.time_zone = Some("Asia/Tokyo".into());
        calendars::update_listed(&mut tx, id, &remote, at(9)).await.unwrap();
        let calendar = calendars::load(&mut tx, id).await.unwrap().unwrap();
        assert!(!calendar.counts_as_busy && calendar.all_day_is_busy);
        assert_eq!((calendar.gone_at, calendar.known_at), (Some(at(1)), Some(at(2))));
        assert_eq!((calendar.known_until, calendar.poll_every_s), (Some(at(60)), 900));
        assert_eq!((calendar.name.as_str(), calendar.color.as_str()), (&*remote.name, "#336699"));
        assert_eq!(calendar.access, CalendarAccess::FreeBusy);
        assert_eq!(calendar.time_zone.as_deref(), Some("Asia/Tokyo"));
        let place = calendars::place(&mut tx, id).await.unwrap().unwrap();
        assert_eq!((place.known_from, place.known_until), (Some(at(-60)), Some(at(60))));
        assert_eq!(calendars::load_placed(&mut tx, id).await.unwrap(), Some((calendar, place)));
        calendars::keep(&mut tx, id, 0).await.unwrap();
        calendars::begin_generation(&mut tx, id).await.unwrap();
        let stale = calendars::keep(&mut tx, id, 0).await;
        assert!(matches!(stale, Err(StoreError::Conflict)), "{stale:?}");
        calendars::keep(&mut tx, id, 1).await.unwrap();
        calendars::set_gone(&mut tx, id, None).await.unwrap();
        let calendar = calendars::load(&mut tx, id).await.unwrap().unwrap();
        assert_eq!(calendar.gone_at, None);
        assert!(calendars::delete(&mut tx, id).await.unwrap());
        assert!(!calendars::delete(&mut tx, id).await.unwrap());
        assert_eq!(calendars::place(&mut tx, id).await.unwrap(), None);
        assert_eq!(calendars::load_placed(&mut tx, id).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn our_place_in_a_pull_is_kept_word_for_word() {
    on_both_engines(async |house: &House| {
        let id = house.home().await.calendar;
        let mut tx = house.db.begin().await.unwrap();
        let mut last = None;
        for (listing, listed_at, cursor) in [
            (1, None, Cursor::Midway(PageToken::new("page “2”"))),
            (2, Some(at(9)), Cursor::Settled(SyncToken::new("http://x/ns/sync/3"))),
            (2, None, Cursor::Settled(SyncToken::new(""))),
            (3, None, Cursor::Beginning),
        ] {
            let saved = calendars::save_cursor(&mut tx, &id, &cursor, (listing, listed_at));
            saved.await.unwrap();
            last = listed_at.or(last);
            let place = calendars::place(&mut tx, &id).await.unwrap().unwrap();
            let expected = Place {
                generation: 0,
                cursor,
                listing,
                brake_released: false,
                known_from: None,
                known_until: None,
                listed_at: last,
            };
            assert_eq!(place, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn trouble_is_there_since_it_began_until_it_ends() {
    on_both_engines(async |house: &House| {
        let id = house.home().await.calendar;
        let mut tx = house.db.begin().await.unwrap();
        let trouble = |code: &str, minutes| Trouble {
            code: code.into(),
            say: "A web page came.".into(),
            since: at(minutes),
            again_at: at(minutes + 1),
        };
        let first = trouble("unintelligible", 1);
        calendars::set_trouble(&mut tx, &id, Some(&first)).await.unwrap();
        let calendar = calendars::load(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!(calendar.trouble.as_ref(), Some(&first));
        let again = trouble("unintelligible", 5);
        calendars::set_trouble(&mut tx, &id, Some(&again)).await.unwrap();
        let calendar = calendars::load(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!(calendar.trouble, Some(Trouble { since: at(1), ..again }));
        let other = trouble("unavailable", 7);
        calendars::set_trouble(&mut tx, &id, Some(&other)).await.unwrap();
        let calendar = calendars::load(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!(calendar.trouble, Some(other));
        calendars::set_trouble(&mut tx, &id, None).await.unwrap();
        let calendar = calendars::load(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!(calendar.trouble, None);
    })
    .await;
}

#[tokio::test]
async fn a_released_brake_is_released_for_one_listing() {
    on_both_engines(async |house: &House| {
        let id = house.home().await.calendar;
        let mut tx = house.db.begin().await.unwrap();
        calendars::set_brake(&mut tx, &id, Some("It came back empty."), at(2)).await.unwrap();
        let calendar = calendars::load(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!(calendar.brake.as_deref(), Some("It came back empty."));
        calendars::set_brake(&mut tx, &id, Some("It came back emptier."), at(3)).await.unwrap();
        let braked_at =
            async |tx: &mut store::Tx| calendars::load(tx, &id).await.unwrap().unwrap().braked_at;
        assert_eq!(braked_at(&mut tx).await, Some(at(2)), "it is on since it was put on");
        calendars::release_brake(&mut tx, &id).await.unwrap();
        let calendar = calendars::load(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((calendar.brake, calendar.braked_at), (None, None));
        assert!(calendars::place(&mut tx, &id).await.unwrap().unwrap().brake_released);
        calendars::set_brake(&mut tx, &id, None, at(5)).await.unwrap();
        assert!(!calendars::place(&mut tx, &id).await.unwrap().unwrap().brake_released);
        calendars::set_brake(&mut tx, &id, Some("It came back empty."), at(4)).await.unwrap();
        calendars::set_brake(&mut tx, &id, None, at(5)).await.unwrap();
        assert_eq!(braked_at(&mut tx).await, None);
    })
    .await;
}

#[tokio::test]
async fn what_is_known_has_no_brake_on() {
    on_both_engines(async |house: &House| {
        let id = house.home().await.calendar;
        let mut tx = house.db.begin().await.unwrap();
        calendars::set_brake(&mut tx, &id, Some("It came back empty."), at(2)).await.unwrap();
        calendars::set_known(&mut tx, &id, at(3)).await.unwrap();
        let calendar = calendars::load(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((calendar.brake, calendar.known_at), (None, Some(at(3))));
        calendars::release_brake(&mut tx, &id).await.unwrap();
        calendars::set_known(&mut tx, &id, at(4)).await.unwrap();
        assert!(!calendars::place(&mut tx, &id).await.unwrap().unwrap().brake_released);
    })
    .await;
}
