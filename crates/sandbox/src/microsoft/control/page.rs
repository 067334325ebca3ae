//! The control pages of Microsoft's side: plain HTML forms.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use maud::{Markup, html};
use serde_json::Value;

use super::forms::ACTS;
use crate::control::{Notice, button, frame, rings, switches};
use crate::microsoft::{
    DirectoryView, MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET, MicrosoftCalendarView,
    MicrosoftPersonView,
};
use crate::net::encode;
use crate::{Origin, Sandbox};

const EVENTS_SHOWN: usize = 40;

/// The address of something about one person.
pub(super) fn path(email: &str, rest: &str) -> String {
    format!("/control/microsoft/people/{}{rest}", encode(email, false))
}

pub(super) async fn show(
    State(sandbox): State<Sandbox>,
    origin: Origin,
    Query(notice): Query<Notice>,
) -> Markup {
    let microsoft = sandbox.microsoft();
    let faults = serde_json::to_value(microsoft.faults(None).unwrap_or_default());
    let manners = serde_json::to_value(microsoft.manners());
    let content = html! {
        dl {
            dt { "Address" } dd { code { (origin.0) } }
            dt { "Client id" } dd { code { (MICROSOFT_CLIENT_ID) } }
            dt { "Client secret" } dd { code { (MICROSOFT_CLIENT_SECRET) } }
            dt { "Now" } dd { (sandbox.now().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()) }
        }
        h2 { "People" }
        @for person in microsoft.people() { (person_card(&person)) }
        h2 { "Organizations" }
        @for tenant in microsoft.tenants() { (tenant_card(&tenant)) }
        h2 { "Clock" }
        form method="post" action="/control/microsoft/clock" {
            label { "Forward, in seconds"
                input type="number" name="forward_s" min="1" required value="3600"; }
            button type="submit" { "Set forward" }
        }
        h2 { "Faults of everyone" }
        (switches("/control/microsoft/faults", &faults.unwrap_or_default()))
        h2 { "Manners" }
        (switches("/control/microsoft/manners", &manners.unwrap_or_default()))
        h2 { "Last rings" }
        (rings(&microsoft.heard()))
    };
    frame("Microsoft", notice.done.as_deref(), &content)
}

fn person_card(person: &MicrosoftPersonView) -> Markup {
    let tokens: usize = person.grants.iter().map(|grant| grant.refresh_tokens).sum();
    html! {
        section class="card" {
            h3 { a href=(path(&person.email, "")) { (person.name) } }
            p { code { (person.email) } " " span class="quiet" {
                (person.tenant.domain) ", " (tokens) " refresh tokens, "
                (person.subscriptions) " subscriptions" } }
        }
    }
}

fn tenant_card(tenant: &DirectoryView) -> Markup {
    let to = format!("/control/microsoft/tenants/{}/consent", tenant.id);
    let (may, label) = if tenant.users_consent {
        ("false", "Let only administrators consent")
    } else {
        ("true", "Let people consent")
    };
    html! {
        section class="card" {
            h3 { (tenant.domain) }
            p class="quiet" { code { (tenant.id) } " "
                @if tenant.users_consent { "people consent by themselves" }
                @else { "an administrator has to consent" }
                @if !tenant.granted.is_empty() { ", for everyone: " (tenant.granted.join(", ")) } }
            form method="post" action=(to) {
                input type="hidden" name="may" value=(may);
                button class="plain" type="submit"
                    aria-label=(format!("{label} in {}", tenant.domain)) { (label) }
            }
        }
    }
}

pub(super) async fn person(
    State(sandbox): State<Sandbox>,
    Path(email): Path<String>,
    Query(notice): Query<Notice>,
) -> Response {
    let microsoft = sandbox.microsoft();
    let known = microsoft.people().into_iter().find(|person| person.email == email);
    let Some(person) = known else { return StatusCode::NOT_FOUND.into_response() };
    let faults = serde_json::to_value(microsoft.faults(Some(&email)).unwrap_or_default());
    let to = |act: &str| path(&email, &format!("/{act}"));
    let content = html! {
        h2 { "Who has been let in" }
        @for grant in &person.grants {
            p { code { (grant.client) } ", " (grant.refresh_tokens) " refresh tokens: "
                (grant.scopes.join(", ")) }
        }
        div class="row" {
            @for (act, label, _) in ACTS { (button(&to(act), label, &person.name)) }
        }
        h2 { "Calendars" }
        @for calendar in microsoft.calendars(&email).unwrap_or_default() {
            (calendar_card(&sandbox, &email, &calendar))
        }
        form method="post" action=(to("add-calendar")) {
            label { "New calendar" input type="text" name="name" required maxlength="80"; }
            button class="plain" type="submit" { "Add" }
        }
        h2 { "Faults of " (person.name) }
        (switches(&to("faults"), &faults.unwrap_or_default()))
    };
    frame(&person.name, notice.done.as_deref(), &content).into_response()
}

fn calendar_card(sandbox: &Sandbox, email: &str, calendar: &MicrosoftCalendarView) -> Markup {
    let to = |act: &str| path(email, &format!("/{act}"));
    let named = html! { input type="hidden" name="calendar" value=(calendar.id); };
    let events = sandbox.microsoft().events(email, &calendar.id).unwrap_or_default();
    html! {
        section class="card" {
            h3 { (calendar.name) }
            p class="quiet" { (calendar.events) " events" }
            form method="post" action=(to("remove-calendar")) {
                (named)
                button class="plain" type="submit"
                    aria-label=(format!("Take {} off the mailbox", calendar.name)) {
                    "Take off the mailbox" }
            }
            form method="post" action=(to("add-event")) {
                (named)
                label { "Title" input type="text" name="subject" required maxlength="200"; }
                label { "Today at" input type="time" name="time" required value="14:00"; }
                label { "Minutes" input type="number" name="minutes" min="1" value="60"; }
                button type="submit" { "Add an event" }
            }
            details {
                summary { "Events" }
                @for event in events.iter().take(EVENTS_SHOWN) {
                    (event_row(&to("event"), calendar, event)) }
            }
        }
    }
}

fn event_row(to: &str, calendar: &MicrosoftCalendarView, event: &Value) -> Markup {
    let member = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let starts = event["start"]["dateTime"].as_str().unwrap_or_default();
    html! {
        form method="post" action=(to) {
            input type="hidden" name="calendar" value=(calendar.id);
            input type="hidden" name="id" value=(member("id"));
            label { (starts.chars().take(16).collect::<String>())
                input type="text" name="subject" required value=(member("subject")); }
            button class="plain" type="submit" name="act" value="rename" { "Rename" }
            label { "Minutes later" input type="number" name="minutes" value="30"; }
            button class="plain" type="submit" name="act" value="move" { "Move" }
            button class="plain" type="submit" name="act" value="delete"
                aria-label=(format!("Delete {}", member("subject"))) { "Delete" }
        }
    }
}
