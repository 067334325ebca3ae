//! What surrounds every page: head, sidebar, skip link; and the bare page for who is not signed in.

use maud::{DOCTYPE, Markup, html};

use crate::assets;
use crate::pages::pieces::{banner, icon, initials};
use crate::pages::{developers, messages, people, set_up};
use crate::session::SignedIn;

/// No inline style, no inline script, nothing from elsewhere: colours and positions come from
/// classes and from SVG.
pub(crate) const CONTENT_SECURITY_POLICY: &str = concat!(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; ",
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// Where in the sidebar one is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Week,
    Connections,
    Messages,
    Profile,
    People,
    SetUp,
    Developers,
}

/// A page for someone who is signed in.
pub(crate) struct Page<'p> {
    title: &'p str,
    place: Place,
    stream: Option<String>,
    refresh_s: Option<u32>,
    mends: bool,
}

impl<'p> Page<'p> {
    /// A page of that title.
    pub(crate) fn new(title: &'p str, place: Place) -> Self {
        Self { title, place, stream: None, refresh_s: None, mends: false }
    }

    /// Parts of it change while it is open; `address` tells which.
    pub(crate) fn live(self, address: String) -> Self {
        Self { stream: Some(address), ..self }
    }

    /// Where there is no script, it is loaded again after so many seconds.
    pub(crate) fn refreshed_every(self, seconds: u32) -> Self {
        Self { refresh_s: Some(seconds), ..self }
    }

    /// It is where things are mended: nothing has to lead there.
    pub(crate) fn without_banner(self) -> Self {
        Self { mends: true, ..self }
    }

    /// The whole document around `body`.
    pub(crate) fn show(&self, who: &SignedIn, body: &Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en-GB" {
                (head(self.title, self.refresh_s))
                body {
                    a .skip href="#main" { "Skip to the content" }
                    div .shell {
                        (sidebar(who, self.place))
                        main .page #main tabindex="-1" data-stream=[self.stream.as_deref()] {
                            @if !self.mends { (banner::banner(who)) }
                            (body)
                        }
                    }
                    p #live .unseen role="status" {}
                }
            }
        }
    }
}

/// A page for someone who is not signed in: one card in the middle.
pub(crate) fn bare(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            (head(title, None))
            body .bare {
                main .door #main {
                    p .brand { (icon::daymark()) "Daymark" }
                    div .card { (body) }
                }
                p #live .unseen role="status" {}
            }
        }
    }
}

fn head(title: &str, refresh_s: Option<u32>) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) " · Daymark" }
            link rel="icon" type="image/svg+xml" href=(assets::href("mark.svg"));
            link rel="stylesheet" href=(assets::href("daymark.css"));
            link rel="stylesheet" href=(assets::href("positions.css"));
            script type="module" src=(assets::href("daymark.js")) {}
            @if let Some(seconds) = refresh_s {
                noscript { meta http-equiv="refresh" content=(seconds); }
            }
        }
    }
}

fn sidebar(who: &SignedIn, here: Place) -> Markup {
    let current = |place| (place == here).then_some("page");
    html! {
        header .sidebar {
            a .brand href="/" aria-label="Daymark, to the start" {
                (icon::daymark()) span { "Daymark" }
            }
            nav aria-label="Main" {
                @if !who.connects_only {
                    a href="/week#today" aria-current=[current(Place::Week)] {
                        (icon::week()) span { "Week" }
                    }
                }
                a href="/calendars/settings/connections"
                    aria-current=[current(Place::Connections)] {
                    (icon::plug()) span { "Connections" }
                }
                @if !who.connects_only {
                    a href=(messages::HREF) aria-current=[current(Place::Messages)] {
                        (icon::letter()) span { "Messages" }
                        @if who.unread > 0 {
                            b .count {
                                (who.unread) span .unseen { " unread" }
                            }
                        }
                    }
                    a href="/settings/profile" aria-current=[current(Place::Profile)] {
                        (icon::person()) span { "Profile" }
                    }
                }
                @if set_up::is_for(who) {
                    a href=(people::HREF) aria-current=[current(Place::People)] {
                        (icon::people()) span { "People" }
                    }
                    a href=(set_up::HREF) aria-current=[current(Place::SetUp)] {
                        (icon::key()) span { "Set-up" }
                    }
                    a href=(developers::HREF) aria-current=[current(Place::Developers)] {
                        (icon::brackets()) span { "Developers" }
                    }
                }
            }
            div .whoami {
                span .mark aria-hidden="true" { (initials(&who.user.name)) }
                div {
                    p .strong { (who.user.name) }
                    p .small.faint { (who.account.name) }
                }
                form method="post" action="/sign-out" {
                    button .button.quiet.icon-only type="submit" aria-label="Sign out"
                        title="Sign out" { (icon::leave()) }
                }
            }
        }
    }
}
