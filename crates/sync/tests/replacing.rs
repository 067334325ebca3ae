//! Another account in the place of the one that a connection holds: what is asked of the old one
//! while it is replaced changes nothing, and the times of the new one are unknown until it is read.
#![expect(clippy::unwrap_used, reason = "a test fails where something is not as it must be")]

mod world;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connection::{
    Access, AttemptId, Calendar, CalendarAccess, Calendars, Catalogue, ConnectionId,
    ConnectionState, Cursor, Draft, FailureCode, Integration, IntegrationKind, Page, Precondition,
    ProviderError, Refusal, RemoteCalendar, RemoteEvent, RemoteId, Secret, SignInForm, StatusCause,
    Written,
};
use jiff::SignedDuration;
use sandbox::CalendarKind;
use store::attempts::{Attempt, AttemptState};
use store::people::CalendarSettings;
use store::sessions::{self, NewSession};
use store::{Change, attempts, busy, calendars, connections, people, status_changes};
use sync::connect::{self, Outcome, Request, Wishes};
use sync::{Context, attempt};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use world::{PASSWORD, PERSON, World};

const KIT: &str = "kit@icloud.example";
const DAY: (&str, &str) = ("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z");

/// Which calls wait.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waits {
    Listing,
    Changes,
}

/// Calendars whose first answer of a kind waits at a gate, after it was given.
struct Late {
    inner: Arc<dyn Calendars>,
    waits: Waits,
    first: Semaphore,
    came: Semaphore,
    passes: Semaphore,
}

impl Late {
    fn before(ctx: &Context, waits: Waits) -> (Context, Arc<Self>) {
        let row = ctx.catalogue.find("icloud").unwrap().clone();
        let inner = row.calendars.clone().unwrap();
        let [came, passes] = [0, 0].map(Semaphore::new);
        let late = Arc::new(Self { inner, waits, first: Semaphore::new(1), came, passes });
        let catalogue = Catalogue::new(vec![Integration { calendars: Some(late.clone()), ..row }]);
        (Context { catalogue: Arc::new(catalogue), ..ctx.clone() }, late)
    }

    async fn gate(&self, what: Waits) {
        if self.waits == what
            && let Ok(first) = self.first.try_acquire()
        {
            first.forget();
            self.came.add_permits(1);
            self.passes.acquire().await.unwrap().forget();
        }
    }
}

#[async_trait]
impl Calendars for Late {
    async fn calendars(&self, access: &Access) -> Result<Vec<RemoteCalendar>, ProviderError> {
        let answer = self.inner.calendars(access).await;
        self.gate(Waits::Listing).await;
        answer
    }

    async fn changes(
        &self,
        access: &Access,
        calendar: &RemoteId,
        from: &Cursor,
        within: calendar::Horizon,
    ) -> Result<Page, ProviderError> {
        let answer = self.inner.changes(access, calendar, from, within).await;
        self.gate(Waits::Changes).await;
        answer
    }

    async fn fetch(
        &self,
        access: &Access,
        calendar: &RemoteId,
        ids: &[RemoteId],
    ) -> Result<Vec<RemoteEvent>, ProviderError> {
        self.inner.fetch(access, calendar, ids).await
    }

    async fn put(
        &self,
        access: &Access,
        calendar: &RemoteId,
        draft: &Draft,
        only: Precondition,
    ) -> Result<Written, ProviderError> {
        self.inner.put(access, calendar, draft, only).await
    }

    async fn delete(
        &self,
        access: &Access,
        calendar: &RemoteId,
        id: &RemoteId,
        only: Precondition,
    ) -> Result<(), ProviderError> {
        self.inner.delete(access, calendar, id, only).await
    }

    fn ids_may_change(&self) -> bool {
        self.inner.ids_may_change()
    }
}

/// A world in which Dana is connected and read, and Kit has a calendar of the same name.
async fn world(seed: u64) -> (World, ConnectionId) {
    let world = World::new(seed).await;
    world.put("danas", "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z");
    world.sandbox.add_person(KIT, PASSWORD);
    let owner = sandbox::Access::Owner;
    world.sandbox.add_calendar(KIT, "home", CalendarKind::Events, owner).unwrap();
    put(&world, KIT, "kits", "DTSTART:20261123T140000Z\nDTEND:20261123T150000Z");
    let id = world.connect().await;
    world.run().await;
    (world, id)
}

fn put(world: &World, whose: &str, name: &str, lines: &str) {
    let text = world::event(name, lines);
    let home = world.sandbox.calendars(whose).unwrap().remove(0).segment;
    world.sandbox.put_event(whose, &home, &format!("{name}.ics"), &text).unwrap();
}

/// Repairs it as somebody, whose account takes the place of another one.
async fn replace(world: &World, id: &ConnectionId, username: &str) -> Outcome {
    let form = SignInForm {
        username: Some(username.into()),
        password: Some(Secret::new(PASSWORD)),
        ..SignInForm::default()
    };
    let request = Request {
        by: world.dana(),
        account: world.account.clone(),
        user: world.user.clone(),
        integration: IntegrationKind::new("icloud"),
        proof: form.into(),
        repairs: Some(id.clone()),
        wishes: Wishes { replace: true, ..Wishes::default() },
    };
    connect::connect(&world.ctx, request).await.unwrap()
}

async fn only_calendar(world: &World, id: &ConnectionId) -> Calendar {
    let mut all = world.calendars(id).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0).0
}

async fn is_unknown(world: &World) -> bool {
    let mut tx = world.ctx.db.read().await.unwrap();
    let (from, until) = (DAY.0.parse().unwrap(), DAY.1.parse().unwrap());
    let told = busy::of_user(&mut tx, &world.user, from, until, world.now()).await.unwrap();
    told.blind.iter().any(|blind| blind.why == "never_read") && told.known_at.is_none()
}

#[tokio::test]
async fn the_times_of_another_account_are_unknown_until_they_are_read() {
    let (world, id) = world(50).await;
    let before = only_calendar(&world, &id).await;
    let mut tx = world.ctx.db.begin().await.unwrap();
    calendars::set_switches(&mut tx, &before.id, true, true).await.unwrap();
    let linked =
        CalendarSettings { linked_calendar: Some(before.id.clone()), ..Default::default() };
    people::set_settings(&mut tx, &world.user, &linked).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.busy(DAY.0, DAY.1).await.len(), 1);
    assert_eq!(replace(&world, &id, KIT).await, Outcome::Repaired(id.clone()));
    assert!(is_unknown(&world).await, "nothing of Kit's is known, and nothing is free");
    assert_eq!(world.busy(DAY.0, DAY.1).await, Vec::<String>::new(), "Dana's are gone");
    assert_eq!(world.status(&id).await.state, ConnectionState::Processing);
    world.run().await;
    assert!(!is_unknown(&world).await);
    assert_eq!(
        world.busy(DAY.0, DAY.1).await,
        ["2026-11-23T14:00:00Z/2026-11-23T15:00:00Z"],
        "Kit's"
    );
    let after = only_calendar(&world, &id).await;
    assert_eq!((&after.id, after.name.as_str()), (&before.id, "home"));
    assert!(after.counts_as_busy && after.all_day_is_busy, "as it was chosen");
    let mut tx = world.ctx.db.read().await.unwrap();
    let user = people::user(&mut tx, &world.user).await.unwrap().unwrap();
    assert_eq!(user.settings.linked_calendar, Some(before.id), "it can be written to, too");
    let held = connections::load(&mut tx, &id).await.unwrap().unwrap();
    assert_eq!((held.principal.name.as_str(), held.era), (KIT, 1));
    let told = status_changes::last(&mut tx, &id, 9).await.unwrap();
    assert!(told.iter().any(|change| change.cause == StatusCause::Replaced), "{told:?}");
}

/// Lets the old account answer, holds the answer back until the new one is in its place, and
/// then lets it come.
async fn overtaken(world: &World, id: &ConnectionId, waits: Waits, to: &[&str]) {
    let (slow, late) = Late::before(&world.ctx, waits);
    let running = sync::run_due(&slow, &world.handlers);
    let replacing = async {
        late.came.acquire().await.unwrap().forget();
        for username in to {
            assert_eq!(replace(world, id, username).await, Outcome::Repaired(id.clone()));
        }
        late.passes.add_permits(9);
    };
    let both = Box::pin(async { futures_util::join!(running, replacing) });
    let (ran, ()) = tokio::time::timeout(Duration::from_secs(20), both).await.unwrap();
    ran.unwrap();
}

#[tokio::test]
async fn a_pull_of_the_old_account_that_ends_after_it_was_replaced_changes_nothing() {
    for (seed, to) in [(51, &[KIT][..]), (52, &[KIT, PERSON][..])] {
        let (world, id) = world(seed).await;
        put(&world, PERSON, "late", "DTSTART:20261123T110000Z\nDTEND:20261123T120000Z");
        world.clock.advance(SignedDuration::from_mins(3));
        overtaken(&world, &id, Waits::Changes, to).await;
        // Whatever ran before the answer came, all that stands now is of the account in place.
        for _ in 0..4 {
            world.later(1).await;
        }
        let whose = if to.len() == 1 {
            vec!["2026-11-23T14:00:00Z/2026-11-23T15:00:00Z"]
        } else {
            vec![
                "2026-11-23T09:00:00Z/2026-11-23T10:00:00Z",
                "2026-11-23T11:00:00Z/2026-11-23T12:00:00Z",
            ]
        };
        assert_eq!(world.busy(DAY.0, DAY.1).await, whose);
        let calendar = only_calendar(&world, &id).await;
        let texts = world.copy(&calendar).await;
        assert_eq!(texts.len(), whose.len(), "{texts:?}");
        assert_eq!(world.status(&id).await.state, ConnectionState::Synced);
    }
}

#[tokio::test]
async fn a_list_of_the_old_account_s_calendars_that_comes_late_changes_nothing() {
    let (world, id) = world(53).await;
    let owner = sandbox::Access::Owner;
    world.sandbox.add_calendar(PERSON, "Dana's new one", CalendarKind::Events, owner).unwrap();
    world.clock.advance(SignedDuration::from_mins(75));
    overtaken(&world, &id, Waits::Listing, &[KIT]).await;
    world.later(1).await;
    let calendar = only_calendar(&world, &id).await;
    assert_eq!((calendar.name.as_str(), calendar.gone_at), ("home", None));
}

#[tokio::test]
async fn without_the_word_another_account_is_refused_and_nothing_waits() {
    let (world, id) = world(54).await;
    let mut request = world.request_of(KIT, PASSWORD);
    request.repairs = Some(id.clone());
    let outcome = connect::connect(&world.ctx, request).await.unwrap();
    let Outcome::Refused { refusal, .. } = outcome else { panic!("{outcome:?}") };
    assert!(refusal.say.contains(KIT) && refusal.say.contains(PERSON), "{}", refusal.say);
    let mut tx = world.ctx.db.begin().await.unwrap();
    let far = "9999-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(store::waiting::take_expired(&mut tx, far).await.unwrap().len(), 0);
}

/// Whoever sees that an account waits, sees that the try which found it is over.
#[tokio::test]
async fn an_account_waits_from_the_moment_in_which_its_try_has_failed() {
    let (world, id) = world(58).await;
    let session = NewSession {
        token_hash: [4; 32],
        user: world.user.clone(),
        browser: "A browser".into(),
        now: world.now(),
        expires_at: world.now() + SignedDuration::from_hours(1),
    };
    let mut tx = world.ctx.db.begin().await.unwrap();
    sessions::insert(&mut tx, &session).await.unwrap();
    tx.commit().await.unwrap();
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    for _ in 0..5 {
        let wishes = Wishes { session: Some(session.token_hash), ..Wishes::default() };
        let request = world.request_of(KIT, PASSWORD);
        let request = Request { repairs: Some(id.clone()), wishes, ..request };
        let tried = attempt::begin(&world.ctx, (&tasks, &stop), request, None).await.unwrap();
        let look = async || {
            let mut tx = world.ctx.db.read().await.unwrap();
            let here = (&tried, &session.token_hash);
            let waits = store::waiting::find(&mut tx, here, world.now()).await.unwrap().is_some();
            let row = attempts::find(&mut tx, &world.user, &tried).await.unwrap().unwrap();
            (waits, row.state)
        };
        let state = loop {
            match look().await {
                (true, state) => break state,
                (false, AttemptState::Running) => tokio::task::yield_now().await,
                (false, state) => panic!("nothing waits: {state:?}"),
            }
        };
        let AttemptState::Failed { code, .. } = &state else { panic!("{state:?}") };
        assert_eq!(code, "other_principal");
    }
}

#[tokio::test]
async fn who_comes_back_to_the_old_account_finds_what_had_no_counterpart() {
    let (world, id) = world(55).await;
    let owner = sandbox::Access::Owner;
    world.sandbox.add_calendar(PERSON, "Rota", CalendarKind::Events, owner).unwrap();
    world.later(75).await;
    let find = async |name: &str| {
        let all = world.calendars(&id).await;
        let named = all.into_iter().map(|(calendar, _)| calendar).find(|c| c.name == name);
        named.unwrap()
    };
    let rota = find("Rota").await;
    let mut changes = world.ctx.db.changes();
    replace(&world, &id, KIT).await;
    let told: Vec<_> = std::iter::from_fn(|| changes.try_recv().ok()).collect();
    for (calendar, _) in world.calendars(&id).await {
        assert!(told.contains(&Change::Calendar(calendar.id)), "{} in {told:?}", calendar.name);
    }
    world.run().await;
    let gone = find("Rota").await;
    assert!(gone.gone_at.is_some() && gone.counts_as_busy && gone.id == rota.id);
    world.later(20).await;
    assert!(find("Rota").await.gone_at.is_some(), "nobody asks Kit's account for it");
    replace(&world, &id, PERSON).await;
    world.run().await;
    let back = find("Rota").await;
    assert_eq!((back.id, back.gone_at, back.access), (rota.id, None, CalendarAccess::Writer));
    assert_eq!(world.calendars(&id).await.len(), 2);
}

/// What is connected first, what takes its place, and a name of its only calendar.
async fn at_a_page(kind: &str) -> (World, ConnectionId, Request) {
    let world = World::new(56).await;
    for email in [ADA, BEA] {
        match kind {
            "google" => world.google_person(email),
            _ => world.outlook_person(email, sandbox::AccountKind::Work),
        }
    }
    let outcome = world.sign_in_at(kind, ADA).await;
    let Outcome::Connected(id) = outcome else { panic!("{outcome:?}") };
    let request = world.request_by_consent(&world.user, (kind, BEA)).await;
    (world, id, request)
}

async fn by_address() -> (World, ConnectionId, Request) {
    let world = World::new(57).await;
    for name in ["early", "late"] {
        let text = world::event(name, "DTSTART:20261123T090000Z\nDTEND:20261123T100000Z");
        let text = text.replace("BEGIN:VEVENT", &format!("X-WR-CALNAME:{name}\r\nBEGIN:VEVENT"));
        world.sandbox.put_feed(name, &text);
    }
    let address = |name: &str| format!("{}feeds/{name}.ics", world::BASE);
    let outcome = world.connect_feed(&address("early")).await;
    let Outcome::Connected(id) = outcome else { panic!("{outcome:?}") };
    let form = SignInForm { address: Some(Secret::new(address("late"))), ..Default::default() };
    let integration = IntegrationKind::new("feed");
    let request = Request { integration, proof: form.into(), ..world.request(PASSWORD) };
    (world, id, request)
}

#[tokio::test]
async fn every_kind_is_replaced_in_place_with_its_own_calendar_mapped() {
    for (world, id, request) in
        [at_a_page("google").await, at_a_page("outlook").await, by_address().await]
    {
        world.run().await;
        let before = only_calendar(&world, &id).await;
        let was = world.status(&id).await;
        assert_eq!(was.state, ConnectionState::Synced, "{was:?}");
        let wishes = Wishes { replace: true, ..Wishes::default() };
        let kind = request.integration.clone();
        let request = Request { repairs: Some(id.clone()), wishes, ..request };
        let outcome = connect::connect(&world.ctx, request).await.unwrap();
        assert_eq!(outcome, Outcome::Repaired(id.clone()), "{kind}");
        assert_eq!(only_calendar(&world, &id).await.known_at, None, "{kind}");
        world.run().await;
        let after = only_calendar(&world, &id).await;
        assert_eq!((&after.id, after.gone_at), (&before.id, None), "{kind}");
        assert_eq!(world.status(&id).await.state, ConnectionState::Synced, "{kind}");
    }
}

const ADA: &str = "ada@north.example";
const BEA: &str = "bea@south.example";

/// How many refresh tokens of an account are alive at Google.
async fn alive(world: &World, email: &str) -> usize {
    world.ctx.tasks.close();
    world.ctx.tasks.wait().await;
    world.ctx.tasks.reopen();
    let mut people = world.sandbox.google().people();
    people.retain(|person| person.email == email);
    people.remove(0).grants.iter().map(|grant| grant.refresh_tokens).sum()
}

#[tokio::test]
async fn a_grant_of_another_account_is_given_back_unless_something_here_lives_by_it() {
    for lives in [false, true] {
        let (world, id, request) = at_a_page("google").await;
        if lives {
            let kit = world.another_user(1).await;
            world.connect_google_as(&kit, BEA).await;
        }
        let request = Request { repairs: Some(id), ..request };
        let outcome = connect::connect(&world.ctx, request).await.unwrap();
        assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
        assert_eq!(alive(&world, BEA).await > 0, lives);
        assert_eq!(alive(&world, ADA).await, 1);
    }
}

/// Whose grant it is that just came is not known yet: taken back at once, it might be that one.
#[tokio::test]
async fn no_grant_is_given_back_while_somebody_signs_in_there() {
    let (world, id, _) = at_a_page("google").await;
    let tried = AttemptId::new(world.now(), world.ctx.dice.as_ref());
    let row = Attempt {
        id: tried.clone(),
        user: world.user.clone(),
        integration: IntegrationKind::new("google"),
        repairs: None,
        return_to: None,
        checks: Vec::new(),
        state: AttemptState::Running,
        started_at: world.now(),
        seen_at: world.now(),
        ended_at: None,
    };
    let mut tx = world.ctx.db.begin().await.unwrap();
    attempts::insert(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    connect::disconnect(&world.ctx, &id, &world.dana()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut people = world.sandbox.google().people();
    people.retain(|person| person.email == ADA);
    assert_eq!(people[0].grants.len(), 1, "it may be theirs who sign in");
    let refusal = Refusal { code: FailureCode::Interrupted, say: "Try again.".into(), field: None };
    let mut tx = world.ctx.db.begin().await.unwrap();
    attempts::fail(&mut tx, &tried, &refusal, world.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(alive(&world, ADA).await, 0);
}

#[tokio::test]
async fn a_grant_that_waits_for_replace_is_given_back_once_nobody_pressed_it() {
    for leaves in [false, true] {
        let (world, id, request) = at_a_page("google").await;
        let session = [4; 32];
        let mut tx = world.ctx.db.begin().await.unwrap();
        let new = NewSession {
            token_hash: session,
            user: world.user.clone(),
            browser: "A browser".into(),
            now: world.now(),
            expires_at: world.now() + SignedDuration::from_hours(9),
        };
        sessions::insert(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        let wishes = Wishes { session: Some(session), ..Wishes::default() };
        let request = Request { repairs: Some(id.clone()), wishes, ..request };
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let begun = attempt::begin(&world.ctx, (&tasks, &stop), request, None).await;
        let attempt = begun.unwrap();
        tasks.close();
        tasks.wait().await;
        assert_eq!(alive(&world, BEA).await, 1, "it waits");
        if leaves {
            sync::replace::leave(&world.ctx, &attempt, &session).await.unwrap();
        } else {
            sync::begin_housekeeping(&world.ctx).await.unwrap();
            world.later(9).await;
            assert_eq!(alive(&world, BEA).await, 1, "it waits still");
            world.later(2).await;
        }
        assert_eq!(alive(&world, BEA).await, 0);
        assert_eq!(alive(&world, ADA).await, 1);
    }
}
