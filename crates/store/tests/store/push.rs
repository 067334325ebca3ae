//! Series in parts, channels, sign-ins at a provider's page, and the turn to refresh.

use connection::{
    Channel, ChannelId, Credential, Dice, ETag, IntegrationKind, RemoteCalendar, RemoteId, Secret,
    Tokens,
};
use jiff::SignedDuration;
use store::calendars::NewCalendar;
use store::channels::NewChannel;
use store::events::Body;
use store::sign_ins::SignIn;
use store::{Tx, calendars, channels, connections, events, sign_ins};

use crate::house::{Home, House, at, on_both_engines};

fn body(name: &str, lines: &str) -> Body {
    Body {
        remote: RemoteId::new(name),
        etag: ETag::new("1"),
        text: format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:s\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        ),
        content: [1; 32],
        problem: None,
        goes_on: false,
        occurrences: vec![],
    }
}

async fn bring(house: &House, tx: &mut Tx, home: &Home, bodies: &[Body], listing: i64) {
    let names: Vec<_> = bodies.iter().map(|b| (b.remote.clone(), b.etag.clone())).collect();
    let stamp = (at(0), &house.dice as &dyn Dice);
    events::list(tx, &home.calendar, &names, listing, stamp).await.unwrap();
    events::hold(tx, &home.calendar, bodies, at(1)).await.unwrap();
}

async fn a_series(house: &House, tx: &mut Tx) -> Home {
    let home = house.home_in(tx).await;
    let series = body("series", "DTSTART:20261201T090000Z\r\nRRULE:FREQ=DAILY");
    let moved = body("moved", "RECURRENCE-ID:20261202T090000Z\r\nDTSTART:20261202T110000Z");
    bring(house, tx, &home, &[series, moved], 1).await;
    let part = (RemoteId::new("moved"), RemoteId::new("series"));
    events::attach(tx, &home.calendar, &[part]).await.unwrap();
    home
}

#[tokio::test]
async fn a_series_and_its_parts_are_one_event() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let home = a_series(house, &mut tx).await;
        let counts = events::counts(&mut tx, &home.calendar).await.unwrap();
        assert_eq!(counts.events, 1, "a part is no event of its own");
        let bodies = events::bodies(&mut tx, &home.calendar, None, false, 9).await.unwrap();
        assert_eq!(bodies.len(), 1);
        assert_eq!(bodies[0].text.matches("BEGIN:VEVENT").count(), 2, "{}", bodies[0].text);
        let moved = [RemoteId::new("moved")];
        let series = events::series_of(&mut tx, &home.calendar, &moved).await.unwrap();
        assert_eq!(series.into_iter().collect::<Vec<_>>(), [RemoteId::new("series")]);
        assert_eq!(events::whole_count(&mut tx, &home.calendar, &moved).await.unwrap(), 0);
        let names = [RemoteId::new("series")];
        let family = events::family(&mut tx, &home.calendar, &names).await.unwrap();
        assert_eq!((family.whole.len(), family.absorbed.len()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_series_takes_its_parts_along_when_it_goes() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let home = a_series(house, &mut tx).await;
        let gone = [RemoteId::new("series")];
        assert_eq!(events::remove(&mut tx, &home.calendar, &gone).await.unwrap(), 1);
        let left = events::bodies(&mut tx, &home.calendar, None, false, 9).await.unwrap();
        assert!(left.is_empty());
        assert_eq!(events::counts(&mut tx, &home.calendar).await.unwrap().events, 0);
    })
    .await;
}

#[tokio::test]
async fn a_part_whose_series_is_swept_stands_alone() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let home = a_series(house, &mut tx).await;
        let moved = body("moved", "RECURRENCE-ID:20261202T090000Z\r\nDTSTART:20261202T120000Z");
        bring(house, &mut tx, &home, &[moved], 2).await;
        let touched = events::series_unseen(&mut tx, &home.calendar, 2).await.unwrap();
        assert_eq!(touched.len(), 1, "the series was not named");
        events::sweep(&mut tx, &home.calendar, 2).await.unwrap();
        let touched: Vec<_> = touched.into_iter().collect();
        let family = events::family(&mut tx, &home.calendar, &touched).await.unwrap();
        assert_eq!((family.whole.len(), family.absorbed.len()), (1, 0));
    })
    .await;
}

#[tokio::test]
async fn a_channel_is_known_before_it_is_open_and_retired_by_the_next() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let home = house.home_in(&mut tx).await;
        let new = |second: i64| NewChannel {
            id: ChannelId::new(at(second), &house.dice),
            calendar: home.calendar.clone(),
            secret_hash: [9; 32],
            now: at(second),
        };
        let (old, next) = (new(1), new(2));
        channels::insert(&mut tx, &old).await.unwrap();
        let held = channels::find(&mut tx, &old.id).await.unwrap().unwrap();
        let strange = ChannelId::new(at(0), &house.dice);
        let among = channels::among(&mut tx, &[&strange, &old.id]).await.unwrap();
        assert_eq!(among, std::slice::from_ref(&held));
        assert_eq!(channels::among(&mut tx, &[]).await.unwrap(), []);
        assert_eq!((held.channel(), held.secret_hash), (None, [9; 32]));
        let open = Channel { id: old.id.clone(), remote: RemoteId::new("r"), expires_at: at(900) };
        channels::set_open(&mut tx, &open).await.unwrap();
        channels::doubt(&mut tx, &old.id, at(3)).await.unwrap();
        channels::doubt(&mut tx, &old.id, at(4)).await.unwrap();
        let held = channels::find(&mut tx, &old.id).await.unwrap().unwrap();
        assert_eq!((held.channel(), held.doubted_at), (Some(open), Some(at(3))));
        channels::record_ring(&mut tx, &old.id, at(5)).await.unwrap();
        channels::insert(&mut tx, &next).await.unwrap();
        channels::retire_others(&mut tx, &home.calendar, Some(&next.id), at(6)).await.unwrap();
        let held = channels::of_calendar(&mut tx, &home.calendar).await.unwrap();
        let told: Vec<_> = held.iter().map(|h| (&h.id, h.retired_at, h.rung_at)).collect();
        assert_eq!(told, [(&next.id, None, None), (&old.id, Some(at(6)), Some(at(5)))]);
        assert_eq!(held[1].doubted_at, None, "it rang");
        channels::delete(&mut tx, &old.id).await.unwrap();
        assert_eq!(channels::find(&mut tx, &old.id).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_calendar_says_since_when_its_provider_does_not_ring() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let home = house.home_in(&mut tx).await;
        let say = Some("It cannot.");
        for second in [5, 9] {
            channels::set_push(&mut tx, &home.calendar, false, say, at(second)).await.unwrap();
        }
        let calendar = calendars::load(&mut tx, &home.calendar).await.unwrap().unwrap();
        let trouble = calendar.push_trouble.unwrap();
        assert_eq!((calendar.push, trouble.since), (false, at(5)), "since it was first so");
        channels::set_push(&mut tx, &home.calendar, true, None, at(10)).await.unwrap();
        let calendar = calendars::load(&mut tx, &home.calendar).await.unwrap().unwrap();
        assert_eq!((calendar.push, calendar.push_trouble), (true, None));
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_comes_back_once() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let home = house.home_in(&mut tx).await;
        let new = SignIn {
            state_hash: [4; 32],
            user: home.user.clone(),
            integration: IntegrationKind::new("google"),
            repairs: Some(home.connection.clone()),
            browser_hash: None,
            redirect_uri: "https://d.example/oauth/callback".into(),
            return_to: Some("/week".into()),
            replaces: true,
            busy_only: true,
            expires_at: at(600),
            used_at: None,
        };
        sign_ins::insert(&mut tx, &new).await.unwrap();
        assert_eq!(sign_ins::find(&mut tx, &[4; 32]).await.unwrap().as_ref(), Some(&new));
        assert!(sign_ins::tie(&mut tx, &[4; 32], &[5; 32], at(1)).await.unwrap());
        assert!(!sign_ins::tie(&mut tx, &[4; 32], &[6; 32], at(1)).await.unwrap(), "one browser");
        assert!(!sign_ins::take(&mut tx, &[4; 32], at(600)).await.unwrap(), "ten minutes");
        assert!(sign_ins::take(&mut tx, &[4; 32], at(599)).await.unwrap());
        assert!(!sign_ins::take(&mut tx, &[4; 32], at(599)).await.unwrap(), "once");
        let day = SignedDuration::from_hours(24);
        assert_eq!(sign_ins::sweep(&mut tx, at(600) + day).await.unwrap(), 0);
        assert_eq!(sign_ins::sweep(&mut tx, at(601) + day).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn two_connections_of_one_calendar_know_of_each_others_channels() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let mut homes = [house.home_in(&mut tx).await, house.home_in(&mut tx).await];
        let [one, two] = &mut homes;
        let remote = calendars::load(&mut tx, &one.calendar).await.unwrap().unwrap().remote;
        let same = house.new_calendar(&two.connection);
        let same = NewCalendar { remote: RemoteCalendar { id: remote, ..same.remote }, ..same };
        calendars::delete(&mut tx, &two.calendar).await.unwrap();
        calendars::insert(&mut tx, &same).await.unwrap();
        let has_sibling = async |tx: &mut Tx, now| {
            channels::has_sibling(tx, &same.id, (at(now), at(now - 9))).await.unwrap()
        };
        let id = ChannelId::new(at(0), &house.dice);
        let calendar = one.calendar.clone();
        let new = NewChannel { id: id.clone(), calendar, secret_hash: [7; 32], now: at(0) };
        assert!(!has_sibling(&mut tx, 1).await);
        channels::insert(&mut tx, &new).await.unwrap();
        assert!(has_sibling(&mut tx, 8).await, "it is being opened");
        assert!(!has_sibling(&mut tx, 9).await, "that was given up");
        let open = Channel { id, remote: RemoteId::new("r"), expires_at: at(99) };
        channels::set_open(&mut tx, &open).await.unwrap();
        assert!(has_sibling(&mut tx, 98).await && !has_sibling(&mut tx, 99).await);
        channels::retire_others(&mut tx, &one.calendar, None, at(5)).await.unwrap();
        assert!(!has_sibling(&mut tx, 6).await, "another takes its place");
    })
    .await;
}

#[tokio::test]
async fn one_at_a_time_refreshes() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let id = house.home_in(&mut tx).await.connection;
        assert!(connections::take_refresh(&mut tx, &id, "one", (at(0), at(45))).await.unwrap());
        assert!(!connections::take_refresh(&mut tx, &id, "two", (at(44), at(89))).await.unwrap());
        assert!(connections::extend_refresh(&mut tx, &id, "one", at(60)).await.unwrap());
        assert!(!connections::take_refresh(&mut tx, &id, "two", (at(45), at(90))).await.unwrap());
        assert!(connections::take_refresh(&mut tx, &id, "two", (at(60), at(90))).await.unwrap());
        assert!(!connections::extend_refresh(&mut tx, &id, "one", at(99)).await.unwrap());
        let brought = Credential::Tokens(Tokens {
            account: "42".into(),
            access: Secret::new("a2"),
            expires_at: at(3_600),
            refresh: Secret::new("r2"),
            scopes: vec!["one".into(), "two".into()],
            ends_at: None,
        });
        let late = connections::end_refresh(&mut tx, &id, "one", Some(&brought)).await;
        assert!(!late.unwrap(), "the turn was another's by then");
        let held = connections::credential(&mut tx, &id).await.unwrap();
        assert!(matches!(held, Some(Credential::Password { .. })), "what came late is not kept");
        assert!(connections::end_refresh(&mut tx, &id, "two", Some(&brought)).await.unwrap());
        let held = connections::credential(&mut tx, &id).await.unwrap();
        let Some(Credential::Tokens(held)) = held else { panic!("tokens were kept") };
        assert_eq!((held.refresh.reveal(), held.expires_at), ("r2", at(3_600)));
        let shown = connections::load(&mut tx, &id).await.unwrap().unwrap().scopes;
        assert_eq!(shown, held.scopes, "what is allowed now is shown");
        assert!(connections::take_refresh(&mut tx, &id, "three", (at(61), at(91))).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_repair_is_not_undone_by_a_refresh_that_was_under_way() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let id = house.home_in(&mut tx).await.connection;
        let principal = connections::load(&mut tx, &id).await.unwrap().unwrap().principal;
        let tokens = |refresh: &str| {
            Credential::Tokens(Tokens {
                account: "42".into(),
                access: Secret::new("a"),
                expires_at: at(3_600),
                refresh: Secret::new(refresh),
                scopes: vec![],
                ends_at: None,
            })
        };
        assert!(connections::take_refresh(&mut tx, &id, "one", (at(0), at(45))).await.unwrap());
        let repaired = tokens("of the repair");
        connections::renew(&mut tx, &id, (&principal, &repaired), &[]).await.unwrap();
        let old = tokens("of the old grant");
        assert!(!connections::end_refresh(&mut tx, &id, "one", Some(&old)).await.unwrap());
        let held = connections::credential(&mut tx, &id).await.unwrap();
        let Some(Credential::Tokens(held)) = held else { panic!("tokens are held") };
        assert_eq!(held.refresh.reveal(), "of the repair");
    })
    .await;
}
