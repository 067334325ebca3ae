//! The catalogue: all that the house knows about a kind of thing that can be connected.

use std::fmt;
use std::sync::Arc;

use crate::{Calendars, Conference, FreeBusy, OAuthSignIn, PasswordSignIn, Secret, SetUp, Watch};

/// The name of a kind of integration, as the API spells it. The catalogue says which exist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntegrationKind(String);

impl IntegrationKind {
    /// The kind of that name; whether it exists is for the catalogue to say.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// As the API spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IntegrationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who may hold a connection of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Each person connects their own.
    User,
    /// The business connects it once.
    Account,
}

/// One field of a sign-in form, and how it is explained.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// `address`, `username`, `password` or `file`: its name in the form and in the API's errors.
    pub name: &'static str,
    /// What stands above it.
    pub label: &'static str,
    /// What the `?` button beside the label explains; empty for none.
    pub tip: &'static str,
    /// What stands below it.
    pub hint: &'static str,
    /// An example inside the empty field.
    pub example: &'static str,
    /// A regular expression (HTML `pattern`) that a good value matches; empty for none.
    pub pattern: &'static str,
    /// What to say beside the field, as it is typed, while the pattern does not match.
    pub pattern_say: &'static str,
    /// May it stay empty?
    pub optional: bool,
}

/// What a person typed into a sign-in form.
#[derive(Debug, Clone, Default)]
pub struct SignInForm {
    /// The address of a server or feed.
    pub address: Option<Secret>,
    /// The user name or account.
    pub username: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// The text of an uploaded calendar file.
    pub file: Option<Secret>,
    /// What that file is called.
    pub file_name: Option<String>,
}

/// How one signs in to a kind of integration.
#[derive(Clone)]
pub enum SignIn {
    /// By what is typed into a form of ours.
    Password {
        /// Examines what was typed.
        adapter: Arc<dyn PasswordSignIn>,
        /// What the form asks, in order.
        fields: &'static [Field],
    },
    /// At the provider's own page.
    OAuth {
        /// `None`: the operator has not made a client there yet.
        adapter: Option<Arc<dyn OAuthSignIn>>,
    },
}

impl SignIn {
    /// As the API spells it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Password { .. } => "password",
            Self::OAuth { .. } => "oauth",
        }
    }

    /// Can it be used here, or must the operator set it up first?
    pub fn is_set_up(&self) -> bool {
        !matches!(self, Self::OAuth { adapter: None })
    }

    /// What our form asks; nothing where the provider has a page of its own.
    pub fn fields(&self) -> &'static [Field] {
        match self {
            Self::Password { fields, .. } => fields,
            Self::OAuth { .. } => &[],
        }
    }

    /// Signing in by what is typed, where that is the way.
    pub fn password(&self) -> Option<&Arc<dyn PasswordSignIn>> {
        match self {
            Self::Password { adapter, .. } => Some(adapter),
            Self::OAuth { .. } => None,
        }
    }

    /// Signing in at the provider's page, where that is the way and it is set up.
    pub fn oauth(&self) -> Option<&Arc<dyn OAuthSignIn>> {
        match self {
            Self::OAuth { adapter } => adapter.as_ref(),
            Self::Password { .. } => None,
        }
    }
}

/// How a provider rings.
#[derive(Clone)]
pub struct Watching {
    /// Opens and closes channels.
    pub adapter: Arc<dyn Watch>,
    /// The path below our public address that is called.
    pub hook: &'static str,
    /// How often a calendar is asked all the same while its provider rings.
    pub poll_every_s: i64,
}

/// One row of the catalogue.
#[derive(Clone)]
pub struct Integration {
    /// Its name in the API.
    pub kind: IntegrationKind,
    /// Its name on the page.
    pub name: &'static str,
    /// A few words below the name on its tile.
    pub tagline: &'static str,
    /// What to know before connecting, in a sentence or two.
    pub about: &'static str,
    /// One letter or sign that stands for it.
    pub mark: &'static str,
    /// The colour of the mark, `#rrggbb`.
    pub color: &'static str,
    /// Who may hold a connection of this kind.
    pub level: Level,
    /// How one signs in.
    pub sign_in: SignIn,
    /// The calendars it gives.
    pub calendars: Option<Arc<dyn Calendars>>,
    /// How calendars that show no more than busy and free are read.
    pub free_busy: Option<Arc<dyn FreeBusy>>,
    /// How it rings when a calendar changes.
    pub watch: Option<Watching>,
    /// The video meetings that its events can bring along, at accounts that have them.
    pub conference: Option<Conference>,
    /// How often its calendars are asked, unless the far side gives a hint.
    pub poll_every_s: i64,
    /// What to say when the far side no longer lets us in: what happened, and what to do.
    pub mend: &'static str,
    /// What becomes, at the provider, of what Daymark was given, or where to take it back; said
    /// when disconnecting.
    pub withdraw: &'static str,
}

/// All that can be connected here, in the order of the page.
#[derive(Clone, Default)]
pub struct Catalogue {
    rows: Vec<Integration>,
    set_ups: Vec<SetUp>,
}

impl Catalogue {
    /// The rows, in the order of the page.
    pub fn new(rows: Vec<Integration>) -> Self {
        Self { rows, set_ups: Vec::new() }
    }

    /// The same, with how its operator sets providers up.
    #[must_use]
    pub fn with_set_ups(self, set_ups: Vec<SetUp>) -> Self {
        Self { set_ups, ..self }
    }

    /// How the operator sets providers up, in the order of the page.
    pub fn set_ups(&self) -> &[SetUp] {
        &self.set_ups
    }

    /// How the provider of a kind is set up.
    pub fn set_up(&self, kind: &str) -> Option<&SetUp> {
        self.set_ups.iter().find(|set_up| set_up.kind.as_str() == kind)
    }

    /// The row of a kind.
    pub fn find(&self, kind: &str) -> Option<&Integration> {
        self.rows.iter().find(|row| row.kind.as_str() == kind)
    }

    /// All rows.
    pub fn rows(&self) -> &[Integration] {
        &self.rows
    }
}
