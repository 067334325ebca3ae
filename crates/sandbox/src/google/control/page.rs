//! The control pages of Google's side: plain HTML forms.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use maud::{Markup, html};
use serde_json::Value;

use crate::control::{Notice, button, frame, rings, switches};
use crate::google::{GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GoogleCalendarView, GooglePersonView};
use crate::net::encode;
use crate::{Origin, Sandbox};

const EVENTS_SHOWN: usize = 40;

/// The address of something about one person.
pub(super) fn path(email: &str, rest: &str) -> String {
    format!("/control/google/people/{}{rest}", encode(email, false))
}

pub(super) async fn show(
    State(sandbox): State<Sandbox>,
    origin: Origin,
    Query(notice): Query<Notice>,
) -> Markup {
    let google = sandbox.google();
    let faults = serde_json::to_value(google.faults(None).unwrap_or_default());
    let manners = serde_json::to_value(google.manners());
    let content = html! {
        dl {
            dt { "Address" } dd { code { (origin.0) } }
            dt { "Client id" } dd { code { (GOOGLE_CLIENT_ID) } }
            dt { "Client secret" } dd { code { (GOOGLE_CLIENT_SECRET) } }
            dt { "Now" } dd { (sandbox.now().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()) }
        }
        h2 { "People" }
        @for person in google.people() { (person_card(&person)) }
        h2 { "Clock" }
        form method="post" action="/control/google/clock" {
            label { "Forward, in seconds"
                input type="number" name="forward_s" min="1" required value="3600"; }
            button type="submit" { "Set forward" }
        }
        h2 { "Faults of everyone" }
        (switches("/control/google/faults", &faults.unwrap_or_default()))
        h2 { "Manners" }
        (switches("/control/google/manners", &manners.unwrap_or_default()))
        h2 { "Last rings" }
        (rings(&google.heard()))
    };
    frame("Google", notice.done.as_deref(), &content)
}

fn person_card(person: &GooglePersonView) -> Markup {
    let tokens: usize = person.grants.iter().map(|grant| grant.refresh_tokens).sum();
    html! {
        section class="card" {
            h3 { a href=(path(&person.email, "")) { (person.name) } }
            p { code { (person.email) } " " span class="quiet" {
                (person.domain.as_deref().unwrap_or("private account")) ", "
                (tokens) " refresh tokens, " (person.channels) " push channels" } }
        }
    }
}

pub(super) async fn person(
    State(sandbox): State<Sandbox>,
    Path(email): Path<String>,
    Query(notice): Query<Notice>,
) -> Response {
    let google = sandbox.google();
    let known = google.people().into_iter().find(|person| person.email == email);
    let Some(person) = known else { return StatusCode::NOT_FOUND.into_response() };
    let faults = serde_json::to_value(google.faults(Some(&email)).unwrap_or_default());
    let to = |act: &str| path(&email, &format!("/{act}"));
    let content = html! {
        h2 { "Who has been let in" }
        @for grant in &person.grants {
            p { code { (grant.client) } ", " (grant.refresh_tokens) " refresh tokens: "
                (grant.scopes.join(", ")) }
        }
        div class="row" {
            (button(&to("revoke"), "Take everything back", &person.name))
            (button(&to("expire-access-tokens"), "End the access tokens", &person.name))
            (button(&to("expire-sync-tokens"), "Expire sync tokens", &person.name))
            (button(&to("silence"), "Close the push channels", &person.name))
        }
        h2 { "Calendars" }
        @for calendar in google.calendars(&email).unwrap_or_default() {
            (calendar_card(&sandbox, &email, &calendar))
        }
        form method="post" action=(to("add-calendar")) {
            label { "New calendar" input type="text" name="summary" required maxlength="80"; }
            button class="plain" type="submit" { "Add" }
        }
        h2 { "Faults of " (person.name) }
        (switches(&to("faults"), &faults.unwrap_or_default()))
    };
    frame(&person.name, notice.done.as_deref(), &content).into_response()
}

fn calendar_card(sandbox: &Sandbox, email: &str, calendar: &GoogleCalendarView) -> Markup {
    let to = |act: &str| path(email, &format!("/{act}"));
    let named = html! { input type="hidden" name="calendar" value=(calendar.id); };
    let events = sandbox.google().events(email, &calendar.id).unwrap_or_default();
    let living = events.iter().filter(|event| event["status"] != "cancelled");
    html! {
        section class="card" {
            h3 { (calendar.summary) }
            p class="quiet" { code { (calendar.id) } ", " (calendar.events) " events" }
            form method="post" action=(to("rename-calendar")) {
                (named)
                label { "New name" input type="text" name="summary" required; }
                button class="plain" type="submit" { "Rename" }
            }
            form method="post" action=(to("remove-calendar")) {
                (named)
                button class="plain" type="submit"
                    aria-label=(format!("Take {} off the list", calendar.summary)) {
                    "Take off the list" }
            }
            form method="post" action=(to("add-event")) {
                (named)
                label { "Title" input type="text" name="summary" required maxlength="200"; }
                label { "Today at" input type="time" name="time" required value="14:00"; }
                label { "Minutes" input type="number" name="minutes" min="1" value="60"; }
                button type="submit" { "Add an event" }
            }
            details {
                summary { "Events" }
                @for event in living.take(EVENTS_SHOWN) { (event_row(email, calendar, event)) }
            }
        }
    }
}

fn event_row(email: &str, calendar: &GoogleCalendarView, event: &Value) -> Markup {
    let member = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let start = &event["start"];
    let starts = start["dateTime"].as_str().or_else(|| start["date"].as_str());
    html! {
        form method="post" action=(path(email, "/event")) {
            input type="hidden" name="calendar" value=(calendar.id);
            input type="hidden" name="id" value=(member("id"));
            label { (starts.unwrap_or_default())
                input type="text" name="summary" required value=(member("summary")); }
            button class="plain" type="submit" name="act" value="rename" { "Rename" }
            label { "Minutes later" input type="number" name="minutes" value="30"; }
            button class="plain" type="submit" name="act" value="move" { "Move" }
            button class="plain" type="submit" name="act" value="delete"
                aria-label=(format!("Delete {}", member("summary"))) { "Delete" }
        }
    }
}
