//! What the buttons and forms of Microsoft's control pages do.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use http::StatusCode;
use jiff::SignedDuration;
use jiff::civil::Time;
use serde_json::json;

use super::page::path;
use crate::Sandbox;
use crate::control::{Fields, UNREADABLE, Wrong, back, field, number, read};
use crate::levers::Unknown;
use crate::microsoft::MicrosoftLevers;

type Lever = fn(&MicrosoftLevers, &str) -> Result<(), Unknown>;

/// What can be done to a person without saying more: name, button, lever.
pub(super) const ACTS: [(&str, &str, Lever); 8] = [
    ("revoke", "Revoke everything", MicrosoftLevers::revoke),
    ("expire-access-tokens", "End the access tokens", MicrosoftLevers::expire_access_tokens),
    ("expire-refresh-tokens", "Let refresh tokens age", MicrosoftLevers::expire_refresh_tokens),
    ("expire-delta-tokens", "Expire delta tokens", MicrosoftLevers::expire_delta_tokens),
    ("renew-ids", "Change ordinary ids", MicrosoftLevers::renew_ids),
    ("silence", "End the subscriptions silently", MicrosoftLevers::silence),
    ("reauthorization-required", "Ask to reauthorize", |microsoft, email| {
        microsoft.send_lifecycle(email, "reauthorizationRequired")
    }),
    ("missed", "Say that notices were missed", |microsoft, email| {
        microsoft.send_lifecycle(email, "missed")
    }),
];

pub(super) async fn faults(State(sandbox): State<Sandbox>, Form(fields): Form<Fields>) -> Response {
    let done = read(&fields).and_then(|faults| {
        sandbox.microsoft().set_faults(None, faults)?;
        Ok("Faults of everyone are set.".into())
    });
    back("/control/microsoft", done)
}

pub(super) async fn person_faults(
    State(sandbox): State<Sandbox>,
    Path(email): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = read(&fields).and_then(|faults| {
        sandbox.microsoft().set_faults(Some(&email), faults)?;
        Ok("Faults are set.".into())
    });
    back(&path(&email, ""), done)
}

pub(super) async fn manners(
    State(sandbox): State<Sandbox>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = read(&fields).map(|manners| {
        sandbox.microsoft().set_manners(manners);
        "Manners are set.".into()
    });
    back("/control/microsoft", done)
}

pub(super) async fn clock(State(sandbox): State<Sandbox>, Form(fields): Form<Fields>) -> Response {
    let done = number(&fields, "forward_s").ok_or(UNREADABLE).map(|seconds| {
        sandbox.set_forward(SignedDuration::from_secs(seconds));
        "The clock is set forward.".into()
    });
    back("/control/microsoft", done)
}

pub(super) async fn consent(
    State(sandbox): State<Sandbox>,
    Path(tenant): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = sandbox.microsoft().set_users_consent(&tenant, field(&fields, "may") == "true");
    back("/control/microsoft", done.map(|()| "That is how it is now.".into()).map_err(Wrong::from))
}

pub(super) async fn act(
    State(sandbox): State<Sandbox>,
    Path((email, act)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Response {
    back(&path(&email, ""), done(&sandbox, &email, &act, &fields))
}

fn done(sandbox: &Sandbox, email: &str, act: &str, fields: &Fields) -> Result<String, Wrong> {
    let microsoft = sandbox.microsoft();
    let (calendar, subject) = (field(fields, "calendar"), field(fields, "subject"));
    if let Some((_, label, lever)) = ACTS.iter().find(|(name, ..)| *name == act) {
        lever(&microsoft, email)?;
        return Ok(format!("Done: {label}."));
    }
    Ok(match act {
        "add-calendar" => {
            microsoft.add_calendar(email, field(fields, "name"))?;
            "The calendar is there.".into()
        }
        "remove-calendar" => {
            microsoft.remove_calendar(email, calendar)?;
            "The calendar is off the mailbox.".into()
        }
        "add-event" => {
            let time: Time = field(fields, "time").parse().map_err(|_| UNREADABLE)?;
            let minutes = number(fields, "minutes").unwrap_or(60);
            let start = sandbox.today().to_datetime(time);
            microsoft.add_event(email, calendar, subject, (start, minutes))?;
            format!("{subject} is in the calendar.")
        }
        "event" => change_event(&microsoft, email, calendar, fields)?,
        _ => return Err(Wrong(StatusCode::NOT_FOUND, "There is no such button.")),
    })
}

fn change_event(
    microsoft: &MicrosoftLevers,
    email: &str,
    calendar: &str,
    fields: &Fields,
) -> Result<String, Wrong> {
    let id = field(fields, "id");
    match field(fields, "act") {
        "rename" => {
            let patch = json!({ "subject": field(fields, "subject") });
            microsoft.patch_event(email, (calendar, id), patch)?;
        }
        "move" => {
            let by = number(fields, "minutes").unwrap_or(0);
            microsoft.move_event(email, (calendar, id), by)?;
        }
        "delete" => microsoft.delete_event(email, calendar, id)?,
        _ => return Err(Wrong(StatusCode::NOT_FOUND, "There is no such button.")),
    }
    Ok("The event is changed.".into())
}
