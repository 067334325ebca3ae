//! Permissions: what people read on the consent page, and which call needs which.

use crate::oauth::Scopes;

const PREFIX: &str = "https://www.googleapis.com/auth/";

/// A permission that can be ticked, and what it says.
const TICKABLE: &[(&str, &str)] = &[
    ("calendar", "See, edit, share and permanently delete all your calendars"),
    ("calendar.readonly", "See and download any calendar you can access"),
    ("calendar.events", "View and edit events on all your calendars"),
    ("calendar.events.readonly", "View events on all your calendars"),
    ("calendar.events.owned", "See, create, change and delete events on calendars you own"),
    ("calendar.events.owned.readonly", "See the events on calendars you own"),
    ("calendar.calendarlist", "See, add and remove calendars you are subscribed to"),
    ("calendar.calendarlist.readonly", "See the list of calendars you are subscribed to"),
    ("calendar.calendars", "See and change the properties of calendars, and create calendars"),
    ("calendar.calendars.readonly", "See the title, description and time zone of calendars"),
    ("calendar.freebusy", "View your availability in your calendars"),
    ("calendar.events.freebusy", "See the availability on calendars you have access to"),
    ("calendar.settings.readonly", "View your calendar settings"),
    ("calendar.acls", "See and change the sharing of calendars you own"),
    ("calendar.acls.readonly", "See the sharing of calendars you own"),
    ("calendar.app.created", "Make calendars, and see and change events on them"),
    ("adwords", "See, edit, create and delete your Google Ads accounts"),
];

const MEETINGS: &[(&str, &str)] = &[
    ("meetings.space.created", "Create and change conferences made with this program"),
    ("meetings.space.readonly", "Read information about any of your conferences"),
];

/// Who a person is; granted by signing in, without a box to tick.
const IDENTITY: [(&str, &str); 3] = [
    ("openid", "openid"),
    ("email", "https://www.googleapis.com/auth/userinfo.email"),
    ("profile", "https://www.googleapis.com/auth/userinfo.profile"),
];

/// A scope as it was asked for, in the form in which it is granted; unknown ones are refused.
pub(crate) fn read(asked: &str) -> Option<String> {
    let known = |(short, full): &&(&str, &str)| *short == asked || *full == asked;
    if let Some((_, full)) = IDENTITY.iter().find(known) {
        return Some((*full).to_owned());
    }
    label(asked).map(|_| asked.to_owned())
}

/// What a permission says on the consent page. Those of identity say nothing there.
pub(crate) fn label(scope: &str) -> Option<&'static str> {
    let name = scope.strip_prefix(PREFIX)?;
    let all = TICKABLE.iter().chain(MEETINGS);
    all.clone().find(|(known, _)| *known == name).map(|(_, says)| *says)
}

/// What a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    ReadList,
    WriteList,
    ReadCalendar,
    WriteCalendar,
    ReadEvents,
    WriteEvents,
    FreeBusy,
    ReadSettings,
}

impl Need {
    fn enough(self) -> &'static [&'static str] {
        match self {
            Self::ReadList => &[
                "calendar",
                "calendar.readonly",
                "calendar.calendarlist",
                "calendar.calendarlist.readonly",
            ],
            Self::WriteList => &["calendar", "calendar.calendarlist"],
            Self::ReadCalendar => &[
                "calendar",
                "calendar.readonly",
                "calendar.calendars",
                "calendar.calendars.readonly",
                "calendar.app.created",
            ],
            Self::WriteCalendar => &["calendar", "calendar.calendars", "calendar.app.created"],
            Self::ReadEvents => &[
                "calendar",
                "calendar.readonly",
                "calendar.events",
                "calendar.events.readonly",
                "calendar.events.owned",
                "calendar.events.owned.readonly",
                "calendar.events.freebusy",
            ],
            Self::WriteEvents => &["calendar", "calendar.events", "calendar.events.owned"],
            Self::FreeBusy => {
                &["calendar", "calendar.readonly", "calendar.freebusy", "calendar.events.freebusy"]
            }
            Self::ReadSettings => &["calendar", "calendar.readonly", "calendar.settings.readonly"],
        }
    }

    pub(crate) fn met_by(self, scopes: &Scopes) -> bool {
        let name = |scope: &str| scope.strip_prefix(PREFIX).map(str::to_owned);
        let held: Vec<String> = scopes.iter().filter_map(|scope| name(scope)).collect();
        held.iter().any(|name| self.enough().contains(&name.as_str()))
    }
}

/// Are the events of calendars that somebody else owns out of reach with these?
pub(crate) fn owned_only(scopes: &Scopes) -> bool {
    let full = ["calendar", "calendar.readonly", "calendar.events", "calendar.events.readonly"];
    let holds = |name: &&str| scopes.contains(&format!("{PREFIX}{name}"));
    !full.iter().any(holds)
        && ["calendar.events.owned", "calendar.events.owned.readonly"].iter().any(holds)
}

/// May no more than times be told with these?
pub(crate) fn times_only(scopes: &Scopes) -> bool {
    let details = Need::ReadEvents.enough().iter().filter(|it| !it.ends_with("freebusy"));
    let mut held = details.map(|name| format!("{PREFIX}{name}"));
    !held.any(|scope| scopes.contains(&scope))
}
