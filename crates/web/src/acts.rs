//! What people and keys do in the pages and the API, told to the audit log in the transaction of
//! the act itself; and what a choice has changed, in words.

use connection::{AccountId, Calendar, CalendarId, UserId};
use store::audit::{self, Act, Actor};
use store::people::{CalendarSettings, User};
use store::{StoreError, Tx};
use sync::{By, Context};

use crate::session::SignedIn;

/// Who acts, in which account.
pub(crate) type Who<'w> = (&'w AccountId, Actor<'w>);

/// What was done.
#[derive(Default)]
pub(crate) struct Did<'d> {
    /// Its code.
    pub(crate) act: &'d str,
    /// Whose thing it was.
    pub(crate) for_user: Option<&'d UserId>,
    /// The id and the name of what was acted on.
    pub(crate) subject: Option<(&'d str, &'d str)>,
    /// What changed, without secrets.
    pub(crate) say: Option<&'d str>,
}

/// Writes it down.
pub(crate) async fn record(
    ctx: &Context,
    tx: &mut Tx,
    (account, by): Who<'_>,
    did: Did<'_>,
) -> Result<(), StoreError> {
    let for_user = did.for_user.filter(|user| by != Actor::User(user));
    let Did { act, subject, say, .. } = did;
    let act = Act { account, by, act, for_user, subject, say };
    audit::record(tx, &act, ctx.clock.now(), ctx.dice.as_ref()).await
}

impl SignedIn {
    /// As who acts.
    pub(crate) fn by(&self) -> By {
        By::User(self.user.id.clone())
    }

    /// The same, as the audit log takes it.
    pub(crate) fn acts(&self) -> Who<'_> {
        (&self.account.id, Actor::User(&self.user.id))
    }
}

/// What was chosen for the calendars of a user, beside what was chosen before.
pub(crate) struct Choice<'c> {
    /// The user as they were.
    pub(crate) user: &'c User,
    /// What holds from now on.
    pub(crate) settings: &'c CalendarSettings,
    /// The calendars that were to choose from, as they were.
    pub(crate) calendars: Vec<&'c Calendar>,
    /// Those of them that count from now on, beside the linked one.
    pub(crate) conflict: &'c [CalendarId],
    /// Those whose all-day events block from now on; `None` where that stays as it is.
    pub(crate) all_day: Option<&'c [CalendarId]>,
}

impl Choice<'_> {
    /// Writes down what it changed, if it changed anything.
    pub(crate) async fn record(
        &self,
        ctx: &Context,
        tx: &mut Tx,
        who: Who<'_>,
    ) -> Result<(), StoreError> {
        let changed = self.changed();
        if changed.is_empty() {
            return Ok(());
        }
        let did = Did {
            act: "choices.changed",
            for_user: Some(&self.user.id),
            subject: Some((self.user.id.as_str(), &self.user.name)),
            say: Some(&changed.join("; ")),
        };
        record(ctx, tx, who, did).await
    }

    fn changed(&self) -> Vec<String> {
        let (was, is) = (&self.user.settings, self.settings);
        let mut changed = Vec::new();
        if was.linked_calendar != is.linked_calendar {
            changed.push(format!("linked calendar: {}", self.named(is.linked_calendar.as_ref())));
        }
        for calendar in &self.calendars {
            let is_linked = is.linked_calendar.as_ref() == Some(&calendar.id);
            let counts = is_linked || self.conflict.contains(&calendar.id);
            if counts != calendar.counts_as_busy {
                let word = if counts { "blocks now" } else { "no longer blocks" };
                changed.push(format!("{} {word}", calendar.name));
            }
            let all_day = self.all_day.map(|ids| ids.contains(&calendar.id));
            if let Some(all_day) = all_day.filter(|all_day| *all_day != calendar.all_day_is_busy) {
                let word = if all_day { "block now" } else { "block as they are marked" };
                changed.push(format!("all-day events in {} {word}", calendar.name));
            }
        }
        if was.private_mode != is.private_mode {
            changed.push(format!("private mode {}", if is.private_mode { "on" } else { "off" }));
        }
        let words = [
            ("import", was.import.as_str(), is.import.as_str()),
            ("outside change", was.on_outside_change.as_str(), is.on_outside_change.as_str()),
            ("what is written", was.write_detail.as_str(), is.write_detail.as_str()),
        ];
        let other = words.into_iter().filter(|(_, was, is)| was != is);
        changed.extend(other.map(|(what, _, is)| format!("{what}: {is}")));
        changed
    }

    fn named(&self, id: Option<&CalendarId>) -> &str {
        let Some(id) = id else { return "none" };
        let found = self.calendars.iter().find(|calendar| calendar.id == *id);
        found.map_or("another", |calendar| calendar.name.as_str())
    }
}

/// Writes down what the switches of a calendar were changed to, if they were.
pub(crate) async fn record_switches(
    ctx: &Context,
    tx: &mut Tx,
    (who, for_user): (Who<'_>, Option<&UserId>),
    (was, counts, all_day): (&Calendar, bool, bool),
) -> Result<(), StoreError> {
    let mut changed = Vec::new();
    if was.counts_as_busy != counts {
        changed.push(if counts { "blocks now" } else { "no longer blocks" });
    }
    if was.all_day_is_busy != all_day {
        changed.push(if all_day { "all-day blocks now" } else { "all-day no longer blocks" });
    }
    if changed.is_empty() {
        return Ok(());
    }
    let did = Did {
        act: "calendar.changed",
        for_user,
        subject: Some((was.id.as_str(), &was.name)),
        say: Some(&changed.join("; ")),
    };
    record(ctx, tx, who, did).await
}
