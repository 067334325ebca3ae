//! How an operator makes this installation known to providers: the texts of the set-up page, by
//! provider (`docs/operating.md` tells what the settings are).

use connection::{IntegrationKind, SetUp, SetUpSetting, SetUpStep, ToCopy};

use crate::config::{Provider, Settings};

/// Every provider that takes a client of this installation, in the order of the page.
pub(crate) fn all(settings: &Settings) -> Vec<SetUp> {
    vec![google(&settings.google), microsoft(settings), zoom()]
}

/// The settings of a provider, and which of them have a value.
fn settings(of: &Provider, names: [&'static str; 4], says: [&'static str; 2]) -> Vec<SetUpSetting> {
    let [id, secret, ends, url] = names;
    let one = |name, say, is_set, is_needed| SetUpSetting { name, say, is_set, is_needed };
    vec![
        one(id, says[0], of.client_id.is_some(), true),
        one(secret, says[1], of.client_secret.is_some(), true),
        one(
            ends,
            "The day on which that secret ends, to be told before.",
            of.ends.is_some(),
            false,
        ),
        one(
            url,
            "Only for a sandbox or a proxy: another address in place of the provider's own.",
            of.url.is_some(),
            false,
        ),
    ]
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
        settings: settings(
            of,
            [
                "DAYMARK_GOOGLE_CLIENT_ID",
                "DAYMARK_GOOGLE_CLIENT_SECRET",
                "DAYMARK_GOOGLE_CLIENT_SECRET_ENDS",
                "DAYMARK_GOOGLE_URL",
            ],
            ["The client ID of step 5.", "The client secret of step 5."],
        ),
        secret_ends: of.ends,
        hook: Some("/hooks/google"),
        notes: &[
            "While the publishing status is “Testing”, Google ends every sign-in after 7 days. \
             Those connections then need their owner: publish the app before people rely on it.",
            "Google keeps at most 100 sign-ins of one account with one client: the next one \
             silently ends the oldest. Use a client of its own for each installation.",
        ],
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
    let mut settings = settings(
        &given.microsoft,
        [
            "DAYMARK_MICROSOFT_CLIENT_ID",
            "DAYMARK_MICROSOFT_CLIENT_SECRET",
            "DAYMARK_MICROSOFT_CLIENT_SECRET_ENDS",
            "DAYMARK_MICROSOFT_URL",
        ],
        ["The “Application (client) ID” of step 2.", "The “Value” of the secret of step 4."],
    );
    settings.push(SetUpSetting {
        name: "DAYMARK_MICROSOFT_TENANT",
        say: "Only to let fewer accounts in: the ID or domain of your organisation, \
              “organizations” for work and school accounts, or “consumers”. Choose the same \
              account types at Microsoft.",
        is_set: given.microsoft_tenant.is_some(),
        is_needed: false,
    });
    SetUp {
        kind: IntegrationKind::new("outlook"),
        name: "Microsoft",
        gives: "Outlook calendars, with Microsoft Teams links",
        later: None,
        mark: "O",
        color: "#0a64ad",
        steps: &MICROSOFT,
        settings,
        secret_ends: given.microsoft.ends,
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

fn zoom() -> SetUp {
    SetUp {
        kind: IntegrationKind::new("zoom"),
        name: "Zoom",
        gives: "Zoom meetings",
        later: Some(
            "Zoom comes with a later version: this one has nothing to enter for it, and cannot \
             check anything. What it will take at Zoom stands here so that it can be prepared.",
        ),
        mark: "Z",
        color: "#0b5cff",
        steps: &ZOOM,
        settings: Vec::new(),
        secret_ends: None,
        hook: None,
        notes: &[],
    }
}

const ZOOM: [SetUpStep; 3] = [
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
        say: "Add these scopes. Keep the client ID and the client secret. Leave the event \
              subscriptions alone until Daymark has an address for them: Zoom checks it at once.",
        copies: &[ToCopy::Text {
            label: "the names of the scopes",
            value: "meeting:write:meeting meeting:update:meeting meeting:delete:meeting \
                    meeting:read:meeting user:read:user",
        }],
    },
];
