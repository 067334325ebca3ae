//! A calendar as a small label: its colour, its name, and what part it plays.

use connection::{Calendar, CalendarId, CalendarState};
use jiff::Timestamp;
use maud::{Markup, html};

use super::icon;

/// The chip of a calendar; `linked` is where bookings are written.
pub(crate) fn chip(calendar: &Calendar, linked: Option<&CalendarId>, now: Timestamp) -> Markup {
    let is_linked = linked == Some(&calendar.id);
    let state = match calendar.state(now) {
        CalendarState::Blind => Some("not read lately"),
        CalendarState::Braked => Some("waits for you"),
        CalendarState::Gone => Some("gone"),
        CalendarState::Processing | CalendarState::Synced | CalendarState::Delayed => None,
    };
    html! {
        li .chip.off[!calendar.counts_as_busy] {
            (icon::swatch(&calendar.color))
            span .name { (calendar.name) }
            @if is_linked { b { "Linked" } }
            @if calendar.counts_as_busy { b { "Conflict" } }
            @if !calendar.counts_as_busy { span { "not checked" } }
            @if let Some(state) = state { em { (state) } }
        }
    }
}

/// A calendar with the name of what it belongs to.
pub(crate) fn named(calendar: &Calendar, of: &str) -> Markup {
    html! {
        li .chip {
            (icon::swatch(&calendar.color))
            span .name { (calendar.name) }
            span .of { (of) }
            @if calendar.gone_at.is_some() { em { "gone" } }
        }
    }
}
