//! Who is told what, and when: a connection breaks, the clock is turned over weeks, and the
//! messages are counted.
#![expect(clippy::unwrap_used, reason = "a test fails where something is not as it must be")]

mod world;

use connection::{ConnectionId, ConnectionState, MessageId, UserId};
use jiff::Timestamp;
use sandbox::{Access, CalendarKind};
use store::calendars;
use store::connections::{self, Broken};
use store::messages::{self, Message, MessageKind};
use store::people::{self, Role};
use store::status_changes::{self, StatusChange};
use sync::By;
use sync::connect::{self, Outcome};

use self::world::post_office::PostOffice;
use self::world::rings::ADA;
use self::world::{PASSWORD, PERSON, World};

const ATTENTION: &str = "attention";
const REMINDER: &str = "reminder";
const NOTICE: &str = "admin_notice";
const DIGEST: &str = "digest";

/// A connection that was just broken by a password that is no longer good.
async fn broken(world: &World) -> ConnectionId {
    let id = world.connect().await;
    world.run().await;
    break_it(world, &id).await;
    id
}

async fn break_it(world: &World, id: &ConnectionId) {
    world.sandbox.revoke_password(PERSON).unwrap();
    for _ in 0..9 {
        if world.status(id).await.state == ConnectionState::Attention {
            return;
        }
        world.later(3).await;
    }
    panic!("it does not break");
}

async fn repair(world: &World, id: &ConnectionId) {
    let password = world.sandbox.new_password(PERSON).unwrap();
    assert_eq!(world.try_connect(&password).await, Outcome::Repaired(id.clone()));
    world.run().await;
}

async fn all(world: &World) -> Vec<Message> {
    let mut tx = world.ctx.db.read().await.unwrap();
    let mut all = messages::of_account(&mut tx, &world.account, 999).await.unwrap();
    all.reverse();
    all
}

/// What a person was told, and how many days after `from`.
async fn told(world: &World, user: &UserId, from: Timestamp) -> Vec<(&'static str, i64)> {
    let to_them = |message: &Message| message.new.user == *user;
    let days = |at: Timestamp| at.duration_since(from).as_hours() / 24;
    let all = all(world).await;
    let all = all.iter().filter(|message| to_them(message));
    all.map(|message| (message.new.kind.as_str(), days(message.new.created_at))).collect()
}

async fn days(world: &World, count: i64) {
    for _ in 0..count * 4 {
        world.later(6 * 60).await;
    }
}

async fn mute(world: &World, user: &UserId, id: &ConnectionId) {
    let mut tx = world.ctx.db.begin().await.unwrap();
    messages::mute(&mut tx, user, id, world.now()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_is_broken_for_a_month_is_told_on_the_right_days_to_the_right_people() {
    let world = World::new(1).await;
    let kit = world.another_user(1).await;
    broken(&world).await;
    let from = world.now();
    days(&world, 30).await;
    let dana = [
        (ATTENTION, 0),
        (REMINDER, 1),
        (REMINDER, 3),
        (REMINDER, 7),
        (REMINDER, 14),
        (DIGEST, 21),
        (DIGEST, 28),
    ];
    assert_eq!(told(&world, &world.user, from).await, dana);
    let kits = [(NOTICE, 3), (DIGEST, 10), (DIGEST, 17), (DIGEST, 24)];
    assert_eq!(told(&world, &kit, from).await, kits);
}

#[tokio::test]
async fn a_colleague_who_is_no_administrator_is_told_nothing_of_others() {
    let world = World::new(2).await;
    let mut tx = world.ctx.db.begin().await.unwrap();
    let first = people::user(&mut tx, &world.user).await.unwrap().unwrap();
    let id = UserId::new(world.now(), world.ctx.dice.as_ref());
    let email = "member@test.example".into();
    let member = people::User { id: id.clone(), email, role: Role::Member, ..first };
    people::insert_user(&mut tx, &member).await.unwrap();
    tx.commit().await.unwrap();
    broken(&world).await;
    days(&world, 12).await;
    assert_eq!(told(&world, &id, world.now()).await, []);
}

#[tokio::test]
async fn the_first_message_says_all_that_is_needed_and_leads_to_the_repair() {
    let world = World::new(3).await;
    let id = broken(&world).await;
    let message = all(&world).await.remove(0).new;
    assert_eq!(message.subject, format!("Fix this: Test, {PERSON}"));
    assert_eq!(message.href, format!("/calendars/settings/connections/{id}/repair"));
    for part in [
        &format!("Your Test connection {PERSON} needs you since Sunday 22 November 2026, 14:"),
        "(Europe/Athens)",
        "What happened: The password was refused: make a new one.",
        "its busy times are as of Sunday 22 November 2026, 14:",
        "go on blocking until Monday 23 November 2026, 14:",
        "press Fix this",
    ] {
        assert!(message.body.contains(part), "{part} is missing:\n{}", message.body);
    }
    days(&world, 2).await;
    let reminder = all(&world).await.pop().unwrap().new;
    assert_eq!(reminder.subject, format!("Broken for 1 day: Test, {PERSON}"));
    assert!(reminder.body.contains("They count as unknown since Monday 23 November 2026, 14:"));
}

#[tokio::test]
async fn a_repair_stops_the_reminders() {
    let world = World::new(4).await;
    let kit = world.another_user(1).await;
    let id = broken(&world).await;
    let from = world.now();
    days(&world, 2).await;
    repair(&world, &id).await;
    days(&world, 26).await;
    assert_eq!(told(&world, &world.user, from).await, [(ATTENTION, 0), (REMINDER, 1)]);
    assert_eq!(told(&world, &kit, from).await, []);
}

#[tokio::test]
async fn a_pause_and_a_disconnection_stop_the_reminders_too() {
    for disconnects in [false, true] {
        let world = World::new(5).await;
        let id = broken(&world).await;
        let from = world.now();
        if disconnects {
            connect::disconnect(&world.ctx, &id, &By::Operator).await.unwrap();
        } else {
            connect::pause(&world.ctx, &id, true, &By::Operator).await.unwrap();
        }
        days(&world, 25).await;
        assert_eq!(told(&world, &world.user, from).await, [(ATTENTION, 0)]);
    }
}

#[tokio::test]
async fn muted_means_no_reminders_and_no_digest_for_that_person_alone() {
    let world = World::new(6).await;
    let kit = world.another_user(1).await;
    let id = broken(&world).await;
    let from = world.now();
    days(&world, 2).await;
    mute(&world, &world.user, &id).await;
    days(&world, 16).await;
    assert_eq!(told(&world, &world.user, from).await, [(ATTENTION, 0), (REMINDER, 1)]);
    let kits = [(NOTICE, 3), (DIGEST, 10), (DIGEST, 17)];
    assert_eq!(told(&world, &kit, from).await, kits);
    let mut tx = world.ctx.db.begin().await.unwrap();
    messages::unmute(&mut tx, &world.user, &id).await.unwrap();
    tx.commit().await.unwrap();
    days(&world, 12).await;
    let last = told(&world, &world.user, from).await.pop();
    assert_eq!(last, Some((DIGEST, 28)), "wanted again, it is in the next digest");
}

#[tokio::test]
async fn what_breaks_and_works_and_breaks_within_minutes_is_told_at_once_only_once_an_hour() {
    let world = World::new(7).await;
    let id = broken(&world).await;
    for _ in 0..3 {
        repair(&world, &id).await;
        world.later(2).await;
        break_it(&world, &id).await;
    }
    let kinds: Vec<_> = all(&world).await.iter().map(|message| message.new.kind).collect();
    assert_eq!(kinds, [MessageKind::Attention]);
    let from = world.now();
    days(&world, 1).await;
    assert_eq!(told(&world, &world.user, from).await.pop(), Some((REMINDER, 1)));
    repair(&world, &id).await;
    break_it(&world, &id).await;
    let kinds: Vec<_> = all(&world).await.iter().map(|message| message.new.kind).collect();
    let wanted = [MessageKind::Attention, MessageKind::Reminder, MessageKind::Attention];
    assert_eq!(kinds, wanted, "a day later it is news");
}

#[tokio::test]
async fn a_process_that_slept_for_five_days_tells_the_latest_alone() {
    let world = World::new(8).await;
    broken(&world).await;
    let from = world.now();
    world.later(5 * 24 * 60).await;
    assert_eq!(told(&world, &world.user, from).await, [(ATTENTION, 0), (REMINDER, 5)]);
    assert_eq!(all(&world).await[1].new.day, 3);
}

#[tokio::test]
async fn a_message_goes_out_by_mail_with_links_and_is_sent_once() {
    let mut world = World::new(9).await;
    let office = PostOffice::open().await;
    world.ctx.post = Some(office.post());
    let id = broken(&world).await;
    world.run().await;
    let letters = office.letters();
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    let unfolded = letter.replace("=\n", "");
    let message = all(&world).await.remove(0);
    for part in [
        "To: Dana <dana@test.example>",
        "Auto-Submitted: auto-generated",
        &format!("Message-ID: <{}@calendar.example>", message.new.id),
        &format!("https://calendar.example/calendars/settings/connections/{id}/repair"),
        &format!("https://calendar.example/settings/messages/mute/{id}"),
    ] {
        assert!(unfolded.contains(part), "{part} is missing:\n{unfolded}");
    }
    assert_eq!((message.sent_at.is_some(), message.tries), (true, 1));
    days(&world, 1).await;
    assert_eq!(office.letters().len(), 2, "one for each message");
}

/// The person changes their address, and the one of before is told.
async fn move_away(world: &World) -> MessageId {
    let mut tx = world.ctx.db.begin().await.unwrap();
    let was = people::user(&mut tx, &world.user).await.unwrap().unwrap();
    let (new, zone) = ("dana@elsewhere.example", &was.time_zone);
    people::update_user(&mut tx, &was.id, &was.name, new, zone).await.unwrap();
    let told = sync::messages::tell_old_address(&world.ctx, &mut tx, &was).await.unwrap();
    tx.commit().await.unwrap();
    told
}

/// A message that is told to an address of before, and to nobody here.
async fn elsewhere(world: &World, id: &MessageId) -> Message {
    assert_eq!(all(world).await, []);
    let mut tx = world.ctx.db.read().await.unwrap();
    messages::load(&mut tx, id).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_address_of_before_is_told_that_it_was_changed_however_long_that_takes() {
    let mut world = World::new(11).await;
    let office = PostOffice::open().await;
    office.shut(true);
    world.ctx.post = Some(office.post());
    let told = move_away(&world).await;
    world.run().await;
    let waiting = elsewhere(&world, &told).await;
    assert_eq!((waiting.tries, waiting.new.to_email.as_deref()), (1, Some("dana@test.example")));
    office.shut(false);
    days(&world, 1).await;
    let letters = office.letters();
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert!(letter.contains("To: Dana <dana@test.example>") && letter.contains("was changed"));
    assert!(!letter.contains("elsewhere") && !letter.contains("calendar.example/"), "{letter}");
    let sent = elsewhere(&world, &told).await;
    assert_eq!((sent.sent_at.is_some(), sent.new.to_email), (true, None), "nothing of it is kept");
}

#[tokio::test]
async fn without_a_mail_server_nothing_of_an_address_of_before_is_kept() {
    let world = World::new(16).await;
    let told = move_away(&world).await;
    world.run().await;
    let kept = elsewhere(&world, &told).await;
    assert_eq!(kept.last_failure.as_deref(), Some("no_mail_server"));
    assert_eq!(kept.new.to_email, None);
}

#[tokio::test]
async fn a_mail_server_that_is_shut_is_tried_again_for_three_days() {
    let mut world = World::new(10).await;
    let office = PostOffice::open().await;
    office.shut(true);
    world.ctx.post = Some(office.post());
    broken(&world).await;
    let first = all(&world).await.remove(0);
    assert_eq!((first.tries, first.last_failure.as_deref()), (1, Some("deferred")));
    world.later(2).await;
    office.shut(false);
    world.later(5).await;
    assert_eq!(office.letters().len(), 1);
    assert_eq!(all(&world).await[0].last_failure, None);
    office.shut(true);
    days(&world, 5).await;
    let reminder = all(&world).await.remove(1);
    assert!(reminder.stopped_at.is_some() && reminder.sent_at.is_none());
    assert!(reminder.tries > 8, "{} tries", reminder.tries);
    let before = office.turned_away();
    office.shut(false);
    days(&world, 1).await;
    assert_eq!(office.letters().len(), 2, "only the one of day 3 is tried still");
    assert_eq!(office.turned_away(), before);
}

#[tokio::test]
async fn what_was_mended_before_it_could_be_sent_is_not_sent() {
    let mut world = World::new(11).await;
    let office = PostOffice::open().await;
    office.shut(true);
    world.ctx.post = Some(office.post());
    let id = broken(&world).await;
    repair(&world, &id).await;
    office.shut(false);
    days(&world, 2).await;
    assert_eq!(office.letters(), [] as [String; 0]);
    assert!(all(&world).await[0].stopped_at.is_some());
    assert!(world.try_connect(PASSWORD).await != Outcome::Repaired(id), "that one was revoked");
}

/// The banner of the person, as far as it tells of this connection.
async fn banner(world: &World) -> Option<Broken> {
    let mut tx = world.ctx.db.read().await.unwrap();
    let broken = connections::broken(&mut tx, &world.account, Some(&world.user)).await.unwrap();
    assert!(broken.len() < 2, "{broken:?}");
    broken.into_iter().next()
}

async fn history(world: &World, id: &ConnectionId) -> Vec<StatusChange> {
    let mut tx = world.ctx.db.read().await.unwrap();
    status_changes::last(&mut tx, id, 99).await.unwrap()
}

/// The banner says what the status says, and since when.
async fn asserts_banner(world: &World, id: &ConnectionId, names: &str, hides: &str) {
    let attention = world.status(id).await.attention.unwrap();
    let banner = banner(world).await.unwrap();
    assert_eq!((&banner.say, banner.since), (&attention.say, attention.since));
    assert!(banner.say.contains(names) && !banner.say.contains(hides), "{}", banner.say);
    let rows = history(world, id).await;
    // Of several changes at one moment nobody knows the order.
    let mut last = rows.iter().take_while(|row| row.at == rows[0].at);
    assert!(last.any(|row| row.say.as_ref() == Some(&attention.say)), "{rows:?}");
}

/// A connection with these calendars beside “Home”, and the ids of all of them.
async fn with_calendars(world: &World, names: &[&str]) -> ConnectionId {
    for name in names {
        world.sandbox.add_calendar(PERSON, name, CalendarKind::Events, Access::Owner).unwrap();
    }
    let id = world.connect().await;
    world.run().await;
    id
}

async fn attentions(world: &World) -> Vec<Message> {
    let mut all = all(world).await;
    all.retain(|message| message.new.kind == MessageKind::Attention);
    all
}

/// A calendar is lost at the provider, or given back, and that is noticed.
async fn lose(world: &World, name: &str, is_lost: bool) {
    world.sandbox.lose_calendar(PERSON, name, is_lost).unwrap();
    world.later(70).await;
}

#[tokio::test]
async fn the_loss_of_a_second_calendar_is_told_and_the_banner_names_what_is_gone_still() {
    let world = World::new(31).await;
    let id = with_calendars(&world, &["Work", "Family"]).await;
    lose(&world, "Work", true).await;
    asserts_banner(&world, &id, "calendar “Work” is", "Family").await;
    let first = world.status(&id).await.since;
    days(&world, 7).await;
    lose(&world, "Family", true).await;
    asserts_banner(&world, &id, "“Work” and “Family” are", "Home").await;
    assert_eq!(world.status(&id).await.since, first, "since the first of them");
    let told = attentions(&world).await;
    let [_, second] = &told[..] else { panic!("{told:?}") };
    for part in ["“Work” and “Family” are no longer", "New since you were told last: “Family”."]
    {
        assert!(second.new.body.contains(part), "{part} is missing:\n{}", second.new.body);
    }

    let all = world.calendars(&id).await;
    let work = all.iter().map(|(calendar, _)| calendar).find(|c| c.name == "Work").unwrap();
    assert!(connect::forget_calendar(&world.ctx, &work.id, &By::Operator).await.unwrap());
    asserts_banner(&world, &id, "calendar “Family” is", "Work").await;
    let family = all.iter().map(|(calendar, _)| calendar).find(|c| c.name == "Family").unwrap();
    let since = banner(&world).await.map(|banner| banner.since);
    assert_eq!((since, family.gone_at.is_some()), (family.gone_at, true));
    assert_eq!(attentions(&world).await.len(), 2, "it was told of");

    connect::pause(&world.ctx, &id, true, &By::Operator).await.unwrap();
    assert_eq!(banner(&world).await, None);
    world.later(30).await;
    connect::pause(&world.ctx, &id, false, &By::Operator).await.unwrap();
    asserts_banner(&world, &id, "“Family”", "Work").await;
    assert_eq!(banner(&world).await.map(|banner| banner.since), family.gone_at);
    assert_eq!(attentions(&world).await.len(), 2, "within the hour nobody is told again");

    lose(&world, "Family", false).await;
    assert_eq!(banner(&world).await, None);
    assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
}

#[tokio::test]
async fn two_calendars_that_are_lost_at_once_are_one_message_and_one_that_is_lost_again_another() {
    let world = World::new(32).await;
    let id = with_calendars(&world, &["Work", "Family"]).await;
    world.sandbox.lose_calendar(PERSON, "Work", true).unwrap();
    lose(&world, "Family", true).await;
    asserts_banner(&world, &id, "“Work” and “Family” are", "Home").await;
    let told = attentions(&world).await;
    assert_eq!(told.len(), 1);
    assert!(!told[0].new.body.contains("New since"), "{}", told[0].new.body);
    days(&world, 2).await;
    lose(&world, "Family", false).await;
    asserts_banner(&world, &id, "calendar “Work” is", "Family").await;
    assert_eq!(attentions(&world).await.len(), 1, "what came back is no news to be sent");
    lose(&world, "Family", true).await;
    let told = attentions(&world).await;
    assert_eq!(told.len(), 2, "it was there again, and is lost anew");
    assert!(told[1].new.body.contains("told last: “Family”."), "{}", told[1].new.body);
}

/// The brake of a calendar goes on, with that sentence, or off.
async fn brake(world: &World, id: &ConnectionId, (name, say): (&str, Option<&str>)) {
    let all = world.calendars(id).await;
    let calendar = all.iter().map(|(calendar, _)| calendar).find(|c| c.name == name).unwrap();
    let mut tx = world.ctx.db.begin().await.unwrap();
    calendars::set_brake(&mut tx, &calendar.id, say, world.now()).await.unwrap();
    connect::settle(&world.ctx, &mut tx, &world.user).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_second_brake_and_one_beside_a_loss_are_told_too_and_other_words_are_no_news() {
    let world = World::new(33).await;
    let id = with_calendars(&world, &["Work", "Family"]).await;
    let (first, empty) = (world.now(), Some("it came back empty."));
    brake(&world, &id, ("Home", empty)).await;
    assert_eq!(banner(&world).await.map(|banner| banner.since), Some(first));
    let two_hours = jiff::SignedDuration::from_hours(2);
    world.clock.advance(two_hours);
    brake(&world, &id, ("Work", empty)).await;
    asserts_banner(&world, &id, "“Home” and “Work”: they came back", "Family").await;
    assert_eq!(banner(&world).await.map(|banner| banner.since), Some(first));
    assert_eq!(attentions(&world).await.len(), 2);
    brake(&world, &id, ("Work", None)).await;
    let rows = history(&world, &id).await.len();
    brake(&world, &id, ("Home", Some("it came back with 2 events."))).await;
    let banner_now = banner(&world).await.unwrap();
    assert_eq!(
        (banner_now.say.as_str(), banner_now.since),
        ("“Home”: it came back with 2 events.", first)
    );
    assert_eq!((history(&world, &id).await.len(), attentions(&world).await.len()), (rows, 2));

    // What is gone is graver, and hides nothing.
    world.sandbox.lose_calendar(PERSON, "Family", true).unwrap();
    let gone_at = world.now();
    let family = world.calendars(&id).await.into_iter().find(|(c, _)| c.name == "Family");
    let mut tx = world.ctx.db.begin().await.unwrap();
    calendars::set_gone(&mut tx, &family.unwrap().0.id, Some(gone_at)).await.unwrap();
    connect::settle(&world.ctx, &mut tx, &world.user).await.unwrap();
    tx.commit().await.unwrap();
    asserts_banner(&world, &id, "“Family” is no longer there", "Work").await;
    let both = banner(&world).await.unwrap();
    assert_eq!((both.reason.as_str(), both.since), ("calendar_gone", gone_at));
    assert!(both.say.ends_with("“Home”: it came back with 2 events."), "{}", both.say);
    world.clock.advance(two_hours);
    brake(&world, &id, ("Work", empty)).await;
    asserts_banner(&world, &id, "“Home” and “Work”: they", "2 events").await;
    assert_eq!(attentions(&world).await.len(), 4);
}

#[tokio::test]
async fn administrators_are_led_to_where_they_can_act_with_words_to_them() {
    let mut world = World::new(34).await;
    let office = PostOffice::open().await;
    world.ctx.post = Some(office.post());
    world.another_user(1).await;
    let id = broken(&world).await;
    days(&world, 10).await;
    let link = format!("/settings/people/{}/link", world.user);
    let told = all(&world).await;
    let notice = told.iter().find(|it| it.new.kind == MessageKind::AdminNotice).unwrap();
    assert_eq!(notice.new.href, link);
    let digest = told.iter().find(|it| it.new.kind == MessageKind::Digest).unwrap();
    assert_eq!(digest.new.href, "/calendars/settings/connections/fix");
    for new in [&notice.new, &digest.new] {
        assert!(
            new.body.contains("Dana has to mend it: the password was refused."),
            "{}",
            new.body
        );
        assert!(!new.body.contains("make a new one"), "{}", new.body);
    }
    assert!(
        digest.new.body.contains(&format!("Ask them to mend it: https://calendar.example{link}"))
    );
    let letters = office.letters().join("\n").replace("=\n", "");
    assert!(letters.contains(&format!("Ask them to mend it: https://calendar.example{link}")));

    repair(&world, &id).await;
    let all = world.calendars(&id).await;
    let mut tx = world.ctx.db.begin().await.unwrap();
    calendars::set_gone(&mut tx, &all[0].0.id, Some(world.now())).await.unwrap();
    connect::settle(&world.ctx, &mut tx, &world.user).await.unwrap();
    tx.commit().await.unwrap();
    world.sandbox.lose_calendar(PERSON, "Home", true).unwrap();
    world.later(4 * 24 * 60).await;
    let told = self::all(&world).await;
    let notice = told.iter().rfind(|it| it.new.kind == MessageKind::AdminNotice).unwrap();
    assert_eq!(notice.new.href, format!("/calendars/settings/connections/{id}#calendars"));
    assert!(notice.new.body.contains("decide for Dana, or ask them to"), "{}", notice.new.body);
}

#[tokio::test]
async fn whoever_was_invited_to_connect_alone_is_told_how_they_get_in_and_nothing_else() {
    for connects_only in [false, true] {
        let mut world = World::new(35).await;
        let office = PostOffice::open().await;
        world.ctx.post = Some(office.post());
        let mut tx = world.ctx.db.begin().await.unwrap();
        if connects_only {
            people::limit_to_connecting(&mut tx, &world.user).await.unwrap();
        }
        tx.commit().await.unwrap();
        let id = broken(&world).await;
        world.run().await;
        let letter = office.letters().remove(0).replace("=\n", "");
        let says = |part: &str| letter.contains(part);
        assert!(says(&format!(
            "https://calendar.example/calendars/settings/connections/{id}/repair"
        )));
        assert_eq!(says("for a new link"), connects_only, "{letter}");
        assert_eq!(says("you sign in first"), !connects_only, "{letter}");
        assert_eq!(says("/settings/messages"), !connects_only, "{letter}");
    }
}

const FORETOLD: &str = "foretold";

/// A connection to a Google whose grants last seven days, as those of projects in testing do.
async fn of_seven_days(world: &World) -> ConnectionId {
    world.google_person(ADA);
    let google = world.sandbox.google();
    let mut manners = google.manners();
    manners.refresh_token_life_s = Some(7 * 86_400);
    google.set_manners(manners);
    sync::begin_housekeeping(&world.ctx).await.unwrap();
    let id = world.connect_google(ADA).await;
    world.run().await;
    id
}

#[tokio::test]
async fn museum_36_a_grant_of_seven_days_is_foretold_and_then_told() {
    let world = World::new(12).await;
    let id = of_seven_days(&world).await;
    let from = world.now();
    days(&world, 7).await;
    world.later(6 * 60).await;
    let wanted = [(FORETOLD, 0), (FORETOLD, 6), (ATTENTION, 7)];
    assert_eq!(told(&world, &world.user, from).await, wanted);
    let all = all(&world).await;
    let foretold = &all[1].new;
    assert_eq!(foretold.subject, format!("Renew before 29 November: Test, {ADA}"));
    assert_eq!(foretold.href, format!("/calendars/settings/connections/{id}/repair"));
    assert!(foretold.body.contains("ends on Sunday 29 November 2026, 14:00 (Europe/Athens)"));
}

#[tokio::test]
async fn what_is_renewed_in_time_never_breaks_and_is_foretold_again_for_its_next_end() {
    let world = World::new(13).await;
    let id = of_seven_days(&world).await;
    let from = world.now();
    days(&world, 6).await;
    assert_eq!(world.sign_in_at_google(ADA).await, Outcome::Repaired(id.clone()));
    days(&world, 6).await;
    let kinds = [(FORETOLD, 0), (FORETOLD, 6), (FORETOLD, 7), (FORETOLD, 12)];
    let told = told(&world, &world.user, from).await;
    assert_eq!(told, kinds, "none for what works, one for each end and day");
    mute(&world, &world.user, &id).await;
    assert_eq!(world.sign_in_at_google(ADA).await, Outcome::Repaired(id));
    days(&world, 6).await;
    assert_eq!(all(&world).await.len(), 4, "muted");
}

#[tokio::test]
async fn a_foretold_end_that_was_put_off_is_not_sent_any_more() {
    let mut world = World::new(14).await;
    let office = PostOffice::open().await;
    office.shut(true);
    world.ctx.post = Some(office.post());
    of_seven_days(&world).await;
    world.later(61).await;
    let google = world.sandbox.google();
    let mut manners = google.manners();
    manners.refresh_token_life_s = None;
    google.set_manners(manners);
    world.sign_in_at_google(ADA).await;
    office.shut(false);
    days(&world, 1).await;
    assert_eq!(office.letters(), [] as [String; 0]);
    assert!(all(&world).await[0].stopped_at.is_some());
}

#[tokio::test]
async fn administrators_are_told_before_a_client_secret_ends() {
    let mut world = World::new(15).await;
    let set_up = connection::SetUp {
        kind: connection::IntegrationKind::new("google"),
        name: "Google",
        gives: "",
        later: None,
        mark: "G",
        color: "#000000",
        steps: &[],
        settings: Vec::new(),
        secret_ends: Some("2026-12-02".parse().unwrap()),
        hook: None,
        notes: &[],
        client: None,
        notices: None,
    };
    let rows = world.ctx.catalogue.rows().to_vec();
    let catalogue = connection::Catalogue::new(rows).with_set_ups(vec![set_up]);
    world.ctx.catalogue = std::sync::Arc::new(catalogue);
    sync::begin_housekeeping(&world.ctx).await.unwrap();
    let from = world.now();
    days(&world, 12).await;
    let said = [(FORETOLD, 2), (FORETOLD, 8)];
    assert_eq!(told(&world, &world.user, from).await, said);
    let message = all(&world).await.remove(0).new;
    assert_eq!(message.subject, "Renew before 2 December: the client secret at Google");
    assert_eq!(message.href, "/settings/set-up#google");
}
