//! Pieces of the control pages: the frame around them, the form of faults, small buttons.

use maud::{DOCTYPE, Markup, html};

use crate::faults::{Failure, Faults, Often};
use crate::net::encode;

/// The head of every page.
pub(crate) fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            title { (title) }
            link rel="stylesheet" href="/control/style.css";
            link rel="icon" href="data:,";
        }
    }
}

/// A whole page.
pub(crate) fn frame(title: &str, notice: Option<&str>, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&format!("{title} · Sandbox")))
            body {
                a class="skip" href="#content" { "Skip to the content" }
                header { p { a href="/control" { "Sandbox" } " " span class="quiet" {
                    "the outside world on localhost; nothing here is real" } } }
                main id="content" {
                    h1 { (title) }
                    @if let Some(notice) = notice { p class="notice" role="status" { (notice) } }
                    (content)
                }
            }
        }
    }
}

/// The address of something about one person.
pub(super) fn person_path(username: &str, rest: &[&str]) -> String {
    let mut path = format!("/control/people/{}", encode(username, false));
    for part in rest {
        path.push('/');
        path.push_str(&encode(part, false));
    }
    path
}

/// A button that posts to an address.
pub(crate) fn button(to: &str, says: &str, about: &str) -> Markup {
    html! {
        form method="post" action=(to) {
            button class="plain" type="submit" aria-label=(format!("{says}: {about}")) { (says) }
        }
    }
}

/// What a new event of today needs; `title` is the field of its title.
pub(crate) fn new_event_fields(title: &str) -> Markup {
    html! {
        label { "Title" input type="text" name=(title) required maxlength="200"; }
        label { "Today at" input type="time" name="time" required value="14:00"; }
        label { "Minutes"
            input type="number" name="minutes" min="1" max="1440" required value="60"; }
        button type="submit" { "Add an event" }
    }
}

/// A form that renames, moves and deletes an event.
pub(crate) fn event_form(
    to: &str,
    hidden: &Markup,
    label: &str,
    (field, title): (&str, &str),
) -> Markup {
    html! {
        form method="post" action=(to) {
            (hidden)
            label { (label) input type="text" name=(field) required value=(title); }
            button class="plain" type="submit" name="act" value="rename" { "Rename" }
            label { "Minutes later" input type="number" name="minutes" value="30"; }
            button class="plain" type="submit" name="act" value="move" { "Move" }
            button class="plain" type="submit" name="act" value="delete"
                aria-label=(format!("Delete {title}")) { "Delete" }
        }
    }
}

/// How a counted fault is written into a field: empty, a number, or `always`.
pub(super) fn often(often: Often) -> String {
    match often {
        Often::Never => String::new(),
        Often::Times(times) => times.to_string(),
        Often::Always => "always".into(),
    }
}

fn number<N: ToString + PartialEq + Default>(value: &N) -> String {
    if *value == N::default() { String::new() } else { value.to_string() }
}

fn counted(name: &str, label: &str, value: Often) -> Markup {
    html! {
        label { (label)
            input type="text" name=(name) value=(often(value)) placeholder="times, or always"
                inputmode="text" autocomplete="off";
        }
    }
}

/// The form of faults, filled with those that are set.
pub(super) fn faults_form(to: &str, faults: &Faults, for_calendars: bool) -> Markup {
    let none = Failure::default();
    let fail = faults.fail.as_ref().unwrap_or(&none);
    html! {
        form class="grid" method="post" action=(to) {
            label { "Be slow, in ms"
                input type="number" min="0" max="600000" name="slow_ms"
                    value=(number(&faults.slow_ms)); }
            label { "Fail with status"
                input type="number" min="400" max="599" name="status"
                    value=(number(&fail.status)); }
            (counted("fail_often", "…how often", fail.often))
            label { "…Retry-After, in s"
                input type="number" min="0" name="retry_after_s"
                    value=(fail.retry_after_s.map(|s| s.to_string()).unwrap_or_default()); }
            label { "…only this method"
                input type="text" name="method" placeholder="all" autocomplete="off"
                    value=(fail.method.as_deref().unwrap_or_default()); }
            (counted("web_page", "Answer a web page", faults.web_page))
            (counted("drop_before", "Cut before anything", faults.drop_before))
            (counted("truncate", "Truncate the body", faults.truncate))
            @if for_calendars {
                (counted("drop_after_write", "Drop after a write", faults.drop_after_write))
                (counted("inner_errors", "Errors inside a 207", faults.inner_errors))
                label { "Short multiget: at most"
                    input type="number" min="0" name="multiget_max"
                        value=(faults.multiget_max.map(|n| n.to_string()).unwrap_or_default()); }
                label class="box" {
                    input type="checkbox" name="home_empty" checked[faults.home_empty];
                    "Home lists no calendar" }
            }
            label { "Clock is off by, in s"
                input type="number" name="clock_skew_s" value=(number(&faults.clock_skew_s)); }
            button type="submit" { "Set" }
        }
    }
}
