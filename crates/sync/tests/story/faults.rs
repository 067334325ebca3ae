//! What goes wrong at the far sides.

use connection::{Dice, FixedDice};
use sandbox::{
    Failure, GoogleFaults, MicrosoftFaults, MicrosoftThrottle, Often, Preset, Rotation, Throttle,
    Whom,
};

use crate::account::Account;
use crate::breaks;
use crate::far::Place;
use crate::world::World;

/// Chance, in the words of faults.
pub(crate) struct Luck<'a>(pub(crate) &'a FixedDice);

impl Luck<'_> {
    fn one_in(&self, n: u64) -> bool {
        self.0.below(n) == 0
    }

    fn often(&self) -> Often {
        if self.one_in(8) {
            return Often::Always;
        }
        Often::Times(u32::try_from(1 + self.0.below(4)).unwrap())
    }

    fn failure(&self) -> Failure {
        let statuses = [503, 500, 502, 429];
        let status = statuses[usize::try_from(self.0.below(4)).unwrap()];
        let often = self.often();
        let retry_after_s = (status == 429 || self.one_in(3)).then_some(90);
        Failure { status, often, retry_after_s, method: None }
    }

    fn rotation(&self) -> Rotation {
        match self.0.below(3) {
            0 => Rotation::Never,
            1 => Rotation::Lenient,
            _ => Rotation::Strict,
        }
    }
}

/// The faults that Google and Microsoft have in common, by number.
macro_rules! api_fault {
    ($faults:expr, $kind:expr, $luck:expr) => {
        match $kind {
            0..=2 => $faults.fail = Some($luck.failure()),
            3 => $faults.web_page = $luck.often(),
            4 => $faults.truncate = $luck.often(),
            5 => $faults.drop_before = $luck.often(),
            6 => $faults.drop_after_write = $luck.often(),
            7 => $faults.token_fail = Some($luck.failure()),
            8 => $faults.token_answer_lost = Often::Times(1),
            9 => $faults.push_dropped = $luck.often(),
            10 => $faults.push_doubled = $luck.often(),
            11 => $faults.push_reordered = $luck.often(),
            12 => $faults.push_late_ms = 1_000 * (1 + $luck.0.below(900)),
            _ => $faults.gone_on_page = Some(1 + usize::try_from($luck.0.below(2)).unwrap()),
        }
    };
}

/// How everyone at each far side behaves through the whole story.
pub(crate) fn manners(world: &World, luck: &Luck<'_>) {
    let google = world.sandbox.google();
    let mut manners = google.manners();
    manners.rotation = luck.rotation();
    manners.page_max = luck.one_in(2).then_some(7);
    manners.empty_pages = luck.one_in(3);
    manners.sync_token_life_s = luck.one_in(3).then_some(40_000);
    google.set_manners(manners);
    let microsoft = world.sandbox.microsoft();
    let mut manners = microsoft.manners();
    manners.rotation = luck.rotation();
    manners.page_max = luck.one_in(2).then_some(9);
    manners.empty_pages = luck.one_in(3);
    manners.repeated_ids = luck.one_in(2);
    manners.removed_with_instances = luck.one_in(2);
    manners.whole_days_shifted = luck.one_in(2);
    manners.delta_token_life_s = luck.one_in(3).then_some(40_000);
    microsoft.set_manners(manners);
}

/// The server that a CalDAV account is at.
pub(crate) fn preset(luck: &Luck<'_>) -> Preset {
    Preset::ALL[usize::try_from(luck.0.below(6)).unwrap()]
}

/// Something goes wrong for one account; says what.
pub(crate) fn strike(world: &World, account: &mut Account, luck: &Luck<'_>) -> String {
    let kind = luck.0.below(18);
    account.is_struck = true;
    match (account.place, kind) {
        (_, 17) if luck.one_in(2) => drop(breaks::revoke(world, account)),
        (Place::CalDav, _) => caldav(world, account, kind, luck),
        (Place::Google, _) => google(world, account, kind, luck),
        (Place::Outlook, _) => outlook(world, account, kind, luck),
    }
    format!("{} meets fault {kind}", account.email)
}

fn google(world: &World, account: &mut Account, kind: u64, luck: &Luck<'_>) {
    let (google, email) = (world.sandbox.google(), account.email.as_str());
    let change = |change: &mut dyn FnMut(&mut GoogleFaults)| {
        google.change_faults(Some(email), |faults| change(faults)).unwrap();
    };
    match kind {
        8 if google.manners().rotation == Rotation::Strict => {
            change(&mut |faults| api_fault!(faults, 8, luck));
            account.may_be_lost = true;
        }
        13 => change(&mut |faults| {
            faults.sync_token_gone = Often::Times(1);
            api_fault!(faults, kind, luck);
        }),
        14 => google.expire_sync_tokens(email).unwrap(),
        15 => google.expire_access_tokens(email).unwrap(),
        16 => change(&mut |faults| {
            faults.watch_refused = Some("pushNotSupportedForRequestedResource".into());
            faults.throttle = Some(Throttle {
                reason: "userRateLimitExceeded".into(),
                often: luck.often(),
                ..Throttle::default()
            });
        }),
        17 => google.silence(email).unwrap(),
        _ => change(&mut |faults| api_fault!(faults, kind, luck)),
    }
}

fn outlook(world: &World, account: &mut Account, kind: u64, luck: &Luck<'_>) {
    let (microsoft, email) = (world.sandbox.microsoft(), account.email.as_str());
    let change = |change: &mut dyn FnMut(&mut MicrosoftFaults)| {
        microsoft.change_faults(Some(email), |faults| change(faults)).unwrap();
    };
    match kind {
        8 if microsoft.manners().rotation == Rotation::Strict => {
            change(&mut |faults| api_fault!(faults, 8, luck));
            account.may_be_lost = true;
        }
        11 => change(&mut |faults| faults.push_forged = luck.often()),
        13 => change(&mut |faults| {
            faults.delta_gone = Often::Times(1);
            api_fault!(faults, kind, luck);
        }),
        14 if luck.one_in(2) => microsoft.renew_ids(email).unwrap(),
        14 => microsoft.expire_delta_tokens(email).unwrap(),
        15 if luck.one_in(2) => change(&mut |faults| faults.claims_challenge = Often::Times(1)),
        15 => microsoft.expire_access_tokens(email).unwrap(),
        16 => change(&mut |faults| {
            faults.subscription_refused = Some(403);
            faults.throttle = Some(MicrosoftThrottle {
                often: luck.often(),
                retry_after_s: luck.one_in(2).then_some(90),
                ..MicrosoftThrottle::default()
            });
        }),
        17 if luck.one_in(2) => microsoft.silence(email).unwrap(),
        17 => {
            let events = ["reauthorizationRequired", "subscriptionRemoved", "missed"];
            let event = events[usize::try_from(luck.0.below(3)).unwrap()];
            microsoft.send_lifecycle(email, event).unwrap();
        }
        _ => change(&mut |faults| api_fault!(faults, kind, luck)),
    }
}

fn caldav(world: &World, account: &Account, kind: u64, luck: &Luck<'_>) {
    let (sandbox, email) = (&world.sandbox, account.email.as_str());
    sandbox
        .change_faults(&Whom::person(email), |faults| match kind {
            0..=4 => faults.fail = Some(luck.failure()),
            5 => faults.web_page = luck.often(),
            6 => faults.truncate = luck.often(),
            7 => faults.drop_before = luck.often(),
            8 | 9 => faults.inner_errors = luck.often(),
            10 => faults.multiget_max = Some(2),
            11 => faults.home_empty = true,
            _ => {}
        })
        .unwrap();
    match kind {
        12 => sandbox.change_manners(Some(email), |it| it.sync_max = Some(3)).unwrap(),
        13..=16 => sandbox.expire_sync_tokens(email).unwrap(),
        17 => {
            let partition = u16::try_from(1 + luck.0.below(99)).unwrap();
            sandbox.move_to_partition(email, partition).unwrap();
        }
        _ => {}
    }
}
