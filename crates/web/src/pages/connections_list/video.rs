//! Video meetings that come with a connected account.

use connection::{Calendar, CalendarAccess, Conference, ConnectionState};
use maud::{Markup, html};

use super::List;
use crate::pages::pieces::{icon, words};
use crate::pages::standing::Standing;

impl List<'_> {
    /// The card; it is empty where no account brings any.
    pub(super) fn video(&self) -> Markup {
        let brings: Vec<_> = self.all.iter().filter_map(|s| Some((s, brings(s)?))).collect();
        html! {
            div #video {
                @if !brings.is_empty() {
                    section .card aria-labelledby="video-title" {
                        header {
                            div {
                                h2 #video-title { "Video conferencing" }
                                p { "A booking written to such an account can have its own link." }
                            }
                        }
                        ul .connections {
                            @for (standing, conference) in brings { (line(standing, conference)) }
                        }
                    }
                }
            }
        }
    }
}

/// What the calendars of an account can bring along.
pub(crate) fn brings(standing: &Standing) -> Option<Conference> {
    let takes = |calendar: &&Calendar| {
        calendar.gone_at.is_none() && calendar.access == CalendarAccess::Writer
    };
    let mut calendars = standing.calendars.iter().map(|(calendar, _)| calendar).filter(takes);
    calendars.find_map(|calendar| calendar.conference)
}

fn line(standing: &Standing, conference: Conference) -> Markup {
    let name = &standing.connection.principal.name;
    let (state, say) = match standing.status.state {
        ConnectionState::Attention => ("delayed", "Waits for the account"),
        ConnectionState::Paused => ("delayed", "Paused"),
        ConnectionState::Processing | ConnectionState::Synced | ConnectionState::Delayed => {
            ("synced", "Ready")
        }
    };
    html! {
        li .connection {
            (mark(conference))
            div .who {
                h3 { (conference.name()) }
                p { "Comes with " (words::name(name)) }
            }
            span class={ "tag " (state) } { (say) }
            a .button.quiet href=(standing.href())
                aria-label={ "Manage " (name) ", which brings " (conference.name()) } { "Manage" }
        }
    }
}

/// Its sign, in its colour.
pub(crate) fn mark(conference: Conference) -> Markup {
    match conference {
        Conference::Meet => icon::mark("M", "#00796b"),
        Conference::Teams => icon::mark("T", "#4b53bc"),
    }
}
