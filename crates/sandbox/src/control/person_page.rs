//! The control page of one person: passwords, calendars, today's events, faults.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::page::{Notice, credentials};
use super::pieces::{button, event_form, faults_form, frame, new_event_fields, person_path};
use crate::faults::Whom;
use crate::levers::{CalendarView, PersonView};
use crate::levers_events::Today;
use crate::manners::{Manners, Preset};
use crate::world::calendar::{Access, CalendarKind};
use crate::{Origin, Sandbox};

pub(super) async fn show(
    State(sandbox): State<Sandbox>,
    origin: Origin,
    Path(username): Path<String>,
    Query(notice): Query<Notice>,
) -> Response {
    let known = sandbox.people().into_iter().find(|person| person.username == username);
    let Some(person) = known else { return StatusCode::NOT_FOUND.into_response() };
    let content = html! {
        (credentials(&sandbox, &origin.0, &person))
        (passwords(&person))
        (calendars(&sandbox, &person))
        (today(&sandbox, &person))
        (manners_and_faults(&sandbox, &person))
    };
    frame(&person.name, notice.done.as_deref(), &content).into_response()
}

fn passwords(person: &PersonView) -> Markup {
    let to = |act: &str| person_path(&person.username, &[act]);
    html! {
        h2 { "Passwords and tokens" }
        div class="row" {
            (button(&to("revoke-password"), "Revoke the password", &person.name))
            (button(&to("new-password"), "Give a new password", &person.name))
            (button(&to("expire-sync-tokens"), "Expire sync tokens", &person.name))
        }
        form method="post" action=(to("partition")) {
            label { "Partition host number"
                input type="number" name="partition" min="1" max="999" required
                    value=(person.partition); }
            button class="plain" type="submit" { "Move the account" }
        }
    }
}

fn calendars(sandbox: &Sandbox, person: &PersonView) -> Markup {
    let views = sandbox.calendars(&person.username).unwrap_or_default();
    html! {
        h2 { "Calendars" }
        div class="scroll" tabindex="0" role="region" aria-label="Calendars" {
            table {
                thead { tr { th { "Name" } th { "What" } th { "Entries" } th { "Misbehave" } } }
                tbody { @for view in &views { (calendar_row(person, view)) } }
            }
        }
        form method="post" action=(person_path(&person.username, &["add-calendar"])) {
            label { "New calendar" input type="text" name="name" required maxlength="80"; }
            button class="plain" type="submit" { "Add" }
        }
    }
}

fn calendar_row(person: &PersonView, view: &CalendarView) -> Markup {
    let to = |act: &str| person_path(&person.username, &[&view.segment, act]);
    let access = match view.access {
        Access::Owner => "own",
        Access::Write => "shared, writable",
        Access::Read => "shared, read-only",
    };
    let name = view.display_name.as_str();
    html! {
        tr {
            td { (name) br; code { (view.segment) } }
            td { (access)
                @if view.kind == CalendarKind::Reminders { ", reminders" }
                @if view.kind == CalendarKind::Subscribed { ", subscribed" }
                @if view.lost { " " span class="fault" { "lost" } }
                @if view.emptied { " " span class="fault" { "comes back empty" } } }
            td { (view.events) }
            td { div class="row" {
                @if view.lost { (button(&to("bring-back"), "Bring it back", name)) }
                @else { (button(&to("lose"), "Lose it", name)) }
                @if view.emptied { (button(&to("refill"), "Give its events back", name)) }
                @else { (button(&to("empty"), "Come back empty", name)) }
            } }
        }
    }
}

fn today(sandbox: &Sandbox, person: &PersonView) -> Markup {
    let events = sandbox.events_of_today(&person.username).unwrap_or_default();
    let views = sandbox.calendars(&person.username).unwrap_or_default();
    let plain = views.iter().filter(|view| view.kind == CalendarKind::Events && !view.lost);
    html! {
        h2 { "Today" }
        form method="post" action=(person_path(&person.username, &["add-event"])) {
            label { "Calendar" select name="calendar" {
                @for view in plain {
                    option value=(view.segment) { (view.display_name) } } } }
            (new_event_fields("summary"))
        }
        @if events.is_empty() { p class="quiet" { "No single events today." } }
        @for event in &events { (event_row(person, event)) }
    }
}

fn event_row(person: &PersonView, event: &Today) -> Markup {
    let to = person_path(&person.username, &[&event.calendar, "event"]);
    let hidden = html! { input type="hidden" name="name" value=(event.name); };
    let label = format!("{} in {}", event.starts, event.calendar);
    event_form(&to, &hidden, &label, ("summary", &event.summary))
}

fn manners_and_faults(sandbox: &Sandbox, person: &PersonView) -> Markup {
    let faults = sandbox.faults(&Whom::person(&person.username)).unwrap_or_default();
    let now = sandbox.manners(Some(&person.username));
    html! {
        h2 { "Faults of " (person.name) }
        (faults_form(&person_path(&person.username, &["faults"]), &faults, true))
        h2 { "Manners" }
        form method="post" action=(person_path(&person.username, &["preset"])) {
            label { "Behave like" select name="preset" {
                @for preset in Preset::ALL {
                    option value=(preset.as_str()) selected[Manners::of(preset) == now] {
                        (preset.as_str()) } } } }
            button class="plain" type="submit" { "Set" }
        }
        p class="quiet" { "Single switches: PATCH " code {
            "/control/api/people/" (person.username) "/manners" } }
    }
}
