//! How an operator makes this installation known to providers: the texts of the set-up page, by
//! provider (`docs/operating.md` tells what the settings are).

use std::sync::Arc;

use connection::{
    ClientCheck, IntegrationKind, SetUp, SetUpSetting, SetUpStep, SignedNotices, ToCopy,
};

use crate::config::{Provider, Settings};

/// Who asks each provider about the client that was entered, where one was; and who knows Zoom's
/// notices.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) google: Option<Arc<dyn ClientCheck>>,
    pub(crate) microsoft: Option<Arc<dyn ClientCheck>>,
    pub(crate) zoom: Option<Arc<dyn ClientCheck>>,
    pub(crate) zoom_notices: Option<Arc<dyn SignedNotices>>,
}

/// Every provider that takes a client of this installation, in the order of the page.
pub(crate) fn all(settings: &Settings, asked: Asked) -> Vec<SetUp> {
    vec![
        SetUp { client: asked.google, ..google(&settings.google) },
        SetUp { client: asked.microsoft, ..microsoft(settings) },
        SetUp { client: asked.zoom, notices: asked.zoom_notices, ..zoom(settings) },
    ]
}

fn needed(name: &'static str, say: &'static str, is_set: bool) -> SetUpSetting {
    SetUpSetting { name, say, is_set, is_needed: true }
}

fn ends(of: &Provider, name: &'static str) -> SetUpSetting {
    let say = "The day on which that secret ends, to be told before.";
    SetUpSetting { name, say, is_set: of.ends.is_some(), is_needed: false }
}

fn url(of: &Provider, name: &'static str) -> SetUpSetting {
    let say = "Only for a sandbox or a proxy: another address in place of the provider's own.";
    SetUpSetting { name, say, is_set: of.url.is_some(), is_needed: false }
}

fn google(of: &Provider) -> SetUp {
    SetUp {
        kind: IntegrationKind::new("google"),
        name: "Google",
        gives: "Google Calendar, with Google Meet links",
        later: None,
        mark: "G",
        color: "#1a66d6",
        steps: &GOOGLE,
        settings: vec![
            needed("DAYMARK_GOOGLE_CLIENT_ID", "The client ID of step 5.", of.client_id.is_some()),
            needed(
                "DAYMARK_GOOGLE_CLIENT_SECRET",
                "The client secret of step 5.",
                of.client_secret.is_some(),
            ),
            ends(of, "DAYMARK_GOOGLE_CLIENT_SECRET_ENDS"),
            url(of, "DAYMARK_GOOGLE_URL"),
        ],
        secret_ends: of.ends,
        hook: Some("/hooks/google"),
        notes: &[
            "While the publishing status is “Testing”, Google ends every sign-in after 7 days. \
             Those connections then need their owner: publish the app before people rely on it.",
            "Google keeps at most 100 sign-ins of one account with one client: the next one \
             silently ends the oldest. Use a client of its own for each installation.",
        ],
        client: None,
        notices: None,
    }
}

const GOOGLE: [SetUpStep; 6] = [
    SetUpStep {
        title: "Make a project and switch the Calendar API on",
        say: "At https://console.cloud.google.com choose or make a project. Then enable the \
              “Google Calendar API” at \
              https://console.cloud.google.com/apis/library/calendar-json.googleapis.com",
        copies: &[],
    },
    SetUpStep {
        title: "Say who asks: the consent screen",
        say: "At https://console.cloud.google.com/auth/overview give the app a name, a support \
              address and a contact. Choose “Internal” if only accounts of your own Google \
              Workspace shall connect: then no review is needed. Otherwise “External”.",
        copies: &[],
    },
    SetUpStep {
        title: "Name what is asked for",
        say: "Under “Data access”, add these scopes. The calendar scopes are “sensitive”: Google \
              wants to verify an external app that asks for them.",
        copies: &[
            ToCopy::Text {
                label: "the scope for the list of calendars",
                value: "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
            },
            ToCopy::Text {
                label: "the scope for events",
                value: "https://www.googleapis.com/auth/calendar.events",
            },
            ToCopy::Text {
                label: "the scope for busy times",
                value: "https://www.googleapis.com/auth/calendar.events.freebusy",
            },
            ToCopy::Text { label: "the other scopes", value: "openid email profile" },
        ],
    },
    SetUpStep {
        title: "Publish it",
        say: "Under “Audience”, press “Publish app”. In “Testing” only people on your list of test \
              users can sign in, and each sign-in ends after 7 days. Until Google has verified a \
              published app, people see a warning first, and at most 100 can connect.",
        copies: &[],
    },
    SetUpStep {
        title: "Make the client",
        say: "Under “Clients”, create a client of the type “Web application”, and give it this \
              address under “Authorised redirect URIs”, exactly so. Google then shows the client \
              ID and the client secret; the secret only once.",
        copies: &[ToCopy::Callback],
    },
    SetUpStep {
        title: "Enter both here",
        say: "Set the two settings above where Daymark is started, and start it again. Push \
              updates need nothing more at Google: Daymark gives it this address by itself.",
        copies: &[ToCopy::Hook],
    },
];

fn microsoft(given: &Settings) -> SetUp {
    let of = &given.microsoft;
    let tenant = SetUpSetting {
        name: "DAYMARK_MICROSOFT_TENANT",
        say: "Only to let fewer accounts in: the ID or domain of your organisation, \
              “organizations” for work and school accounts, or “consumers”. Choose the same \
              account types at Microsoft.",
        is_set: given.microsoft_tenant.is_some(),
        is_needed: false,
    };
    let settings = vec![
        needed(
            "DAYMARK_MICROSOFT_CLIENT_ID",
            "The “Application (client) ID” of step 2.",
            of.client_id.is_some(),
        ),
        needed(
            "DAYMARK_MICROSOFT_CLIENT_SECRET",
            "The “Value” of the secret of step 4.",
            of.client_secret.is_some(),
        ),
        ends(of, "DAYMARK_MICROSOFT_CLIENT_SECRET_ENDS"),
        url(of, "DAYMARK_MICROSOFT_URL"),
        tenant,
    ];
    SetUp {
        kind: IntegrationKind::new("outlook"),
        name: "Microsoft",
        gives: "Outlook calendars, with Microsoft Teams links",
        later: None,
        mark: "O",
        color: "#0a64ad",
        steps: &MICROSOFT,
        settings,
        secret_ends: of.ends,
        hook: Some("/hooks/microsoft"),
        notes: &[
            "A client secret ends on the day that was chosen, after 24 months at the latest. From \
             then on no Outlook connection can be read until a new one is set here as \
             DAYMARK_MICROSOFT_CLIENT_SECRET, and Daymark started again: put the day in your \
             calendar.",
            "Many organisations let nobody connect a program by themselves. Whoever meets that is \
             shown a link here, to send to an administrator of that organisation, who agrees once \
             for everyone.",
        ],
        client: None,
        notices: None,
    }
}

const MICROSOFT: [SetUpStep; 5] = [
    SetUpStep {
        title: "Register an application",
        say: "At https://entra.microsoft.com under “App registrations”, press “New registration”. \
              As supported account types choose accounts in any organisational directory and \
              personal Microsoft accounts: with a narrower choice Microsoft refuses everybody, \
              unless DAYMARK_MICROSOFT_TENANT names it.",
        copies: &[],
    },
    SetUpStep {
        title: "Give it the way back",
        say: "As redirect URI choose the platform “Web” (not “Single-page application”: those \
              sign-ins end after 24 hours) and this address, exactly so. After that, the overview \
              shows the “Application (client) ID”.",
        copies: &[ToCopy::Callback],
    },
    SetUpStep {
        title: "Name what is asked for",
        say: "Under “API permissions”, add these delegated permissions of Microsoft Graph. None \
              of them needs an administrator by itself; some organisations want one all the same.",
        copies: &[ToCopy::Text {
            label: "the names of the permissions",
            value: "openid email profile offline_access User.Read Calendars.ReadWrite \
                    Calendars.ReadWrite.Shared MailboxSettings.Read",
        }],
    },
    SetUpStep {
        title: "Make a client secret",
        say: "Under “Certificates & secrets”, make a new client secret with the longest life that \
              is offered, and copy its “Value”, not its ID. It is shown only once.",
        copies: &[],
    },
    SetUpStep {
        title: "Enter both here",
        say: "Set the two settings above where Daymark is started, and start it again. Push \
              updates need nothing more at Microsoft: Daymark gives it this address by itself.",
        copies: &[ToCopy::Hook],
    },
];

fn zoom(given: &Settings) -> SetUp {
    let of = &given.zoom;
    let settings = vec![
        needed("DAYMARK_ZOOM_CLIENT_ID", "The “Client ID” of step 4.", of.client_id.is_some()),
        needed(
            "DAYMARK_ZOOM_CLIENT_SECRET",
            "The “Client Secret” of step 4.",
            of.client_secret.is_some(),
        ),
        needed(
            "DAYMARK_ZOOM_SECRET_TOKEN",
            "The “Secret Token” of step 5. Without it the push address answers as if it were not \
             there.",
            given.zoom_secret_token.is_some(),
        ),
        url(of, "DAYMARK_ZOOM_URL"),
    ];
    SetUp {
        kind: IntegrationKind::new("zoom"),
        name: "Zoom",
        gives: "Zoom meetings, in a later version",
        later: Some(
            "Nobody can connect an account at Zoom in this version, and no meeting is made there. \
             The app can be prepared: what is set here is checked at Zoom, and the push address \
             answers.",
        ),
        mark: "Z",
        color: "#0b5cff",
        steps: &ZOOM,
        settings,
        secret_ends: None,
        hook: Some("/hooks/zoom"),
        notes: &[
            "In this version, Zoom's notices are told from forged ones, and nothing else is done \
             with them.",
        ],
        client: None,
        notices: None,
    }
}

const ZOOM: [SetUpStep; 6] = [
    SetUpStep {
        title: "Build an app",
        say: "At https://marketplace.zoom.us under “Develop”, build a “General app” that is \
              managed by each user.",
        copies: &[],
    },
    SetUpStep {
        title: "Give it the way back",
        say: "Put this address in as the redirect URL for OAuth, and on the list of allowed \
              addresses, exactly so.",
        copies: &[ToCopy::Callback],
    },
    SetUpStep {
        title: "Name what is asked for",
        say: "Under “Scopes”, add these.",
        copies: &[ToCopy::Text {
            label: "the names of the scopes",
            value: "meeting:write:meeting meeting:update:meeting meeting:delete:meeting \
                    meeting:read:meeting user:read:user",
        }],
    },
    SetUpStep {
        title: "Take the client from it",
        say: "Under “App Credentials”, Zoom shows the “Client ID” and the “Client Secret”.",
        copies: &[],
    },
    SetUpStep {
        title: "Take its secret token, and enter all three here",
        say: "Under “Features”, “Access”, Zoom shows the “Secret Token”, by which it signs what it \
              sends. Set the three settings above where Daymark is started, and start it again.",
        copies: &[],
    },
    SetUpStep {
        title: "Give it the push address",
        say: "Then add an event subscription with this address and these events, and let Zoom \
              validate it. Zoom asks at once, and needs an https address that the internet \
              reaches.",
        copies: &[
            ToCopy::Hook,
            ToCopy::Text {
                label: "the names of the events",
                value: "meeting.updated meeting.deleted app_deauthorized",
            },
        ],
    },
];

#[cfg(test)]
mod tests;
