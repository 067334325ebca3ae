//! Which calendar of the new account stands for which of the old one's: by name, and only where
//! the name leaves no doubt.

use connection::{Calendar, CalendarId, Examined, Principal, RemoteCalendar};

/// What becomes of one calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// As it is now.
    pub calendar: Calendar,
    /// The new account's calendar of that name; `None` where there is none, or no telling which.
    pub becomes: Option<RemoteCalendar>,
    /// Does either account have several of that name?
    pub is_ambiguous: bool,
    /// Are bookings written to it?
    pub is_linked: bool,
}

/// What a calendar is called, compared.
#[derive(PartialEq, Eq)]
enum Called {
    /// By the account's own name or address, as a provider calls the first one: that name differs
    /// from account to account.
    AsTheAccount,
    Name(String),
}

fn called(name: &str, principal: &Principal) -> Called {
    let name = name.trim().to_lowercase();
    let is_own = name == principal.name.trim().to_lowercase();
    if is_own || principal.addresses.contains(&name) {
        Called::AsTheAccount
    } else {
        Called::Name(name)
    }
}

/// What becomes of each calendar of an account, if another one takes its place.
pub(super) fn fates(
    held: &[Calendar],
    principal: &Principal,
    found: &Examined,
    linked: Option<&CalendarId>,
) -> Vec<Fate> {
    let mut fates: Vec<_> = held
        .iter()
        .map(|calendar| {
            let name = called(&calendar.name, principal);
            let same = held.iter().filter(|other| called(&other.name, principal) == name);
            // One that is gone leaves its name to one that is there.
            let is_gone = calendar.gone_at.is_some();
            let of_name = same.filter(|other| is_gone || other.gone_at.is_none());
            let mut theirs =
                found.calendars.iter().filter(|c| called(&c.name, &found.principal) == name);
            let first = theirs.next();
            let is_ambiguous = first.is_some() && (of_name.count() > 1 || theirs.next().is_some());
            let becomes = first.filter(|_| !is_ambiguous).cloned();
            let is_linked = linked == Some(&calendar.id);
            Fate { calendar: calendar.clone(), becomes, is_ambiguous, is_linked }
        })
        .collect();
    // What is one calendar by its nature, such as a feed, stays it, whatever it is called.
    if let ([only], [theirs]) = (&mut fates[..], &found.calendars[..])
        && only.calendar.remote == theirs.id
    {
        only.becomes = Some(theirs.clone());
    }
    fates
}
