//! A calendar collection: its members, its objects, and the log of changes behind sync tokens.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::apple::xml::Element;
use crate::ical;
use crate::manners::TokenStyle;
use crate::net::fingerprint;

/// What a calendar collection holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarKind {
    #[default]
    Events,
    /// A list of VTODO beside the calendars.
    Reminders,
    /// A subscribed feed, which some servers list among the calendars.
    Subscribed,
}

impl CalendarKind {
    pub(crate) fn components(self) -> &'static [&'static str] {
        match self {
            Self::Events | Self::Subscribed => &["VEVENT"],
            Self::Reminders => &["VTODO"],
        }
    }
}

/// What a person may do in a calendar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    #[default]
    Owner,
    Write,
    Read,
}

#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) person: usize,
    /// What the calendar is called in this person's paths.
    pub(crate) segment: String,
    pub(crate) access: Access,
}

#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) text: String,
    pub(crate) etag: String,
    pub(crate) uid: String,
    pub(crate) revision: u64,
}

#[derive(Debug)]
pub(crate) struct Calendar {
    pub(crate) id: String,
    pub(crate) members: Vec<Member>,
    pub(crate) display_name: String,
    pub(crate) description: Option<String>,
    /// `#RRGGBB`.
    pub(crate) color: String,
    pub(crate) kind: CalendarKind,
    pub(crate) transparent: bool,
    pub(crate) time_zone: Option<String>,
    /// Properties that clients have set and the server only keeps.
    pub(crate) kept: BTreeMap<(String, String), Element>,
    objects: BTreeMap<String, Object>,
    gone: BTreeMap<String, u64>,
    revision: u64,
    epoch: u64,
    /// Taken away: not listed, and 404.
    pub(crate) lost: bool,
    emptied: bool,
}

/// What a sync token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Beginning,
    At(u64),
    Unknown,
}

/// A change since some revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) revision: u64,
    pub(crate) name: String,
    pub(crate) removed: bool,
}

impl Calendar {
    pub(crate) fn new(id: String, display_name: &str, kind: CalendarKind, owner: Member) -> Self {
        Self {
            id,
            members: vec![owner],
            display_name: display_name.to_owned(),
            description: None,
            color: "#1BADF8".into(),
            kind,
            transparent: false,
            time_zone: None,
            kept: BTreeMap::new(),
            objects: BTreeMap::new(),
            gone: BTreeMap::new(),
            revision: 1,
            epoch: 1,
            lost: false,
            emptied: false,
        }
    }

    pub(crate) fn member(&self, person: usize) -> Option<&Member> {
        self.members.iter().find(|member| member.person == person)
    }

    pub(crate) fn object(&self, name: &str) -> Option<&Object> {
        if self.emptied { None } else { self.objects.get(name) }
    }

    pub(crate) fn objects(&self) -> impl Iterator<Item = (&String, &Object)> {
        self.objects.iter().filter(|_| !self.emptied)
    }

    pub(crate) fn is_emptied(&self) -> bool {
        self.emptied
    }

    /// The name under which a UID is stored.
    pub(crate) fn name_of_uid(&self, uid: &str) -> Option<&str> {
        let (name, _) = self.objects().find(|(_, object)| object.uid == uid)?;
        Some(name.as_str())
    }

    /// Stores an object and returns its new `ETag`, with quotes.
    pub(crate) fn put(&mut self, name: &str, text: String) -> String {
        self.revision += 1;
        let uid = ical::uid_of(&text).unwrap_or_default();
        let print = fingerprint(&(&self.id, self.revision, &text));
        let etag = format!("\"C={}@U={print:016x}\"", self.revision);
        self.gone.remove(name);
        let object = Object { text, etag: etag.clone(), uid, revision: self.revision };
        self.objects.insert(name.to_owned(), object);
        etag
    }

    pub(crate) fn remove(&mut self, name: &str) -> bool {
        if self.object(name).is_none() {
            return false;
        }
        self.objects.remove(name);
        self.revision += 1;
        self.gone.insert(name.to_owned(), self.revision);
        true
    }

    /// Notes a change that concerns the collection itself.
    pub(crate) fn touch(&mut self) {
        self.revision += 1;
    }

    /// All tokens handed out so far become unknown.
    pub(crate) fn expire_tokens(&mut self) {
        self.epoch += 1;
        self.touch();
    }

    /// Comes back empty (`true`) or with what it had (`false`), as after a restored backup.
    pub(crate) fn set_emptied(&mut self, emptied: bool) {
        if self.emptied != emptied {
            self.emptied = emptied;
            self.expire_tokens();
        }
    }

    pub(crate) fn ctag(&self) -> String {
        format!("{}-{}-{}", self.id.get(..8).unwrap_or("c"), self.epoch, self.revision)
    }

    /// Changes after a revision, oldest first. A beginning tells only what is there.
    pub(crate) fn changes(&self, since: Token) -> Vec<Change> {
        let after = if let Token::At(revision) = since { revision } else { 0 };
        let change = |name: &String, revision: u64, removed: bool| {
            (revision > after).then(|| Change { revision, name: name.clone(), removed })
        };
        let there =
            self.objects().filter_map(|(name, object)| change(name, object.revision, false));
        let gone = self.gone.iter().filter_map(|(name, revision)| change(name, *revision, true));
        let mut changes: Vec<Change> =
            if after == 0 { there.collect() } else { there.chain(gone).collect() };
        changes.sort_by_key(|change| change.revision);
        changes
    }

    pub(crate) fn latest(&self) -> u64 {
        self.revision
    }

    pub(crate) fn token(&self, revision: u64, style: TokenStyle) -> String {
        let tag = self.id.get(..8).unwrap_or("c");
        let epoch = self.epoch;
        match style {
            TokenStyle::Apple => format!("HwoQEgwAAA{tag}AAAA{epoch:04x}{revision:08x}"),
            TokenStyle::Sabre => format!("http://sabre.io/ns/sync/{epoch:04x}{revision:08x}"),
            TokenStyle::Radicale => {
                format!("http://radicale.org/ns/sync/{tag}{epoch:04x}{revision:08x}")
            }
            TokenStyle::Plain => format!("data:,{tag}-{epoch:04x}{revision:08x}"),
        }
    }

    /// Reads a token back; only one that this calendar made in this epoch is known.
    pub(crate) fn read_token(&self, text: &str, style: TokenStyle) -> Token {
        if text.is_empty() {
            return Token::Beginning;
        }
        let revision = text
            .len()
            .checked_sub(8)
            .and_then(|at| text.get(at..))
            .and_then(|digits| u64::from_str_radix(digits, 16).ok());
        match revision {
            Some(revision) if revision <= self.revision && self.token(revision, style) == text => {
                Token::At(revision)
            }
            _ => Token::Unknown,
        }
    }
}
