//! What the buttons and forms of a provider's control pages do.

use axum::extract::{Form, Path};
use axum::response::Response;
use jiff::SignedDuration;
use serde_json::json;

use super::page::{path, person_path};
use crate::control::{
    Fields, NO_SUCH_BUTTON, UNREADABLE, Wrong, back, field, number, read, today_at,
};
use crate::provider::levers::Levers;
use crate::provider::{Calendars, Provider};

pub(super) async fn faults<P: Provider>(levers: Levers<P>, Form(fields): Form<Fields>) -> Response {
    let done = read(&fields).and_then(|faults| {
        levers.set_faults(None, faults)?;
        Ok("Faults of everyone are set.".into())
    });
    back(&path::<P>(""), done)
}

pub(super) async fn person_faults<P: Provider>(
    levers: Levers<P>,
    Path(email): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = read(&fields).and_then(|faults| {
        levers.set_faults(Some(&email), faults)?;
        Ok("Faults are set.".into())
    });
    back(&person_path::<P>(&email, ""), done)
}

pub(super) async fn manners<P: Provider>(
    levers: Levers<P>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = read(&fields).map(|manners| {
        levers.set_manners(manners);
        "Manners are set.".into()
    });
    back(&path::<P>(""), done)
}

pub(super) async fn clock<P: Provider>(levers: Levers<P>, Form(fields): Form<Fields>) -> Response {
    let done = number(&fields, "forward_s").ok_or(UNREADABLE).map(|seconds| {
        levers.sandbox.set_forward(SignedDuration::from_secs(seconds));
        "The clock is set forward.".into()
    });
    back(&path::<P>(""), done)
}

pub(super) async fn act<P: Calendars>(
    levers: Levers<P>,
    Path((email, act)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Response {
    back(&person_path::<P>(&email, ""), done(&levers, &email, &act, &fields))
}

fn done<P: Calendars>(
    levers: &Levers<P>,
    email: &str,
    act: &str,
    fields: &Fields,
) -> Result<String, Wrong> {
    let (calendar, name) = (field(fields, "calendar"), field(fields, P::CALENDAR_TITLE));
    if let Some((_, label, lever)) = P::ACTS.iter().find(|(name, ..)| *name == act) {
        lever(levers, email)?;
        return Ok(format!("Done: {label}."));
    }
    Ok(match act {
        "add-calendar" => {
            levers.add_calendar(email, name)?;
            format!("The calendar {name} is there.")
        }
        "rename-calendar" => {
            levers.rename_calendar(email, calendar, name)?;
            format!("The calendar is now called {name}.")
        }
        "remove-calendar" => {
            levers.remove_calendar(email, calendar)?;
            "The calendar is off the list.".into()
        }
        "add-event" => {
            let when = today_at(&levers.sandbox, fields, UNREADABLE)?;
            let title = field(fields, P::TITLE);
            levers.add_event(email, calendar, title, when)?;
            format!("{title} is in the calendar.")
        }
        "event" => change_event(levers, email, calendar, fields)?,
        _ => return Err(NO_SUCH_BUTTON),
    })
}

fn change_event<P: Calendars>(
    levers: &Levers<P>,
    email: &str,
    calendar: &str,
    fields: &Fields,
) -> Result<String, Wrong> {
    let id = field(fields, "id");
    match field(fields, "act") {
        "rename" => {
            let patch = json!({ P::TITLE: field(fields, P::TITLE) });
            levers.patch_event(email, (calendar, id), patch)?;
        }
        "move" => {
            let by = number(fields, "minutes").unwrap_or(0);
            levers.move_event(email, (calendar, id), by)?;
        }
        "delete" => levers.delete_event(email, calendar, id)?,
        _ => return Err(NO_SUCH_BUTTON),
    }
    Ok("The event is changed.".into())
}
