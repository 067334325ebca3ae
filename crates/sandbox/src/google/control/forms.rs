//! What the buttons and forms of Google's control pages do.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use http::StatusCode;
use jiff::SignedDuration;
use jiff::civil::Time;
use serde_json::json;

use super::page::path;
use crate::Sandbox;
use crate::control::{Fields, UNREADABLE, Wrong, back, field, number, read};

pub(super) async fn faults(State(sandbox): State<Sandbox>, Form(fields): Form<Fields>) -> Response {
    let done = read(&fields).and_then(|faults| {
        sandbox.google().set_faults(None, faults)?;
        Ok("Faults of everyone are set.".into())
    });
    back("/control/google", done)
}

pub(super) async fn person_faults(
    State(sandbox): State<Sandbox>,
    Path(email): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = read(&fields).and_then(|faults| {
        sandbox.google().set_faults(Some(&email), faults)?;
        Ok("Faults are set.".into())
    });
    back(&path(&email, ""), done)
}

pub(super) async fn manners(
    State(sandbox): State<Sandbox>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = read(&fields).map(|manners| {
        sandbox.google().set_manners(manners);
        "Manners are set.".into()
    });
    back("/control/google", done)
}

pub(super) async fn clock(State(sandbox): State<Sandbox>, Form(fields): Form<Fields>) -> Response {
    let done = number(&fields, "forward_s").ok_or(UNREADABLE).map(|seconds| {
        sandbox.set_forward(SignedDuration::from_secs(seconds));
        "The clock is set forward.".into()
    });
    back("/control/google", done)
}

pub(super) async fn act(
    State(sandbox): State<Sandbox>,
    Path((email, act)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Response {
    back(&path(&email, ""), done(&sandbox, &email, &act, &fields))
}

fn done(sandbox: &Sandbox, email: &str, act: &str, fields: &Fields) -> Result<String, Wrong> {
    let google = sandbox.google();
    let (calendar, summary) = (field(fields, "calendar"), field(fields, "summary"));
    Ok(match act {
        "revoke" => {
            google.revoke(email)?;
            "Everything that they allowed is taken back.".into()
        }
        "expire-access-tokens" => {
            google.expire_access_tokens(email)?;
            "The access tokens have ended.".into()
        }
        "expire-sync-tokens" => {
            google.expire_sync_tokens(email)?;
            "The sync tokens are expired.".into()
        }
        "silence" => {
            google.silence(email)?;
            "The push channels are closed.".into()
        }
        "add-calendar" => {
            google.add_calendar(email, summary)?;
            format!("The calendar {summary} is there.")
        }
        "rename-calendar" => {
            google.rename_calendar(email, calendar, summary)?;
            format!("The calendar is now called {summary}.")
        }
        "remove-calendar" => {
            google.remove_calendar(email, calendar)?;
            "The calendar is off the list.".into()
        }
        "add-event" => {
            let time: Time = field(fields, "time").parse().map_err(|_| UNREADABLE)?;
            let minutes = number(fields, "minutes").unwrap_or(60);
            let start = sandbox.today().to_datetime(time);
            google.add_event(email, calendar, summary, (start, minutes))?;
            format!("{summary} is in the calendar.")
        }
        "event" => change_event(sandbox, email, calendar, fields)?,
        _ => return Err(Wrong(StatusCode::NOT_FOUND, "There is no such button.")),
    })
}

fn change_event(
    sandbox: &Sandbox,
    email: &str,
    calendar: &str,
    fields: &Fields,
) -> Result<String, Wrong> {
    let (google, id) = (sandbox.google(), field(fields, "id"));
    match field(fields, "act") {
        "rename" => {
            let patch = json!({ "summary": field(fields, "summary") });
            google.patch_event(email, (calendar, id), patch)?;
        }
        "move" => {
            let by = number(fields, "minutes").unwrap_or(0);
            google.move_event(email, (calendar, id), by)?;
        }
        "delete" => google.delete_event(email, calendar, id)?,
        _ => return Err(Wrong(StatusCode::NOT_FOUND, "There is no such button.")),
    }
    Ok("The event is changed.".into())
}
