//! What the buttons and forms of the control pages do.

use std::collections::BTreeMap;

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiff::ToSpan;
use jiff::civil::{DateTime, Time};

use super::page::{FLOODS, VALIDATORS};
use super::pieces::person_path;
use crate::Sandbox;
use crate::faults::{Failure, Faults, Often, Whom};
use crate::feeds::Switches;
use crate::levers::Unknown;
use crate::manners::Preset;
use crate::net::encode;
use crate::world::calendar::{Access, CalendarKind};

pub(crate) type Fields = BTreeMap<String, String>;

/// What a form could not do, in a sentence for its sender.
pub(crate) struct Wrong(pub(crate) StatusCode, pub(crate) &'static str);

impl From<Unknown> for Wrong {
    fn from(_: Unknown) -> Self {
        Self(StatusCode::NOT_FOUND, "There is nothing of that name in the sandbox.")
    }
}

pub(crate) fn back(to: &str, done: Result<String, Wrong>) -> Response {
    match done {
        Ok(said) => Redirect::to(&format!("{to}?done={}", encode(&said, true))).into_response(),
        Err(Wrong(status, why)) => (status, why).into_response(),
    }
}

/// What was done, in a sentence.
pub(crate) fn said(done: Result<(), Unknown>, says: impl Into<String>) -> Result<String, Wrong> {
    done.map(|()| says.into()).map_err(Wrong::from)
}

pub(crate) const NO_SUCH_BUTTON: Wrong = Wrong(StatusCode::NOT_FOUND, "There is no such button.");

/// A time of today, and for how many minutes.
pub(crate) fn today_at(
    sandbox: &Sandbox,
    fields: &Fields,
    unreadable: Wrong,
) -> Result<(DateTime, i64), Wrong> {
    let time: Time = field(fields, "time").parse().map_err(|_| unreadable)?;
    Ok((sandbox.today().to_datetime(time), number(fields, "minutes").unwrap_or(60)))
}

pub(crate) fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", |value| value.trim())
}

pub(crate) fn number<T: std::str::FromStr>(fields: &Fields, name: &str) -> Option<T> {
    field(fields, name).parse().ok()
}

fn often(fields: &Fields, name: &str) -> Often {
    match field(fields, name) {
        "always" => Often::Always,
        times => Often::times(Some(times.parse().unwrap_or(0))),
    }
}

fn faults(fields: &Fields) -> Faults {
    let fail = number(fields, "status").map(|status| Failure {
        status,
        // A status without a count stays until it is called off.
        often: match often(fields, "fail_often") {
            Often::Never => Often::Always,
            often => often,
        },
        retry_after_s: number(fields, "retry_after_s"),
        method: Some(field(fields, "method").to_owned()).filter(|it| !it.is_empty()),
    });
    Faults {
        slow_ms: number(fields, "slow_ms").unwrap_or(0),
        fail,
        web_page: often(fields, "web_page"),
        drop_before: often(fields, "drop_before"),
        drop_after_write: often(fields, "drop_after_write"),
        truncate: often(fields, "truncate"),
        inner_errors: often(fields, "inner_errors"),
        multiget_max: number(fields, "multiget_max"),
        home_empty: fields.contains_key("home_empty"),
        clock_skew_s: number(fields, "clock_skew_s").unwrap_or(0),
    }
}

pub(super) async fn everyone_faults(
    State(sandbox): State<Sandbox>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = sandbox.set_faults(&Whom::Everyone, faults(&fields));
    back("/control", said(done, "Faults of everyone are set."))
}

pub(super) async fn person_faults(
    State(sandbox): State<Sandbox>,
    Path(username): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = sandbox.set_faults(&Whom::person(&username), faults(&fields));
    back(&person_path(&username, &[]), said(done, "Faults are set."))
}

pub(super) async fn feed_faults(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = sandbox.set_faults(&Whom::feed(&name), faults(&fields));
    back("/control", said(done, format!("Faults of {name} are set.")))
}

pub(super) async fn calm(State(sandbox): State<Sandbox>) -> Response {
    sandbox.clear_faults();
    back("/control", Ok("Every fault is called off.".into()))
}

fn preset(fields: &Fields) -> Result<Preset, Wrong> {
    Preset::parse(field(fields, "preset"))
        .ok_or(Wrong(StatusCode::UNPROCESSABLE_ENTITY, "No preset has that name."))
}

pub(super) async fn everyone_preset(
    State(sandbox): State<Sandbox>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = preset(&fields).and_then(|preset| {
        sandbox.set_preset(None, preset)?;
        Ok(format!("The server now behaves like {}.", preset.as_str()))
    });
    back("/control", done)
}

pub(super) async fn person_act(
    State(sandbox): State<Sandbox>,
    Path((username, act)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = person_done(&sandbox, &username, &act, &fields);
    back(&person_path(&username, &[]), done)
}

fn person_done(
    sandbox: &Sandbox,
    username: &str,
    act: &str,
    fields: &Fields,
) -> Result<String, Wrong> {
    Ok(match act {
        "revoke-password" => {
            sandbox.revoke_password(username)?;
            "The app-specific passwords are revoked.".into()
        }
        "new-password" => format!("The new password is {}", sandbox.new_password(username)?),
        "expire-sync-tokens" => {
            sandbox.expire_sync_tokens(username)?;
            "The sync tokens are expired.".into()
        }
        "partition" => {
            let number = number(fields, "partition")
                .ok_or(Wrong(StatusCode::UNPROCESSABLE_ENTITY, "A partition is a number."))?;
            sandbox.move_to_partition(username, number)?;
            format!("The account now lives on partition {number}.")
        }
        "preset" => {
            let preset = preset(fields)?;
            sandbox.set_preset(Some(username), preset)?;
            format!("Their server now behaves like {}.", preset.as_str())
        }
        "add-calendar" => {
            let (kind, access) = (CalendarKind::Events, Access::Owner);
            let name = sandbox.add_calendar(username, field(fields, "name"), kind, access)?;
            format!("The calendar {name} is there.")
        }
        "add-event" => add_event(sandbox, username, fields)?,
        _ => return Err(NO_SUCH_BUTTON),
    })
}

fn add_event(sandbox: &Sandbox, username: &str, fields: &Fields) -> Result<String, Wrong> {
    let bad = Wrong(StatusCode::UNPROCESSABLE_ENTITY, "A time is written like 14:30.");
    let when = today_at(sandbox, fields, bad)?;
    let (calendar, summary) = (field(fields, "calendar"), field(fields, "summary"));
    sandbox.add_event(username, calendar, summary, when)?;
    Ok(format!("{summary} is in the calendar."))
}

pub(super) async fn calendar_act(
    State(sandbox): State<Sandbox>,
    Path((username, calendar, act)): Path<(String, String, String)>,
) -> Response {
    let done = match act.as_str() {
        "lose" => sandbox.lose_calendar(&username, &calendar, true),
        "bring-back" => sandbox.lose_calendar(&username, &calendar, false),
        "empty" => sandbox.empty_calendar(&username, &calendar, true),
        "refill" => sandbox.empty_calendar(&username, &calendar, false),
        _ => Err(Unknown),
    };
    back(&person_path(&username, &[]), said(done, format!("Done with {calendar}: {act}.")))
}

pub(super) async fn event_act(
    State(sandbox): State<Sandbox>,
    Path((username, calendar)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Response {
    let name = field(&fields, "name");
    let done = match field(&fields, "act") {
        "rename" => sandbox.rename_event(&username, &calendar, name, field(&fields, "summary")),
        "delete" => sandbox.delete_event(&username, &calendar, name),
        "move" => {
            let by = number::<i32>(&fields, "minutes").unwrap_or(0).minutes();
            sandbox.move_event(&username, &calendar, name, by)
        }
        _ => Err(Unknown),
    };
    back(&person_path(&username, &[]), said(done, "The event is changed."))
}

pub(super) async fn feed_switches(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = sandbox.change_switches(&name, |switches| turn(switches, &fields));
    back("/control", said(done, format!("Habits of {name} are set.")))
}

fn turn(switches: &mut Switches, fields: &Fields) {
    let on = |name: &str| fields.contains_key(name);
    let choice = |name: &str, text: &str| field(fields, name) == text;
    switches.stamps_now = on("stamps_now");
    switches.unstable_uids = on("unstable_uids");
    switches.empty = on("empty");
    switches.login_page = on("login_page");
    switches.gzip = on("gzip");
    switches.byte_order_mark = on("byte_order_mark");
    switches.lf_only = on("lf_only");
    switches.windows_zones = on("windows_zones");
    switches.floating = on("floating");
    switches.orphan_override = on("orphan_override");
    switches.duplicate_uids = on("duplicate_uids");
    switches.bad_event = on("bad_event");
    switches.user_agent_required = on("user_agent_required");
    let validators = VALIDATORS.iter().find(|(text, _)| choice("validators", text));
    switches.validators = validators.map(|(_, kind)| *kind).unwrap_or_default();
    let flood = FLOODS.iter().find(|(text, _)| choice("flood", text));
    switches.flood = flood.map(|(_, kind)| *kind).unwrap_or_default();
    switches.redirects = number(fields, "redirects").unwrap_or(0);
    switches.extra_events = number(fields, "extra_events").unwrap_or(0);
    switches.slow_body_ms = number(fields, "slow_body_ms").unwrap_or(0);
    let kind = field(fields, "content_type");
    switches.content_type = (!kind.is_empty()).then(|| kind.to_owned());
}
