//! How an installation is made known to a provider: what its operator does there, and enters here.

use std::sync::Arc;

use jiff::civil::Date;

use crate::{ClientCheck, IntegrationKind, SignedNotices};

/// All that the set-up page says of one provider, and what comes of what was entered.
#[derive(Clone)]
pub struct SetUp {
    /// The integration that can be connected then.
    pub kind: IntegrationKind,
    /// The provider's name.
    pub name: &'static str,
    /// What people can connect when it is done.
    pub gives: &'static str,
    /// What holds of a provider whose accounts cannot be connected in this version.
    pub later: Option<&'static str>,
    /// One letter or sign that stands for it.
    pub mark: &'static str,
    /// The colour of the mark, `#rrggbb`.
    pub color: &'static str,
    /// What to do there, in order.
    pub steps: &'static [SetUpStep],
    /// What is to be set here, and whether it is.
    pub settings: Vec<SetUpSetting>,
    /// When the secret of this installation's client ends, as its operator entered it.
    pub secret_ends: Option<Date>,
    /// The path below our public address at which it rings.
    pub hook: Option<&'static str>,
    /// What is good to know before it surprises somebody.
    pub notes: &'static [&'static str],
    /// Asks it about the client that was entered; `None` where none was.
    pub client: Option<Arc<dyn ClientCheck>>,
    /// Knows its notices by the secret that was entered, where it signs them; `None` without one.
    pub notices: Option<Arc<dyn SignedNotices>>,
}

/// One thing to do at a provider.
#[derive(Debug, Clone, Copy)]
pub struct SetUpStep {
    /// In a few words.
    pub title: &'static str,
    /// How; an address in it is shown as a link.
    pub say: &'static str,
    /// What is to be copied there.
    pub copies: &'static [ToCopy],
}

/// Something to be copied to a provider's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToCopy {
    /// Where browsers come back to.
    Callback,
    /// Where it rings.
    Hook,
    /// A text that is the same everywhere.
    Text {
        /// What it is.
        label: &'static str,
        /// As it must be there.
        value: &'static str,
    },
}

/// One setting of the operator's; its value is not shown anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetUpSetting {
    /// Its name in the environment.
    pub name: &'static str,
    /// What is to be put there.
    pub say: &'static str,
    /// Has it a value now?
    pub is_set: bool,
    /// Does nothing work without it?
    pub is_needed: bool,
}
