//! The control pages of a provider: plain HTML forms.

use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use maud::{Markup, html};
use serde_json::{Value, json};

use crate::Origin;
use crate::control::{
    Notice, button, event_form, frame, instant, new_event_fields, rings, switches,
};
use crate::net::encode;
use crate::oauth::GrantView;
use crate::provider::levers::Levers;
use crate::provider::{Calendars, Provider};

const EVENTS_SHOWN: usize = 40;

/// The address of a provider's control page, or of something below it.
pub(crate) fn path<P: Provider>(rest: &str) -> String {
    format!("/control/{}{rest}", P::PATH)
}

/// The address of something about one person.
pub(super) fn person_path<P: Provider>(email: &str, rest: &str) -> String {
    path::<P>(&format!("/people/{}{rest}", encode(email, false)))
}

/// The first page, with what the provider itself shows of its people.
pub(crate) fn first<P: Provider>(
    levers: &Levers<P>,
    origin: &Origin,
    notice: &Notice,
    people: &Markup,
) -> Markup {
    let content = html! {
        dl {
            dt { "Address" } dd { code { (origin.0) } }
            dt { "Client id" } dd { code { (P::CLIENT.id) } }
            dt { "Client secret" } dd { code { (P::CLIENT.secret) } }
            dt { "Now" } dd { (instant(levers.sandbox.now())) }
        }
        h2 { "People" }
        (people)
        h2 { "Clock" }
        form method="post" action=(path::<P>("/clock")) {
            label { "Forward, in seconds"
                input type="number" name="forward_s" min="1" required value="3600"; }
            button type="submit" { "Set forward" }
        }
        h2 { "Faults of everyone" }
        (switches(&path::<P>("/faults"), &json!(levers.faults(None).unwrap_or_default())))
        h2 { "Manners" }
        (switches(&path::<P>("/manners"), &json!(levers.manners())))
        h2 { "Last rings" }
        (rings(&levers.heard()))
    };
    frame(P::NAME, notice.done.as_deref(), &content)
}

/// A person among others: name and address, where they belong, and what rings for them.
pub(crate) fn person_card<P: Provider>(
    (name, email): (&str, &str),
    grants: &[GrantView],
    (belongs, rings): (&str, &str),
) -> Markup {
    let tokens: usize = grants.iter().map(|grant| grant.refresh_tokens).sum();
    html! {
        section class="card" {
            h3 { a href=(person_path::<P>(email, "")) { (name) } }
            p { code { (email) } " " span class="quiet" {
                (belongs) ", " (tokens) " refresh tokens, " (rings) } }
        }
    }
}

pub(super) async fn person<P: Calendars>(
    levers: Levers<P>,
    Path(email): Path<String>,
    Query(notice): Query<Notice>,
) -> Response {
    let known = levers.read(|provider| {
        let at = provider.names().position(|(known, _)| known == email)?;
        let name = provider.names().nth(at)?.1.to_owned();
        Some((name, provider.issuer().grants_of(at)))
    });
    let Some((name, grants)) = known else { return StatusCode::NOT_FOUND.into_response() };
    let to = |act: &str| person_path::<P>(&email, &format!("/{act}"));
    let content = html! {
        h2 { "Who has been let in" }
        @for grant in &grants {
            p { code { (grant.client) } ", " (grant.refresh_tokens) " refresh tokens: "
                (grant.scopes.join(", ")) }
        }
        div class="row" {
            @for (act, label, _) in P::ACTS { (button(&to(act), label, &name)) }
        }
        h2 { "Calendars" }
        @for calendar in levers.calendars(&email).unwrap_or_default() {
            (calendar_card(&levers, &email, &json!(calendar)))
        }
        form method="post" action=(to("add-calendar")) {
            label { "New calendar"
                input type="text" name=(P::CALENDAR_TITLE) required maxlength="80"; }
            button class="plain" type="submit" { "Add" }
        }
        h2 { "Faults of " (name) }
        (switches(&to("faults"), &json!(levers.faults(Some(&email)).unwrap_or_default())))
    };
    frame(&name, notice.done.as_deref(), &content).into_response()
}

/// A calendar as its JSON tells it, with what can be done to it and its first events.
fn calendar_card<P: Calendars>(levers: &Levers<P>, email: &str, calendar: &Value) -> Markup {
    let to = |act: &str| person_path::<P>(email, &format!("/{act}"));
    let id = calendar["id"].as_str().unwrap_or_default();
    let title = calendar[P::CALENDAR_TITLE].as_str().unwrap_or_default();
    let named = html! { input type="hidden" name="calendar" value=(id); };
    let events = levers.events(email, id).unwrap_or_default();
    let living = events.iter().filter(|event| event["status"] != "cancelled");
    html! {
        section class="card" {
            h3 { (title) }
            p class="quiet" { code { (id) } ", " (calendar["events"]) " events" }
            form method="post" action=(to("rename-calendar")) {
                (named)
                label { "New name" input type="text" name=(P::CALENDAR_TITLE) required; }
                button class="plain" type="submit" { "Rename" }
            }
            form method="post" action=(to("remove-calendar")) {
                (named)
                button class="plain" type="submit"
                    aria-label=(format!("Take {title} off the list")) { "Take off the list" }
            }
            form method="post" action=(to("add-event")) { (named) (new_event_fields(P::TITLE)) }
            details {
                summary { "Events" }
                @for event in living.take(EVENTS_SHOWN) {
                    (event_row::<P>(&to("event"), &named, event)) }
            }
        }
    }
}

fn event_row<P: Calendars>(to: &str, calendar: &Markup, event: &Value) -> Markup {
    let start = &event["start"];
    let starts = start["dateTime"].as_str().or_else(|| start["date"].as_str()).unwrap_or_default();
    let starts = starts.get(..16).unwrap_or(starts);
    let title = event[P::TITLE].as_str().unwrap_or_default();
    let hidden = html! {
        (calendar) input type="hidden" name="id" value=(event["id"].as_str().unwrap_or_default());
    };
    event_form(to, &hidden, starts, (P::TITLE, title))
}
