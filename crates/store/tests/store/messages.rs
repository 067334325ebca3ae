//! What people were told, what became of it, and who does not want to be told.

use connection::{
    Certificate, ConnectionId, Credential, Ending, MessageId, Principal, SOON, Secret, Tokens,
    UserId,
};
use jiff::Timestamp;
use store::messages::{self, Break, MessageKind, NewMessage};
use store::renewals::{self, Renewal};
use store::{Tx, connections, people};

use crate::house::{Home, House, at, on_both_engines};

fn new(house: &House, home: &Home, (kind, day): (MessageKind, i64), minutes: i64) -> NewMessage {
    NewMessage {
        id: MessageId::new(at(minutes), &house.dice),
        account: home.account.clone(),
        user: home.user.clone(),
        connection: Some(home.connection.clone()),
        kind,
        about_at: at(1),
        day,
        reason: if kind == MessageKind::Attention { "signed_out" } else { "" }.into(),
        asks: Vec::new(),
        subject: "Fix this".into(),
        body: "It broke.\n\nPress.".into(),
        href: "/x/repair".into(),
        to_email: Some("before@test.example".into()),
        created_at: at(minutes),
    }
}

async fn told(tx: &mut Tx, user: &UserId) -> Vec<(MessageKind, i64, Option<Timestamp>)> {
    let all = messages::of_user(tx, user, 9).await.unwrap();
    all.into_iter().map(|message| (message.new.kind, message.new.day, message.stopped_at)).collect()
}

#[tokio::test]
async fn a_message_is_written_once_and_comes_back_as_it_was_written() {
    on_both_engines(async |house: &House| {
        let (home, other) = (house.home().await, house.home().await);
        let first = new(house, &home, (MessageKind::Attention, 0), 2);
        let mut tx = house.db.begin().await.unwrap();
        assert!(messages::insert(&mut tx, &first).await.unwrap());
        let again = NewMessage { id: MessageId::new(at(3), &house.dice), ..first.clone() };
        assert!(!messages::insert(&mut tx, &again).await.unwrap(), "it was told");
        let reminder = new(house, &home, (MessageKind::Reminder, 1), 5);
        assert!(messages::insert(&mut tx, &reminder).await.unwrap());
        let loaded = messages::load(&mut tx, &first.id).await.unwrap().unwrap();
        assert_eq!(loaded.new, first);
        assert_eq!((loaded.sent_at, loaded.read_at, loaded.tries), (None, None, 0));
        let all = messages::of_account(&mut tx, &home.account, 9).await.unwrap();
        let ids: Vec<_> = all.iter().map(|message| &message.new.id).collect();
        assert_eq!(ids, [&reminder.id, &first.id]);
        assert_eq!(messages::of_account(&mut tx, &other.account, 9).await.unwrap(), []);
        assert_eq!(messages::unread(&mut tx, &home.user).await.unwrap(), 0, "it is mended");
        messages::set_broken(&mut tx, &home.connection, Some(at(1))).await.unwrap();
        assert_eq!(messages::unread(&mut tx, &home.user).await.unwrap(), 2);
        messages::mark_read(&mut tx, &home.user, at(4)).await.unwrap();
        assert_eq!(messages::unread(&mut tx, &home.user).await.unwrap(), 1, "one came later");
        let last = messages::last_of_kind(&mut tx, &home.user, MessageKind::Reminder).await;
        assert_eq!(last.unwrap(), Some(at(5)));
        let never = messages::last_of_kind(&mut tx, &home.user, MessageKind::Digest).await;
        assert_eq!(never.unwrap(), None);
        assert_eq!(messages::prune(&mut tx, at(5)).await.unwrap(), 1);
        connections::delete(&mut tx, &home.connection).await.unwrap();
        let left = messages::of_user(&mut tx, &home.user, 9).await.unwrap();
        assert_eq!(left[0].new.connection, None, "what was told stays");
    })
    .await;
}

#[tokio::test]
async fn what_is_told_to_the_address_of_before_is_shown_to_nobody_here() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let moved = new(house, &home, (MessageKind::Moved, 0), 2);
        let mut tx = house.db.begin().await.unwrap();
        assert!(messages::insert(&mut tx, &moved).await.unwrap());
        assert_eq!(told(&mut tx, &home.user).await, []);
        assert_eq!(messages::of_account(&mut tx, &home.account, 9).await.unwrap(), []);
        assert_eq!(messages::unread(&mut tx, &home.user).await.unwrap(), 0);
        let kept = messages::load(&mut tx, &moved.id).await.unwrap().unwrap();
        assert_eq!(kept.new, moved, "it is sent all the same");
    })
    .await;
}

#[tokio::test]
async fn what_was_not_sent_is_stopped_and_what_was_sent_or_kept_is_not() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let days = [0, 1, 3, 7, 14];
        let mut tx = house.db.begin().await.unwrap();
        let mut ids = Vec::new();
        for day in days {
            let message = new(house, &home, (MessageKind::Reminder, day), 9 - day / 2);
            messages::insert(&mut tx, &message).await.unwrap();
            ids.push(message.id);
        }
        messages::record_sent(&mut tx, &ids[0], at(10)).await.unwrap();
        messages::record_kept(&mut tx, &ids[1]).await.unwrap();
        messages::record_failure(&mut tx, &ids[2], "unreachable").await.unwrap();
        messages::stop(&mut tx, &ids[3], at(11)).await.unwrap();
        messages::stop(&mut tx, &ids[0], at(11)).await.unwrap();
        assert_eq!(messages::stop_break(&mut tx, &home.connection, at(12)).await.unwrap(), 2);
        let kind = MessageKind::Reminder;
        let stopped = [None, None, Some(at(12)), Some(at(11)), Some(at(12))];
        let wanted: Vec<_> =
            days.iter().zip(stopped).map(|(day, stopped)| (kind, *day, stopped)).collect();
        assert_eq!(told(&mut tx, &home.user).await, wanted);
        let tried = messages::load(&mut tx, &ids[2]).await.unwrap().unwrap();
        assert_eq!((tried.tries, tried.last_failure.as_deref()), (1, Some("unreachable")));
        let sent = messages::load(&mut tx, &ids[0]).await.unwrap().unwrap();
        assert_eq!((sent.sent_at, sent.tries), (Some(at(10)), 1));
        assert!(tried.new.to_email.is_some(), "it may still be sent, until it is stopped alone");
        for over in [&ids[0], &ids[1], &ids[3]] {
            let over = messages::load(&mut tx, over).await.unwrap().unwrap();
            assert_eq!(over.new.to_email, None, "nobody needs that address any more");
        }
        let foretold = new(house, &home, (MessageKind::Foretold, 7), 2);
        messages::insert(&mut tx, &foretold).await.unwrap();
        assert_eq!(messages::stop_break(&mut tx, &home.connection, at(13)).await.unwrap(), 0);
        assert_eq!(messages::stop_all(&mut tx, &home.connection, at(13)).await.unwrap(), 1);
        let foretold = messages::load(&mut tx, &foretold.id).await.unwrap().unwrap();
        assert_eq!(foretold.stopped_at, Some(at(13)));
    })
    .await;
}

#[tokio::test]
async fn who_was_told_of_a_reason_is_known_for_as_long_as_it_was_not_stopped() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let message = new(house, &home, (MessageKind::Attention, 0), 2);
        let whom = (&home.user, &home.connection);
        let mut tx = house.db.begin().await.unwrap();
        messages::insert(&mut tx, &message).await.unwrap();
        assert!(messages::was_told(&mut tx, whom, "signed_out", at(1)).await.unwrap());
        assert!(!messages::was_told(&mut tx, whom, "signed_out", at(2)).await.unwrap());
        assert!(!messages::was_told(&mut tx, whom, "calendar_gone", at(1)).await.unwrap());
        messages::stop(&mut tx, &message.id, at(3)).await.unwrap();
        assert!(!messages::was_told(&mut tx, whom, "signed_out", at(1)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn who_was_told_of_a_loss_is_known_for_as_long_as_it_was_not_stopped() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let whom = (&home.user, &home.connection);
        let of = |mark: &str, minutes| {
            let message = new(house, &home, (MessageKind::Attention, 0), minutes);
            NewMessage { asks: vec![mark.into()], ..message }
        };
        let (first, second) = (of("brake:cal_a:1", 2), of("brake:cal_b:2", 4));
        let mut tx = house.db.begin().await.unwrap();
        for (message, is_news) in
            [(&first, true), (&second, true), (&of("brake:cal_b:2", 5), false)]
        {
            assert_eq!(messages::insert(&mut tx, message).await.unwrap(), is_news);
        }
        assert_eq!(messages::load(&mut tx, &first.id).await.unwrap().unwrap().new, first);
        let mut told = async |broken_at, since| {
            let told =
                messages::asks_told(&mut tx, whom, (at(broken_at), at(since))).await.unwrap();
            assert!(told.iter().all(|told| told.about_at == at(1)));
            told.into_iter().map(|told| (told.mark, told.created_at)).collect::<Vec<_>>()
        };
        let (a, b) = (("brake:cal_a:1".to_owned(), at(2)), ("brake:cal_b:2".to_owned(), at(4)));
        assert_eq!(told(1, 9).await, [a, b.clone()], "of this break all");
        assert_eq!(told(8, 3).await, [b], "of others what is of late");
        messages::stop(&mut tx, &second.id, at(6)).await.unwrap();
        let told = messages::asks_told(&mut tx, whom, (at(8), at(3))).await.unwrap();
        assert_eq!(told, []);
    })
    .await;
}

#[tokio::test]
async fn what_was_foretold_of_one_end_is_not_of_another() {
    on_both_engines(async |house: &House| {
        let home = house.home().await;
        let mut tx = house.db.begin().await.unwrap();
        let secret = "client_secret.google";
        for (connection, reason) in [(Some(home.connection.clone()), "grant"), (None, secret)] {
            let reason = reason.to_owned();
            let message = new(house, &home, (MessageKind::Foretold, 7), 2);
            let message = NewMessage { connection, reason, ..message };
            messages::insert(&mut tx, &message).await.unwrap();
        }
        let (user, id) = (&home.user, Some(&home.connection));
        let asked = [
            (id, "grant", 7, 1, true),
            (id, "grant", 7, 2, false),
            (id, "grant", 1, 1, false),
            (None, secret, 7, 1, true),
            (None, "client_secret.outlook", 7, 1, false),
        ];
        for (id, reason, day, minutes, wanted) in asked {
            let of = (reason, day);
            let told = messages::was_foretold(&mut tx, (user, id), of, at(minutes)).await;
            assert_eq!(told.unwrap(), wanted, "{reason} {day}");
        }
        let all = people::administrators(&mut tx).await.unwrap();
        assert!(all.iter().any(|user| user.id == home.user));
    })
    .await;
}

#[tokio::test]
async fn a_break_has_one_beginning_and_a_mute_is_one_persons() {
    on_both_engines(async |house: &House| {
        let (home, other) = (house.home().await, house.home().await);
        let id = &home.connection;
        let mut tx = house.db.begin().await.unwrap();
        assert_eq!(messages::broken_at(&mut tx, id).await.unwrap(), None);
        messages::set_broken(&mut tx, id, Some(at(4))).await.unwrap();
        assert_eq!(messages::broken_at(&mut tx, id).await.unwrap(), Some(at(4)));
        let user = Some(home.user.clone());
        let wanted = Break { connection: id.clone(), user, broken_at: at(4) };
        assert_eq!(messages::broken_in(&mut tx, &home.account).await.unwrap(), [wanted]);
        assert_eq!(messages::broken_in(&mut tx, &other.account).await.unwrap(), []);
        messages::set_broken(&mut tx, id, None).await.unwrap();
        assert_eq!(messages::broken_in(&mut tx, &home.account).await.unwrap(), []);

        assert!(messages::mute(&mut tx, &home.user, id, at(5)).await.unwrap());
        assert!(!messages::mute(&mut tx, &home.user, id, at(6)).await.unwrap());
        assert!(messages::is_muted(&mut tx, &home.user, id).await.unwrap());
        assert!(!messages::is_muted(&mut tx, &other.user, id).await.unwrap());
        let muted = messages::muted_by(&mut tx, &home.user).await.unwrap();
        assert_eq!(muted, std::slice::from_ref(id));
        assert!(messages::unmute(&mut tx, &home.user, id).await.unwrap());
        assert!(!messages::unmute(&mut tx, &home.user, id).await.unwrap());
        assert_eq!(messages::muted_by(&mut tx, &home.user).await.unwrap(), []);
    })
    .await;
}

fn tokens(ends_at: Option<Timestamp>) -> Credential {
    Credential::Tokens(Tokens {
        account: "google:1".into(),
        access: Secret::new("access"),
        expires_at: at(60),
        refresh: Secret::new("refresh"),
        scopes: Vec::new(),
        ends_at,
    })
}

#[tokio::test]
async fn when_a_grant_ends_is_noted_with_every_credential_that_is_kept() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let account = house.account(&mut tx).await.id;
        let user = house.user(&mut tx, &account).await;
        let mut row = house.new_connection(&user);
        row.credential = tokens(Some(at(100)));
        connections::insert(&mut tx, &row).await.unwrap();
        let id = row.connection.id;
        let grant = |minutes| Ending::Grant { at: at(minutes) };
        let all = async |tx: &mut Tx| renewals::of_connection(tx, &id).await.unwrap();
        assert_eq!(all(&mut tx).await, [grant(100)]);
        let of = |ending| Renewal { connection: id.clone(), ending };
        assert_eq!(renewals::of_account(&mut tx, &account).await.unwrap(), [of(grant(100))]);
        assert_eq!(renewals::soon(&mut tx, at(0)).await.unwrap(), [of(grant(100))]);
        let long_before = at(99) - SOON;
        assert_eq!(renewals::soon(&mut tx, long_before).await.unwrap(), []);
        assert_eq!(renewals::soon(&mut tx, at(100)).await.unwrap(), [], "it is over");

        assert!(connections::take_refresh(&mut tx, &id, "us", (at(1), at(2))).await.unwrap());
        let brought = tokens(Some(at(150)));
        assert!(connections::end_refresh(&mut tx, &id, "other", Some(&brought)).await.is_ok());
        assert_eq!(all(&mut tx).await, [grant(100)]);
        assert!(connections::end_refresh(&mut tx, &id, "us", Some(&brought)).await.unwrap());
        assert_eq!(all(&mut tx).await, [grant(150)]);

        let principal = row.connection.principal;
        repair(&mut tx, &id, &principal, &tokens(None)).await;
        assert_eq!(renewals::of_account(&mut tx, &account).await.unwrap(), []);
    })
    .await;
}

async fn repair(tx: &mut Tx, id: &ConnectionId, principal: &Principal, credential: &Credential) {
    connections::renew(tx, id, (principal, credential), &[]).await.unwrap();
}

#[tokio::test]
async fn a_certificate_that_ends_is_kept_beside_the_grant_until_another_is_shown() {
    on_both_engines(async |house: &House| {
        let mut tx = house.db.begin().await.unwrap();
        let account = house.account(&mut tx).await.id;
        let user = house.user(&mut tx, &account).await;
        let mut row = house.new_connection(&user);
        row.credential = tokens(Some(at(300)));
        connections::insert(&mut tx, &row).await.unwrap();
        let id = row.connection.id;
        let of = |ending| Renewal { connection: id.clone(), ending };
        let host = "cal.example.org".to_owned();
        let certificate = Certificate { host, begins_at: at(0), ends_at: at(200) };
        renewals::set_certificate(&mut tx, &id, Some(&certificate)).await.unwrap();
        let (grant, certificate) =
            (of(Ending::Grant { at: at(300) }), of(Ending::Certificate(certificate)));
        let all = renewals::of_account(&mut tx, &account).await.unwrap();
        assert_eq!(all, [certificate.clone(), grant.clone()]);
        let soon = renewals::soon(&mut tx, at(149)).await.unwrap();
        assert_eq!(soon, std::slice::from_ref(&grant), "three quarters of its life are not over");
        assert_eq!(renewals::soon(&mut tx, at(150)).await.unwrap(), [certificate, grant.clone()]);
        renewals::set_certificate(&mut tx, &id, None).await.unwrap();
        assert_eq!(renewals::of_account(&mut tx, &account).await.unwrap(), [grant]);
    })
    .await;
}
