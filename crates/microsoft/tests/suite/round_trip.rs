//! There and back: what is written to the sandbox's Outlook, and what becomes of it there.

use calendar::{Horizon, Interval};
use connection::{
    Access, Bell, Conference, Draft, ETag, Precondition, ProviderError, RemoteEvent, RemoteId,
    Secret,
};
use sandbox::{AccountKind, Often, Sharing};

use crate::house::{House, Known, WHO, event};

fn text(lines: &str) -> String {
    let lines = lines.trim().replace('\n', "\r\n");
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:b1@day.example\r\n{lines}\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn draft(id: &str, lines: &str) -> Draft {
    Draft { id: RemoteId::new(id), text: text(lines) }
}

const PLAIN: &str = "DTSTART:20261201T150000Z\nDTEND:20261201T153000Z\nSUMMARY:Call\n\
                     DESCRIPTION:Notes";

/// An account with its default calendar.
struct Account {
    house: House,
    access: Access,
    calendar: RemoteId,
}

impl Account {
    async fn new(kind: AccountKind) -> Self {
        let sandbox = sandbox::Sandbox::empty(7);
        sandbox.microsoft().add_person(WHO, "Ada King", kind);
        let house = House::around(sandbox);
        let access = house.access().await;
        let calendar = house.calendar(&access).await.id;
        Self { house, access, calendar }
    }

    async fn put(
        &self,
        draft: &Draft,
        only: Precondition,
    ) -> Result<(RemoteId, ETag), ProviderError> {
        let calendars = self.house.calendars();
        let written = calendars.put(&self.access, &self.calendar, draft, only).await?;
        Ok((written.id, written.etag))
    }

    async fn fetch(&self, id: &RemoteId) -> RemoteEvent {
        let ids = std::slice::from_ref(id);
        let fetched = self.house.calendars().fetch(&self.access, &self.calendar, ids).await;
        fetched.unwrap().remove(0)
    }

    async fn pull(&self) -> Known {
        self.house.pull(&self.access, &self.calendar, Known::default()).await.unwrap()
    }
}

fn horizon() -> Horizon {
    let at = |text: &str| text.parse().unwrap();
    Horizon::new(at("2026-11-01T00:00:00Z"), at("2027-10-30T00:00:00Z")).unwrap()
}

/// What a text takes when its rule is followed here.
fn followed(text: &str) -> Vec<Interval> {
    let reading = calendar::read(text).unwrap();
    let found = calendar::expand(&reading.events[0], horizon(), &jiff::tz::TimeZone::UTC);
    found.occurrences.iter().filter_map(calendar::Occurrence::interval).collect()
}

#[tokio::test]
async fn a_series_that_is_written_happens_when_its_rule_says() {
    let account = Account::new(AccountKind::Work).await;
    for (n, rule) in [
        "FREQ=DAILY;COUNT=20",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20270501T140000Z",
        "FREQ=MONTHLY;BYDAY=1TU",
        "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=6",
        "FREQ=YEARLY",
        "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270302T145959Z",
    ]
    .iter()
    .enumerate()
    {
        let start = if rule.contains("=-1") { "20261231" } else { "20261201" };
        let lines = format!(
            "DTSTART;TZID=Europe/Berlin:{start}T160000\nDTEND;TZID=Europe/Berlin:{start}T163000\n\
             SUMMARY:S\nRRULE:{rule}"
        );
        let draft = draft(&format!("series-{n}"), &lines);
        let (id, etag) = account.put(&draft, Precondition::Absent).await.unwrap();
        assert_eq!(account.pull().await.busy(horizon()), followed(&draft.text), "{rule}");
        let back = account.fetch(&id).await;
        let plain = back.text.replace("X-DAYMARK-OCCURRENCES:LISTED\r\n", "");
        assert_eq!(followed(&plain), followed(&draft.text), "its own rule, too: {plain}");
        let calendars = account.house.calendars();
        let only = Precondition::Matches(etag);
        calendars.delete(&account.access, &account.calendar, &id, only).await.unwrap();
    }
}

#[tokio::test]
async fn whole_days_are_written_as_whole_days() {
    let account = Account::new(AccountKind::Work).await;
    let days = "DTSTART;VALUE=DATE:20270104\nDTEND;VALUE=DATE:20270106\nSUMMARY:Away\n\
                TRANSP:TRANSPARENT\nCLASS:PRIVATE";
    let (id, _) = account.put(&draft("days", days), Precondition::Absent).await.unwrap();
    let back = account.fetch(&id).await.text;
    for line in ["DTSTART;VALUE=DATE:20270104", "DTEND;VALUE=DATE:20270106", "CLASS:PRIVATE"] {
        assert!(back.contains(line), "{line}: {back}");
    }
    assert!(back.contains("TRANSP:TRANSPARENT"), "{back}");
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_found_again_by_our_name() {
    let account = Account::new(AccountKind::Work).await;
    let levers = &account.house.levers;
    levers.change_faults(Some(WHO), |it| it.drop_after_write = Often::Times(1)).unwrap();
    let lost = account.put(&draft("b-1", PLAIN), Precondition::Absent).await.unwrap_err();
    assert!(matches!(lost, ProviderError::Unavailable { .. }), "{lost:?}");
    let again = account.put(&draft("b-1", PLAIN), Precondition::Absent).await;
    assert_eq!(again, Err(ProviderError::PreconditionFailed), "it was written");
    let found = account.fetch(&RemoteId::new("b-1")).await;
    assert!(found.text.contains("X-DAYMARK-DRAFT:b-1") && found.text.contains("SUMMARY:Call"));
    assert_eq!(account.pull().await.events.len(), 1, "and only once");
    let ours = levers.events(WHO, "default").unwrap();
    assert_eq!(ours.len(), 1);
}

#[tokio::test]
async fn a_teams_meeting_comes_with_the_event_and_outlives_a_change() {
    let account = Account::new(AccountKind::Work).await;
    let listed = account.house.calendar(&account.access).await;
    assert_eq!(listed.conference, Some(Conference::Teams));
    let wants = format!("{PLAIN}\nX-DAYMARK-CONFERENCE:teams");
    let (id, _) = account.put(&draft("meet", &wants), Precondition::Absent).await.unwrap();
    let made = account.fetch(&id).await;
    let join = |text: &str| {
        let whole = text.replace("\r\n ", "");
        let line = whole.lines().find(|line| line.starts_with("CONFERENCE;"));
        line.unwrap_or_else(|| panic!("no way in: {text}")).to_owned()
    };
    assert!(join(&made.text).contains("https://teams.microsoft.com/"), "{}", made.text);
    let moved = PLAIN.replace("T15", "T16");
    let later = Draft { id: id.clone(), text: text(&moved) };
    account.put(&later, Precondition::Matches(made.etag.clone())).await.unwrap();
    let after = account.fetch(&id).await;
    assert_eq!(join(&after.text), join(&made.text), "the same meeting");
    assert!(after.text.contains("DTSTART:20261201T160000Z"), "{}", after.text);
    let personal = Account::new(AccountKind::Personal).await;
    assert_eq!(personal.house.calendar(&personal.access).await.conference, None);
    let (id, _) = personal.put(&draft("meet", &wants), Precondition::Absent).await.unwrap();
    assert!(!personal.fetch(&id).await.text.contains("CONFERENCE;"), "it says that it has none");
}

#[tokio::test]
async fn one_occurrence_is_changed_by_its_own_name() {
    let account = Account::new(AccountKind::School).await;
    let series = "DTSTART:20261201T150000Z\nDTEND:20261201T153000Z\nSUMMARY:S\n\
                  RRULE:FREQ=DAILY;COUNT=5";
    account.put(&draft("s", series), Precondition::Absent).await.unwrap();
    let known = account.pull().await;
    let part = known.events.values().find(|event| event.text.contains("DTSTART:20261203"));
    let part = part.unwrap().clone();
    let moved = "RECURRENCE-ID:20261203T150000Z\nDTSTART:20261203T180000Z\n\
                 DTEND:20261203T190000Z\nSUMMARY:Later";
    let change = Draft { id: part.id.clone(), text: text(moved) };
    account.put(&change, Precondition::Matches(part.etag)).await.unwrap();
    let busy: Vec<String> =
        account.pull().await.busy(horizon()).iter().map(|it| it.start().to_string()).collect();
    assert_eq!(busy.len(), 5);
    assert!(busy.contains(&"2026-12-03T18:00:00Z".to_owned()), "{busy:?}");
}

#[tokio::test]
async fn a_calendar_that_others_share_is_read_and_cannot_ring() {
    let house = House::new();
    let bo = "bo@contoso.example";
    house.levers.add_person(bo, "Bo", AccountKind::Work);
    house.put(&event("Hers", ("2027-01-04T09:00:00", "2027-01-04T10:00:00"), "UTC"));
    house.levers.share_calendar(WHO, "default", (bo, Sharing::Read)).unwrap();
    let access = house.access_of(bo).await;
    let listed = house.calendars().calendars(&access).await.unwrap();
    let shared = listed.iter().find(|calendar| calendar.name.contains("Ada King"));
    let shared = shared.unwrap_or_else(|| panic!("whose it is stands with it: {listed:?}"));
    assert_eq!(shared.access, connection::CalendarAccess::Reader);
    let known = house.pull(&access, &shared.id, Known::default()).await.unwrap();
    assert_eq!(known.events.len(), 1);
    let ids: Vec<RemoteId> = known.events.keys().cloned().collect();
    let fetched = house.calendars().fetch(&access, &shared.id, &ids).await.unwrap();
    assert!(fetched[0].text.contains("SUMMARY:Hers"), "by the calendar's own path");
    let channel = "cha_0123456789abcdef0123456789abcdef".parse().unwrap();
    let address = "https://day.example/hooks/outlook".into();
    let bell = Bell { channel, address, secret: Secret::new("s3cret"), is_only: true };
    let (watch, now) = (house.adapter.watch.clone().unwrap(), house.sandbox.now());
    let refused = watch.open(&access, &shared.id, &bell, now).await.unwrap_err();
    assert!(matches!(refused, ProviderError::Refused { .. }), "{refused:?}");
    let own = &listed[0].id;
    let opened = watch.open(&access, own, &bell, now).await.unwrap();
    let renewed = watch.renew(&access, (own, &opened), &bell, now).await.unwrap();
    assert_eq!(renewed.remote, opened.remote);
    watch.close(&access, &opened).await.unwrap();
    let lost = watch.renew(&access, (own, &opened), &bell, now).await;
    assert_eq!(lost, Err(ProviderError::Gone));
}

#[tokio::test]
async fn an_ended_token_is_told_and_nothing_else_is_lost() {
    let account = Account::new(AccountKind::Work).await;
    account.house.levers.expire_access_tokens(WHO).unwrap();
    let ended = account.house.calendars().calendars(&account.access).await.unwrap_err();
    assert_eq!(
        ended.code(),
        "token_refused",
        "whoever holds the connection refreshes, and asks again"
    );
    let fresh = account.house.access().await;
    let often = Often::Times(1);
    let order = |faults: &mut sandbox::MicrosoftFaults| faults.claims_challenge = often;
    account.house.levers.change_faults(Some(WHO), order).unwrap();
    let claims = account.house.calendars().calendars(&fresh).await.unwrap_err();
    assert_eq!(claims.code(), "token_refused");
    account.house.calendars().calendars(&fresh).await.unwrap();
}
