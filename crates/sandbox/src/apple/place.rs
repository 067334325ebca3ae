//! What lies under a path for the person who asks, and how that path is written.

use crate::manners::{Hrefs, Manners};
use crate::net::{decode, encode};
use crate::world::World;
use crate::world::person::Person;

/// A collection beside the calendars in a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aside {
    Inbox,
    Outbox,
    Notifications,
    TrashBin,
}

impl Aside {
    pub(crate) const SCHEDULING: [Self; 3] = [Self::Inbox, Self::Outbox, Self::Notifications];

    pub(crate) fn segment(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Outbox => "outbox",
            Self::Notifications => "notification",
            Self::TrashBin => "trashbin",
        }
    }

    fn there(manners: &Manners) -> impl Iterator<Item = Self> {
        let scheduling =
            manners.scheduling_collections.then_some(Self::SCHEDULING).into_iter().flatten();
        scheduling.chain(manners.trash_bin.then_some(Self::TrashBin))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Where discovery begins.
    Entry,
    Principal,
    Home,
    Aside(Aside),
    /// A calendar, by its place in the world.
    Calendar(usize),
    /// A name within a calendar, whether or not there is something.
    Object(usize, String),
    /// A name in the home under which there is no calendar.
    Vacant(String),
    /// A name within a calendar that is not there.
    Orphan,
    /// Somebody else's.
    Foreign,
    Nowhere,
}

/// The paths of one person, decoded, with their slashes.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    entry: String,
    principal: String,
    home: String,
}

impl Paths {
    fn of(person: &Person, manners: &Manners, write: &dyn Fn(&str) -> String) -> Self {
        let layout = &manners.layout;
        let user = if layout.numbered { person.dsid.to_string() } else { write(&person.username) };
        let fill = |pattern: &str| {
            pattern.replace("{user}", &user).replace("{partition}", &person.partition.to_string())
        };
        Self {
            entry: layout.entry.clone(),
            principal: fill(&layout.principal),
            home: fill(&layout.home),
        }
    }

    fn decoded(person: &Person, manners: &Manners) -> Self {
        Self::of(person, manners, &str::to_owned)
    }

    fn written(person: &Person, manners: &Manners) -> Self {
        Self::of(person, manners, &|name| encode(name, manners.at_sign_encoded))
    }
}

/// What lies under a path for `person`.
pub(crate) fn find(world: &World, person: usize, path: &str) -> Place {
    let Some(owner) = world.people.get(person) else { return Place::Nowhere };
    let manners = world.manners_of(Some(person));
    let paths = Paths::decoded(owner, manners);
    let path = decode(path);
    let slashed = if path.ends_with('/') { path.clone() } else { format!("{path}/") };
    if slashed == paths.home {
        // Where principal and home are one collection, it is the home that also is a principal.
        return Place::Home;
    }
    if slashed == paths.principal {
        return Place::Principal;
    }
    if let Some(rest) = path.strip_prefix(&paths.home) {
        return within_home(world, person, rest);
    }
    if slashed == paths.entry || slashed == "/" || slashed == "/.well-known/caldav/" {
        return Place::Entry;
    }
    let foreign = world.people.iter().enumerate().any(|(at, other)| {
        let theirs = Paths::decoded(other, world.manners_of(Some(at)));
        at != person && (slashed.starts_with(&theirs.home) || slashed == theirs.principal)
    });
    if foreign { Place::Foreign } else { Place::Nowhere }
}

fn within_home(world: &World, person: usize, rest: &str) -> Place {
    let (segment, name) = rest.split_once('/').unwrap_or((rest, ""));
    let manners = world.manners_of(Some(person));
    let aside = Aside::there(manners).find(|aside| aside.segment() == segment);
    if let Some(aside) = aside {
        return if name.is_empty() { Place::Aside(aside) } else { Place::Nowhere };
    }
    let calendar = world
        .seen_by(person)
        .find(|(_, calendar)| calendar.member(person).is_some_and(|m| m.segment == segment))
        .map(|(at, _)| at);
    match calendar {
        Some(at) if name.is_empty() => Place::Calendar(at),
        Some(at) if !name.contains('/') => Place::Object(at, name.to_owned()),
        Some(_) => Place::Nowhere,
        None if name.is_empty() => Place::Vacant(segment.to_owned()),
        None => Place::Orphan,
    }
}

/// Everything directly below a home, as its listing shows it.
pub(crate) fn below_home(world: &World, person: usize) -> Vec<Place> {
    let asides = Aside::there(world.manners_of(Some(person))).map(Place::Aside);
    world.seen_by(person).map(|(at, _)| Place::Calendar(at)).chain(asides).collect()
}

/// How a place is written in an answer.
pub(crate) fn href(world: &World, person: usize, place: &Place, origin: &str) -> String {
    let manners = world.manners_of(Some(person));
    let path = path(world, person, place);
    match manners.hrefs {
        Hrefs::Paths => path,
        Hrefs::Absolute => format!("{origin}{path}"),
    }
}

/// The path of a place, percent-encoded as this server does it.
pub(crate) fn path(world: &World, person: usize, place: &Place) -> String {
    let Some(owner) = world.people.get(person) else { return "/".into() };
    let manners = world.manners_of(Some(person));
    let paths = Paths::written(owner, manners);
    let write = |segment: &str| encode(segment, manners.at_sign_encoded);
    let segment = |at: usize| {
        let member = world.calendars.get(at).and_then(|calendar| calendar.member(person));
        write(member.map_or("", |member| member.segment.as_str()))
    };
    let home = &paths.home;
    match place {
        Place::Principal => paths.principal,
        Place::Home => paths.home,
        Place::Aside(aside) => format!("{home}{}/", aside.segment()),
        Place::Calendar(at) => format!("{home}{}/", segment(*at)),
        Place::Object(at, name) => format!("{home}{}/{}", segment(*at), write(name)),
        Place::Vacant(name) => format!("{home}{}/", write(name)),
        Place::Entry | Place::Orphan | Place::Foreign | Place::Nowhere => paths.entry,
    }
}
