//! How a connection hears of changes: its provider rings, or it is polled, and why.

use connection::{Calendar, Integration};
use jiff::SignedDuration;
use maud::{Markup, html};

use super::linked::linked;
use super::words;
use crate::pages::standing::Standing;

/// What is polled so seldom is mostly read because somebody looks at it.
const SELDOM_S: i64 = 600;

/// How its calendars hear of changes, in two or three words; nothing while that is not known yet,
/// and of a file, which hears of nothing.
pub(crate) fn how(standing: &Standing, row: Option<&Integration>) -> Option<String> {
    if standing.is_file() {
        return None;
    }
    let counted = heard(standing);
    let asked = counted.iter().filter(|calendar| !calendar.push);
    let every_s = asked.clone().map(|calendar| calendar.poll_every_s).min();
    let Some(every_s) = every_s else {
        return (!counted.is_empty()).then(|| "push updates".to_owned());
    };
    let is_opening = asked.clone().all(|calendar| calendar.push_trouble.is_none());
    if row.is_some_and(|row| row.watch.is_some()) && is_opening {
        return None;
    }
    let every = every(every_s);
    let asked = asked.count();
    if asked < counted.len() {
        let block =
            if counted.iter().all(|calendar| calendar.counts_as_busy) { " that block" } else { "" };
        let all = counted.len();
        let are = if asked == 1 { "is" } else { "are" };
        return Some(format!("push updates, but {asked} of the {all}{block} {are} polled {every}"));
    }
    let besides = if every_s < SELDOM_S { "" } else { ", and whenever you open this page" };
    Some(format!("polled {every}{besides}"))
}

/// Why its provider does not ring, where it should: once for each reason.
pub(crate) fn why_not(standing: &Standing) -> Markup {
    let counted = heard(standing);
    let mut whys: Vec<(&str, Vec<&str>)> = Vec::new();
    for calendar in &counted {
        let Some(trouble) = calendar.push_trouble.as_ref().filter(|_| !calendar.push) else {
            continue;
        };
        match whys.iter_mut().find(|(say, _)| *say == trouble.say) {
            Some((_, names)) => names.push(&calendar.name),
            None => whys.push((&trouble.say, vec![&calendar.name])),
        }
    }
    html! {
        @for (say, names) in whys {
            p .small.soft {
                "No push updates"
                @if names.len() < counted.len() {
                    " for " @for (nth, name) in names.iter().enumerate() {
                        @if nth > 0 { ", " } "“" (name) "”"
                    }
                }
                ": "
                (linked(&words::sentence(say)))
            }
        }
    }
}

/// How one calendar hears of changes, while it is asked at all.
pub(crate) fn of_calendar(calendar: &Calendar, rings: bool) -> Option<String> {
    let is_opening = rings && calendar.push_trouble.is_none();
    match calendar.push {
        true => Some("push updates".to_owned()),
        false if is_opening => None,
        false => Some(format!("polled {}", every(calendar.poll_every_s))),
    }
}

/// The calendars that count and are still there; all of them where none counts.
fn heard(standing: &Standing) -> Vec<&Calendar> {
    let there = || standing.calendars.iter().map(|(c, _)| c).filter(|c| c.gone_at.is_none());
    let counted: Vec<_> = there().filter(|calendar| calendar.counts_as_busy).collect();
    if counted.is_empty() { there().collect() } else { counted }
}

fn every(seconds: i64) -> String {
    match seconds {
        60 => "every minute".to_owned(),
        3_600 => "every hour".to_owned(),
        120..3_600 if seconds % 60 == 0 => format!("every {} minutes", seconds / 60),
        _ => format!("every {}", words::length(SignedDuration::from_secs(seconds))),
    }
}

#[cfg(test)]
mod tests {
    use super::every;

    #[test]
    fn an_interval_is_said_as_people_say_it() {
        let said = [60, 90, 120, 300, 1_800, 3_600, 7_200].map(every);
        assert_eq!(
            said,
            [
                "every minute",
                "every 1 min",
                "every 2 minutes",
                "every 5 minutes",
                "every 30 minutes",
                "every hour",
                "every 2 h"
            ]
        );
    }
}
