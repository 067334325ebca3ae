//! The first control page: everyone, the feeds, and what has been asked.

use axum::extract::{Query, State};
use axum::response::IntoResponse;
use http::header;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use super::pieces::{button, faults_form, frame, person_path};
use crate::faults::{Faults, Whom};
use crate::feeds::{Flood, Switches, Validators};
use crate::levers::PersonView;
use crate::manners::Preset;
use crate::net::encode;
use crate::{Origin, Sandbox, Visit};

const VISITS_SHOWN: usize = 40;

#[derive(Debug, Deserialize)]
pub(crate) struct Notice {
    pub(crate) done: Option<String>,
}

pub(crate) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

pub(super) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css")], include_str!("style.css"))
}

pub(super) async fn show(
    State(sandbox): State<Sandbox>,
    origin: Origin,
    Query(notice): Query<Notice>,
) -> Markup {
    let origin = origin.0;
    let everyone = sandbox.faults(&Whom::Everyone).unwrap_or_default();
    let preset = sandbox.preset();
    let content = html! {
        p { "Calendars in " (sandbox.time_zone()) ", now "
            time { (instant(sandbox.now())) } ". "
            "The same as JSON: " a href="/control/api" { "/control/api" } "." }
        p { "Two have pages of their own: " a href="/control/google" { "Google" } " and "
            a href="/control/microsoft" { "Microsoft" } "." }
        h2 id="people" { "People" }
        @for person in sandbox.people() { (person_card(&sandbox, &origin, &person)) }
        h2 id="everyone" { "Everyone" }
        section class="card" {
            h3 { "Manners" }
            form method="post" action="/control/everyone/preset" {
                label { "Behave like" select name="preset" {
                    @for known in Preset::ALL {
                        option value=(known.as_str()) selected[Some(known) == preset] {
                            (known.as_str()) } } } }
                button type="submit" { "Set" }
            }
            h3 { "Faults" }
            (faults_form("/control/everyone/faults", &everyone, true))
            h3 { "Calm" }
            (button("/control/calm", "Call off every fault", "of everyone and of every feed"))
        }
        h2 id="feeds" { "Feeds" }
        @for name in sandbox.feeds() { (feed_card(&sandbox, &origin, &name)) }
        h2 id="visits" { "Last requests" }
        (visits(&sandbox.visits()))
    };
    frame("Control", notice.done.as_deref(), &content)
}

fn person_card(sandbox: &Sandbox, origin: &str, person: &PersonView) -> Markup {
    let calendars = sandbox.calendars(&person.username).unwrap_or_default();
    let faulty =
        sandbox.faults(&Whom::person(&person.username)).is_ok_and(|it| it != Faults::default());
    html! {
        section class="card" {
            h3 { a href=(person_path(&person.username, &[])) { (person.name) }
                @if faulty { " " span class="fault" { "misbehaves" } } }
            (credentials(sandbox, origin, person))
            p { @for (at, calendar) in calendars.iter().enumerate() {
                @if at > 0 { " · " }
                (calendar.display_name) " "
                span class="quiet" { (calendar.events)
                    @if calendar.lost { ", lost" }
                    @if calendar.emptied { ", comes back empty" } } } }
            p { a href=(person_path(&person.username, &[])) {
                "Passwords, calendars, events, faults of " (person.name) } }
        }
    }
}

/// What a person types to connect.
pub(super) fn credentials(sandbox: &Sandbox, origin: &str, person: &PersonView) -> Markup {
    let entry = sandbox.manners(Some(&person.username)).layout.entry;
    html! {
        dl {
            dt { "Server" } dd { code { (origin) (entry) } }
            dt { "User name" } dd { code { (person.username) } }
            dt { "App-specific password" }
            dd { @match &person.app_password {
                Some(secret) => code { (secret) },
                None => span class="fault" { "all revoked" } } }
            dt { "Ordinary password" }
            dd { code { (person.account_password) } " " span class="quiet" { "(refused)" } }
        }
    }
}

fn feed_card(sandbox: &Sandbox, origin: &str, name: &str) -> Markup {
    let switches = sandbox.switches(name).unwrap_or_default();
    let faults = sandbox.faults(&Whom::feed(name)).unwrap_or_default();
    let path = format!("/control/feeds/{}", encode(name, false));
    let (title, events) = sandbox.feed_summary(name).unwrap_or_default();
    html! {
        section class="card" {
            h3 { (title) " " span class="quiet" { (events) " events" } }
            dl { dt { "Address" } dd { code { (origin) "/feeds/" (name) ".ics" } } }
            details open[switches != Switches::default()] {
                summary { "Habits" }
                (switches_form(&format!("{path}/switches"), &switches)) }
            details open[faults != Faults::default()] {
                summary { "Faults" }
                (faults_form(&format!("{path}/faults"), &faults, false)) }
        }
    }
}

fn switches_form(to: &str, set: &Switches) -> Markup {
    let boxes = [
        ("stamps_now", "DTSTAMP is now", set.stamps_now),
        ("unstable_uids", "New UIDs each time", set.unstable_uids),
        ("empty", "Empty calendar", set.empty),
        ("login_page", "Page to sign in", set.login_page),
        ("gzip", "gzip", set.gzip),
        ("byte_order_mark", "Byte order mark", set.byte_order_mark),
        ("lf_only", "Lines end with LF", set.lf_only),
        ("windows_zones", "Windows zone names", set.windows_zones),
        ("floating", "Floating times", set.floating),
        ("orphan_override", "Override without series", set.orphan_override),
        ("duplicate_uids", "Duplicate UID", set.duplicate_uids),
        ("bad_event", "One bad event", set.bad_event),
        ("user_agent_required", "User-Agent required", set.user_agent_required),
    ];
    html! {
        form class="grid" method="post" action=(to) {
            @for (name, label, on) in boxes {
                label class="box" { input type="checkbox" name=(name) checked[on]; (label) }
            }
            label { "Validators" select name="validators" {
                @for (value, kind) in VALIDATORS {
                    option value=(value) selected[kind == set.validators] { (value) } } } }
            label { "Flood" select name="flood" {
                @for (value, kind) in FLOODS {
                    option value=(value) selected[kind == set.flood] { (value) } } } }
            label { "Redirects before it"
                input type="number" min="0" max="50" name="redirects" value=(set.redirects); }
            label { "More events"
                input type="number" min="0" max="2000000" name="extra_events"
                    value=(set.extra_events); }
            label { "Slow body, ms a kilobyte"
                input type="number" min="0" name="slow_body_ms" value=(set.slow_body_ms); }
            label { "Content type"
                input type="text" name="content_type" placeholder="text/calendar"
                    value=(set.content_type.as_deref().unwrap_or_default()); }
            button type="submit" { "Set" }
        }
    }
}

pub(super) const VALIDATORS: [(&str, Validators); 4] = [
    ("both", Validators::Both),
    ("etag_only", Validators::EtagOnly),
    ("last_modified_only", Validators::LastModifiedOnly),
    ("neither", Validators::Neither),
];

pub(super) const FLOODS: [(&str, Flood); 3] =
    [("nothing", Flood::Nothing), ("endless", Flood::Endless), ("gzip_bomb", Flood::GzipBomb)];

fn visits(visits: &[Visit]) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="region" aria-label="Last requests" {
            table {
                thead { tr {
                    th { "When (UTC)" } th { "Who" } th { "What" } th { "Status" }
                    th { "Fault" } } }
                tbody { @for visit in visits.iter().rev().take(VISITS_SHOWN) {
                    tr {
                        td { (visit.at.strftime("%H:%M:%S").to_string()) }
                        td { (visit.username.as_deref().unwrap_or("–")) }
                        td { code { (visit.method) " " (visit.path) } }
                        td { (visit.status) }
                        td { @if let Some(fault) = visit.fault { span class="fault" { (fault) } } }
                    } } }
            }
        }
    }
}
