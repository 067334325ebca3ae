//! Permissions: what people read on the consent page, and which call needs which.

use crate::oauth::Scopes;

const GRAPH: &str = "https://graph.microsoft.com/";

/// Permissions of Graph, and what they say.
const KNOWN: &[(&str, &str)] = &[
    ("Calendars.Read", "Read your calendars"),
    ("Calendars.Read.Shared", "Read calendars you can access"),
    ("Calendars.ReadBasic", "Read the times of your calendars, without details"),
    ("Calendars.ReadWrite", "Have full access to your calendars"),
    ("Calendars.ReadWrite.Shared", "Read and write to your and shared calendars"),
    ("MailboxSettings.Read", "Read your mailbox settings"),
    ("MailboxSettings.ReadWrite", "Read and write to your mailbox settings"),
    ("OnlineMeetings.ReadWrite", "Read and create your online meetings"),
    ("User.Read", "Sign you in and read your profile"),
];

/// Who a person is, and access while they are away.
const IDENTITY: &[(&str, &str)] = &[
    ("openid", "Sign you in"),
    ("profile", "View your basic profile"),
    ("email", "View your email address"),
    ("offline_access", "Maintain access to what you have given it access to"),
];

/// A scope as it was asked for, by its short name; unknown ones are refused.
pub(crate) fn read(asked: &str) -> Option<String> {
    let name = asked.strip_prefix(GRAPH).unwrap_or(asked);
    let mut all = KNOWN.iter().chain(IDENTITY).map(|(known, _)| *known);
    if name == ".default" {
        return Some(name.to_owned());
    }
    all.find(|known| known.eq_ignore_ascii_case(name)).map(str::to_owned)
}

/// Scopes of a request; `.default` stands for what the program is registered with.
pub(crate) fn read_all(asked: &str) -> Option<Scopes> {
    let scopes: Option<Scopes> = asked.split_whitespace().map(read).collect();
    let mut scopes = scopes?;
    if scopes.remove(".default") {
        let registered = ["Calendars.ReadWrite", "MailboxSettings.Read", "User.Read"];
        scopes.extend(registered.map(str::to_owned));
    }
    Some(scopes)
}

/// What a permission says on the consent page.
pub(crate) fn label(scope: &str) -> &'static str {
    let mut all = KNOWN.iter().chain(IDENTITY);
    all.find(|(known, _)| *known == scope).map_or("", |(_, says)| says)
}

/// The permissions as the token endpoint says them: without those for being away.
pub(crate) fn said(scopes: &Scopes) -> String {
    let told = scopes.iter().filter(|scope| *scope != "offline_access");
    told.cloned().collect::<Vec<_>>().join(" ")
}

/// What a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Profile,
    Settings,
    Read,
    Write,
    /// The calendar is somebody else's.
    ReadShared,
    WriteShared,
}

impl Need {
    fn enough(self) -> &'static [&'static str] {
        match self {
            Self::Profile => &["User.Read"],
            Self::Settings => &["MailboxSettings.Read", "MailboxSettings.ReadWrite"],
            Self::Read => &[
                "Calendars.Read",
                "Calendars.ReadBasic",
                "Calendars.ReadWrite",
                "Calendars.Read.Shared",
                "Calendars.ReadWrite.Shared",
            ],
            Self::Write => &["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"],
            Self::ReadShared => &["Calendars.Read.Shared", "Calendars.ReadWrite.Shared"],
            Self::WriteShared => &["Calendars.ReadWrite.Shared"],
        }
    }

    pub(crate) fn met_by(self, scopes: &Scopes) -> bool {
        self.enough().iter().any(|scope| scopes.contains(*scope))
    }
}

/// May no more than times be told with these?
pub(crate) fn times_only(scopes: &Scopes) -> bool {
    let details = Need::Read.enough().iter().filter(|it| !it.ends_with("Basic"));
    !details.into_iter().any(|scope| scopes.contains(*scope))
}
