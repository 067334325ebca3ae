//! The catalogue: every kind of thing that can be connected here. The only file that names the
//! adapters; adding a provider is one crate, one row here, one page in `docs/providers/`.

use std::sync::Arc;

use connection::{
    Catalogue, ClientCheck, Clock as _, Conference, Field, Integration, IntegrationKind, Level,
    SignIn, Watching,
};
use outbound::Client;

use crate::clock::SystemClock;
use crate::config::{Provider, Settings};
use crate::set_up::{self, Asked};

/// How often Google's calendars are asked where Google cannot ring.
const POLL_GOOGLE_S: i64 = 300;
/// The same for Microsoft.
const POLL_OUTLOOK_S: i64 = 300;
/// How often a calendar is asked although its provider rings: a ring can be lost.
const POLL_RINGING_S: i64 = 540;
/// CalDAV has no push: how often it is asked.
const POLL_CALDAV_S: i64 = 300;
/// iCloud is asked more often; its limits bear it (`docs/providers/caldav.md`).
const POLL_ICLOUD_S: i64 = 120;
/// A feed is asked this often unless it gives a hint of its own.
const POLL_FEED_S: i64 = 3_600;

/// All that can be connected, in the order of the page.
pub(crate) fn catalogue(settings: &Settings) -> anyhow::Result<Catalogue> {
    let client = client(settings)?;
    let (google, outlook) = (google(&client, settings), outlook(&client, settings));
    let zoom = zoom(&client, settings);
    let asked = Asked {
        google: asked(&google),
        microsoft: asked(&outlook),
        zoom: zoom.client,
        zoom_notices: zoom.notices,
    };
    let rows = vec![google, outlook, icloud(&client, settings), caldav(&client), feed(&client)];
    Ok(Catalogue::new(rows).with_set_ups(set_up::all(settings, asked)))
}

/// Who asks the provider of a row about the client that was entered.
fn asked(row: &Integration) -> Option<Arc<dyn ClientCheck>> {
    row.sign_in.oauth().cloned().map(|adapter| -> Arc<dyn ClientCheck> { adapter })
}

/// The one way out, with what the operator allows.
pub(crate) fn client(settings: &Settings) -> anyhow::Result<Client> {
    let now: outbound::Now = Arc::new(|| SystemClock.now());
    let mut out = outbound::Settings::new(concat!("Daymark/", env!("CARGO_PKG_VERSION")), now);
    out.allow = settings.allow_addresses.clone();
    Ok(Client::new(out)?)
}

fn google(client: &Client, settings: &Settings) -> Integration {
    let Provider { url, client_id, client_secret, .. } = settings.google.clone();
    let settings = google::Settings { base: url, client_id, client_secret };
    let adapter = google::adapter(client.clone(), settings);
    Integration {
        kind: IntegrationKind::new("google"),
        name: "Google",
        tagline: "Calendar and Meet",
        about: "Reads the calendars of a Google Account, and writes bookings to the one you \
                choose. A booking there can have a Google Meet link.",
        mark: "G",
        color: "#1a66d6",
        level: Level::User,
        sign_in: SignIn::OAuth { adapter: adapter.sign_in },
        calendars: Some(adapter.calendars),
        free_busy: Some(adapter.free_busy),
        watch: Some(Watching {
            adapter: adapter.watch,
            hook: "/hooks/google",
            poll_every_s: POLL_RINGING_S,
        }),
        conference: Some(Conference::Meet),
        poll_every_s: POLL_GOOGLE_S,
        mend: "Google no longer lets Daymark in: access was taken back, or has ended. Sign in \
               there again.",
        withdraw: "Daymark's access is taken back at Google, too, unless another connection \
                   here lives by it. Should that fail, remove it at \
                   https://myaccount.google.com/connections.",
    }
}

fn outlook(client: &Client, settings: &Settings) -> Integration {
    let Provider { url, client_id, client_secret, .. } = settings.microsoft.clone();
    let tenant = settings.microsoft_tenant.clone();
    let settings = microsoft::Settings { base: url, tenant, client_id, client_secret };
    let adapter = microsoft::adapter(client.clone(), settings);
    Integration {
        kind: IntegrationKind::new("outlook"),
        name: "Outlook",
        tagline: "Microsoft 365 and Outlook.com",
        about: "Reads the calendars of a Microsoft account, of work, school or one's own, and \
                writes bookings to the one you choose. In a work or school account, a booking \
                there can have a Microsoft Teams link.",
        mark: "O",
        color: "#0a64ad",
        level: Level::User,
        sign_in: SignIn::OAuth { adapter: adapter.sign_in },
        calendars: Some(adapter.calendars),
        free_busy: adapter.free_busy,
        watch: adapter.watch.map(|adapter| Watching {
            adapter,
            hook: "/hooks/microsoft",
            poll_every_s: POLL_RINGING_S,
        }),
        conference: Some(Conference::Teams),
        poll_every_s: POLL_OUTLOOK_S,
        mend: "Microsoft no longer lets Daymark in: access was taken back, or has ended. Sign in \
               there again.",
        withdraw: "To take Daymark's access back at Microsoft as well, remove it at \
                   myaccount.microsoft.com, or for an account of your own at \
                   account.live.com/consent/Manage.",
    }
}

/// Nobody's account at Zoom can be connected yet: it is no row.
fn zoom(client: &Client, settings: &Settings) -> zoom::Adapter {
    let Provider { url, client_id, client_secret, .. } = settings.zoom.clone();
    let secret_token = settings.zoom_secret_token.clone();
    let settings = zoom::Settings { base: url, client_id, client_secret, secret_token };
    zoom::adapter(client.clone(), settings)
}

fn icloud(client: &Client, settings: &Settings) -> Integration {
    let adapter = caldav::icloud(client.clone(), settings.icloud_url.clone());
    Integration {
        kind: IntegrationKind::new("icloud"),
        name: "iCloud",
        tagline: "App-specific password",
        about: "Reads the calendars of an Apple Account, and writes bookings to the one you \
                choose.",
        mark: "i",
        color: "#555b61",
        level: Level::User,
        sign_in: SignIn::Password { adapter: adapter.sign_in, fields: &ICLOUD_FIELDS },
        calendars: Some(adapter.calendars),
        free_busy: None,
        watch: None,
        conference: None,
        poll_every_s: POLL_ICLOUD_S,
        mend: "Apple refused the app-specific password. Changing the password of an Apple Account \
               withdraws all of them: make a new one at account.apple.com, Sign-In and Security, \
               and enter it here.",
        withdraw: "To take Daymark's access back at Apple as well, delete its app-specific \
                   password at account.apple.com, Sign-In and Security.",
    }
}

fn caldav(client: &Client) -> Integration {
    let adapter = caldav::server(client.clone());
    Integration {
        kind: IntegrationKind::new("caldav"),
        name: "CalDAV",
        tagline: "Nextcloud, Fastmail, own server",
        about: "Reads the calendars of any server that speaks CalDAV, and writes bookings to the \
                one you choose.",
        mark: "D",
        color: "#0f5f6e",
        level: Level::User,
        sign_in: SignIn::Password { adapter: adapter.sign_in, fields: &CALDAV_FIELDS },
        calendars: Some(adapter.calendars),
        free_busy: None,
        watch: None,
        conference: None,
        poll_every_s: POLL_CALDAV_S,
        mend: "The server refused the password. If it was changed there, or an app password was \
               deleted, enter the new one here.",
        withdraw: "If you made an app password for Daymark, delete it at the server as well.",
    }
}

fn feed(client: &Client) -> Integration {
    let adapter = caldav::feed(client.clone());
    Integration {
        kind: IntegrationKind::new("feed"),
        name: "Calendar feed",
        tagline: "Any .ics address or file, read only",
        about: "Reads a calendar that is published at an address, or from a file that you \
                upload. Nothing is ever written there.",
        mark: "≋",
        color: "#8a4b12",
        level: Level::User,
        sign_in: SignIn::Password { adapter: adapter.sign_in, fields: &FEED_FIELDS },
        calendars: Some(adapter.calendars),
        free_busy: None,
        watch: None,
        conference: None,
        poll_every_s: POLL_FEED_S,
        mend: "The address of this feed is no longer accepted. Copy its present address at the \
               place that publishes it, and enter it here.",
        withdraw: "If the address is secret, you can withdraw it at the place that publishes it.",
    }
}

static ICLOUD_FIELDS: [Field; 2] = [
    Field {
        name: "username",
        label: "Apple Account",
        tip: "The e-mail address or phone number that you sign in to Apple with.",
        hint: "",
        example: "dana@icloud.com",
        pattern: "",
        pattern_say: "",
        optional: false,
    },
    Field {
        name: "password",
        label: "App-specific password",
        tip: "At account.apple.com: Sign-In and Security, then App-Specific Passwords. It needs \
              two-factor authentication. You can withdraw it there at any time.",
        hint: "Four groups of four letters. Not the password that you sign in to Apple with.",
        example: "abcd-efgh-ijkl-mnop",
        pattern: r"\s*([A-Za-z]{4}[\s\-]*){3}[A-Za-z]{4}\s*",
        pattern_say: "An app-specific password has 16 letters: xxxx-xxxx-xxxx-xxxx.",
        optional: false,
    },
];

static CALDAV_FIELDS: [Field; 3] = [
    Field {
        name: "address",
        label: "Server",
        tip: "The address of the calendar server, or only its host. Daymark finds the rest.",
        hint: "",
        example: "cloud.example.org",
        pattern: "",
        pattern_say: "",
        optional: false,
    },
    Field {
        name: "username",
        label: "User name",
        tip: "",
        hint: "Often your whole e-mail address.",
        example: "",
        pattern: "",
        pattern_say: "",
        optional: false,
    },
    Field {
        name: "password",
        label: "Password",
        tip: "Where the server offers app passwords (Nextcloud, Fastmail), make one for Daymark: \
              it can be withdrawn without changing yours.",
        hint: "",
        example: "",
        pattern: "",
        pattern_say: "",
        optional: false,
    },
];

static FEED_FIELDS: [Field; 2] = [
    Field {
        name: "address",
        label: "Address of the feed",
        tip: "Google calls it the secret address in iCal format; Outlook, the ICS link; iCloud, a \
              public calendar. Whoever has it can read the calendar: Daymark keeps it sealed.",
        hint: "Begins with https:// or webcal://",
        example: "https://example.org/calendar.ics",
        pattern: r"\s*([Hh][Tt][Tt][Pp][Ss]?|[Ww][Ee][Bb][Cc][Aa][Ll][Ss]?)://\S+\s*",
        pattern_say: "The address begins with https:// or webcal://.",
        optional: true,
    },
    Field {
        name: "file",
        label: "Or a calendar file",
        tip: "An .ics file is read once. To bring it up to date, upload a newer version of it on \
              the page of its connection.",
        hint: "An .ics file of at most 10 MB.",
        example: "",
        pattern: "",
        pattern_say: "",
        optional: true,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Flags, Layers};

    /// A minute of the ten is for the reading itself.
    #[test]
    fn whatever_changes_at_an_account_is_seen_within_ten_minutes_even_where_no_ring_comes() {
        let layers = Layers::new(&Flags::default(), std::iter::empty(), None).unwrap();
        let catalogue = catalogue(&Settings::read(&layers).unwrap()).unwrap();
        let mut ringing = Vec::new();
        for integration in catalogue.rows().iter().filter(|row| row.kind.as_str() != "feed") {
            let kind = integration.kind.as_str();
            assert!(integration.poll_every_s <= 540, "{kind}");
            let Some(watching) = &integration.watch else { continue };
            assert_eq!(watching.poll_every_s, 540, "{kind}: as in the simulation");
            ringing.push(kind);
        }
        assert_eq!(ringing, ["google", "outlook"]);
    }

    #[test]
    fn museum_36_whoever_apple_shuts_out_reads_what_did_it_and_what_to_make() {
        let layers = Layers::new(&Flags::default(), std::iter::empty(), None).unwrap();
        let catalogue = catalogue(&Settings::read(&layers).unwrap()).unwrap();
        let mend = catalogue.find("icloud").unwrap().mend;
        for part in [
            "refused the app-specific password",
            "Changing the password of an Apple Account withdraws all of them",
            "make a new one at account.apple.com",
        ] {
            assert!(mend.contains(part), "{part}: {mend}");
        }
    }
}
