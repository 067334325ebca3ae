//! The Fix This banner: how many connections need somebody, the worst of them in words, and the
//! button that mends it. One banner above every page, however much is broken.

use std::cmp::Reverse;

use connection::GONE_MEANS;
use maud::{Markup, html};

use super::linked::linked_to_copy;
use super::{icon, words};
use crate::session::{Need, SignedIn};

/// Where all that is broken is mended.
pub(crate) const FIX: &str = "/calendars/settings/connections/fix";
/// The element that the banner stands in, on every page.
pub(crate) const PLACE: &str = "needs";

/// The banner, in its place; the place alone where nothing needs anybody.
pub(crate) fn banner(who: &SignedIn) -> Markup {
    let (own, others): (Vec<_>, Vec<_>) =
        who.needs.iter().partition(|need| need.is_of(&who.user.id));
    let worst = worst(&own).or_else(|| worst(&others));
    html! {
        div id=(PLACE) {
            @if let Some(worst) = worst {
                section .banner aria-label="Connections that need attention" {
                    (icon::alert())
                    div {
                        p .strong { (headline((own.len(), others.len()), worst, who)) }
                        p { (detail(worst, own.len() + others.len() > 1, who)) }
                    }
                    a .button.alarm href=(FIX) { "Fix this" }
                }
            }
        }
    }
}

/// The one that costs most; of equal ones the one that is broken the longest.
fn worst<'n>(needs: &[&'n Need]) -> Option<&'n Need> {
    let weight = |need: &&&Need| (gravity(&need.broken.reason), Reverse(need.broken.since));
    needs.iter().max_by_key(weight).copied()
}

/// It works, but cannot be written to any more.
const READ_ONLY: &str = "read_only";
/// A calendar of it is no longer there.
const GONE: &str = "calendar_gone";

/// How much stops: everything of an account, the writing, one calendar, the news of one.
fn gravity(reason: &str) -> u8 {
    match reason {
        "signed_out" | "password_refused" | "scope_missing" | "consent_by_admin" => 3,
        READ_ONLY => 2,
        GONE => 1,
        _ => 0,
    }
}

fn headline((own, others): (usize, usize), worst: &Need, who: &SignedIn) -> Markup {
    let count = |number: usize| {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        words::count(number, "connection needs", "connections need")
    };
    let since = words::when(worst.broken.since, who);
    html! {
        @match (own, others) {
            (1, 0) => { (worst.kind) " · " (worst.broken.name) " needs you since " (since) }
            (own, 0) => { (count(own)) " you" }
            (0, 1) => {
                (worst.kind) " · " (worst.broken.name) " of " (worst.whose()) " is broken since "
                (since)
            }
            (0, others) => { (count(others)) " their owners" }
            (own, others) => { (count(own)) " you, " (others) " of others need them" }
        }
    }
}

fn detail(worst: &Need, is_one_of_many: bool, who: &SignedIn) -> Markup {
    let broken = &worst.broken;
    html! {
        @if is_one_of_many {
            b { (worst.kind) " · " (broken.name) }
            @if !worst.is_of(&who.user.id) { " of " (worst.whose()) }
            " since " (words::when(broken.since, who)) ": "
        }
        (linked_to_copy(&broken.say_to(&who.user.id))) " "
        @if broken.reason == READ_ONLY {
            "Its busy times are read as before."
        } @else if broken.reason == GONE {
            (GONE_MEANS)
        } @else if let Some(at) = broken.known_at {
            "Until then, its busy times are as of " (words::when(at, who)) "."
        } @else {
            "Until then, nothing is known of its busy times, and no time is offered."
        }
    }
}
