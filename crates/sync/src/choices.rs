//! What a person chooses for their calendars, saved together with what follows from it.

use calendar::Switches;
use connection::{AccountId, Calendar, CalendarId, StatusCause, Unwritable, UserId};
use store::audit::{self, Act, Actor};
use store::people::{self, CalendarSettings, User};
use store::{Change, StoreError, Tx, calendars, connections};

use crate::{Context, connect, status};

/// What is chosen for the calendars of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// For all of them.
    pub settings: CalendarSettings,
    /// Those that are checked, beside the linked one.
    pub conflict: Vec<CalendarId>,
    /// Those whose all-day events block also where they are marked free.
    pub all_day: Vec<CalendarId>,
}

impl Chosen {
    /// What is saved at present for these calendars.
    pub fn saved(user: &User, calendars: &[&Calendar]) -> Self {
        let (conflict, all_day) = (Vec::new(), Vec::new());
        Self { settings: user.settings.clone(), conflict, all_day }.with(calendars)
    }

    /// The same with further calendars, which stay as they are saved.
    #[must_use]
    pub fn with(mut self, others: &[&Calendar]) -> Self {
        let those =
            |is: fn(&Calendar) -> bool| others.iter().filter(move |c| is(c)).map(|c| c.id.clone());
        self.conflict.extend(those(|calendar| calendar.counts_as_busy));
        self.all_day.extend(those(|calendar| calendar.all_day_is_busy));
        self
    }

    /// Are bookings written there?
    pub fn is_linked(&self, calendar: &Calendar) -> bool {
        self.settings.linked_calendar.as_ref() == Some(&calendar.id)
    }

    /// What saving it will make of a calendar: the linked one is always checked.
    pub fn switches(&self, calendar: &Calendar) -> Switches {
        Switches {
            counts_as_busy: self.is_linked(calendar) || self.conflict.contains(&calendar.id),
            all_day_is_busy: self.all_day.contains(&calendar.id),
        }
    }

    /// In words, what it changes.
    fn changes(&self, user: &User, calendars: &[&Calendar]) -> Vec<String> {
        let (was, is) = (&user.settings, &self.settings);
        let mut changed = Vec::new();
        if was.linked_calendar != is.linked_calendar {
            let named = calendars.iter().find(|calendar| self.is_linked(calendar));
            let none = if is.linked_calendar.is_some() { "another" } else { "none" };
            let name = named.map_or(none, |calendar| calendar.name.as_str());
            changed.push(format!("linked calendar: {name}"));
        }
        for calendar in calendars {
            changed.extend(switched(calendar, self.switches(calendar)));
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
}

/// In words, what is other than before of a calendar whose switches stand so now.
fn switched(calendar: &Calendar, is: Switches) -> Vec<String> {
    let (name, was) = (&calendar.name, calendar.switches());
    let mut changed = Vec::new();
    if was.counts_as_busy != is.counts_as_busy {
        let word = if is.counts_as_busy { "blocks now" } else { "no longer blocks" };
        changed.push(format!("{name} {word}"));
    }
    if was.all_day_is_busy != is.all_day_is_busy {
        let word = if is.all_day_is_busy { "block now" } else { "block as marked" };
        changed.push(format!("all-day events in {name} {word}"));
    }
    changed
}

/// Saves the switches of one calendar, and says what holds from now on.
async fn set(tx: &mut Tx, calendar: &Calendar, wanted: Switches) -> Result<Switches, StoreError> {
    let Switches { counts_as_busy, all_day_is_busy } = wanted;
    let is = calendars::set_switches(tx, &calendar.id, counts_as_busy, all_day_is_busy).await?;
    if is != calendar.switches() {
        tx.announce(Change::Calendar(calendar.id.clone()));
    }
    Ok(is)
}

/// Why bookings of a user cannot be written to a calendar of theirs. Where they are written
/// already, they may stay.
pub async fn unlinkable(
    tx: &mut Tx,
    user: &User,
    calendar: &Calendar,
) -> Result<Option<Unwritable>, StoreError> {
    if user.settings.linked_calendar.as_ref() == Some(&calendar.id) {
        return Ok(None);
    }
    let connection = connections::load(tx, &calendar.connection).await?;
    Ok(connection.and_then(|connection| Unwritable::of(calendar, &connection)))
}

/// Keeps what a user chooses to this transaction until it ends, and says who they are now: so
/// begins whoever saves.
pub async fn hold(tx: &mut Tx, id: &UserId) -> Result<Option<User>, StoreError> {
    connections::hold_of_user(tx, id).await?;
    people::user(tx, id).await
}

/// Makes it so for a user whose choices were held, and for exactly these calendars, loaded since;
/// written down where it changes anything.
pub async fn save(
    ctx: &Context,
    tx: &mut Tx,
    by: Actor<'_>,
    (user, of): (&User, &[&Calendar]),
    chosen: &Chosen,
) -> Result<(), StoreError> {
    people::set_settings(tx, &user.id, &chosen.settings).await?;
    for calendar in of {
        set(tx, calendar, chosen.switches(calendar)).await?;
    }
    connect::settle(ctx, tx, &user.id).await?;
    let changes = chosen.changes(user, of);
    if changes.is_empty() {
        return Ok(());
    }
    for calendar in of {
        tx.announce(Change::Connection(calendar.connection.clone()));
    }
    let act = Act {
        account: &user.account,
        by,
        act: "choices.changed",
        for_user: Some(&user.id).filter(|id| by != Actor::User(id)),
        subject: Some((user.id.as_str(), &user.name)),
        say: Some(&changes.join("; ")),
    };
    audit::record(tx, &act, ctx.clock.now(), ctx.dice.as_ref()).await
}

/// Sets the switches of one calendar of a person, whose connection was held before it was loaded;
/// written down where that changes anything.
pub async fn switch(
    ctx: &Context,
    tx: &mut Tx,
    (account, by): (&AccountId, Actor<'_>),
    owner: Option<&User>,
    (calendar, wanted): (&Calendar, Switches),
) -> Result<(), StoreError> {
    let changed = switched(calendar, set(tx, calendar, wanted).await?);
    status::tell(ctx, tx, &calendar.connection, StatusCause::Person).await?;
    if changed.is_empty() {
        return Ok(());
    }
    let act = Act {
        account,
        by,
        act: "calendar.changed",
        for_user: owner.map(|owner| &owner.id).filter(|id| by != Actor::User(id)),
        subject: Some((calendar.id.as_str(), &calendar.name)),
        say: Some(&changed.join("; ")),
    };
    audit::record(tx, &act, ctx.clock.now(), ctx.dice.as_ref()).await
}
