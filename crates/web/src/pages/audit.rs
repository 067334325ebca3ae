//! The audit log, for administrators: who did what, when, for whom; narrowed down, and taken along
//! as a file.

mod file;
mod wording;

use axum::extract::State;
use connection::AuditId;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::Deserialize;
use store::audit::{self, Entry, Wanted};
use store::people::{self, Role, User};

use super::pieces::words;
use crate::Web;
use crate::asked::Asked;
use crate::error::Fault;
use crate::page::{Page, Place};
use crate::session::SignedIn;

pub(crate) use file::export;

/// Where the page is.
pub(crate) const HREF: &str = "/settings/audit";
/// Where its file is.
pub(crate) const EXPORT: &str = "/settings/audit/export";
/// Acts on one page.
const ACTS_MAX: usize = 100;

/// What the address asks for.
#[derive(Debug, Default, Clone, Deserialize)]
pub(crate) struct Asking {
    person: Option<String>,
    act: Option<String>,
    from: Option<String>,
    until: Option<String>,
    after: Option<String>,
    format: Option<String>,
}

impl Asking {
    /// Left empty, or not to be read, a filter is none.
    fn wanted(&self, zone: &TimeZone) -> Wanted {
        let day = |text: Option<&str>| text?.parse::<Date>().ok();
        let midnight = |date: Date| Some(date.to_zoned(zone.clone()).ok()?.timestamp());
        let is_known = |act: &&str| wording::KINDS.iter().any(|(kind, _)| kind == act);
        Wanted {
            of: filled(self.person.as_deref()).map(str::to_owned),
            act: filled(self.act.as_deref()).filter(is_known).map(str::to_owned),
            from: day(self.from.as_deref()).and_then(midnight),
            until: day(self.until.as_deref()).and_then(|last| midnight(last.tomorrow().ok()?)),
        }
    }

    /// The same filters in an address.
    fn query(&self, more: &[(&str, &str)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let all = [
            ("person", &self.person),
            ("act", &self.act),
            ("from", &self.from),
            ("until", &self.until),
        ];
        for (name, value) in all {
            if let Some(value) = filled(value.as_deref()) {
                query.append_pair(name, value);
            }
        }
        query.extend_pairs(more);
        query.finish()
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// What is not for them is not there.
fn admit(who: &SignedIn) -> Result<(), Fault> {
    if who.user.role == Role::Admin { Ok(()) } else { Err(Fault::NotFound) }
}

/// The page.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Asked(asking): Asked<Asking>,
) -> Result<Markup, Fault> {
    admit(&who)?;
    let mut tx = web.ctx.db.read().await?;
    let after: Option<AuditId> = asking.after.as_deref().and_then(|after| after.parse().ok());
    let limit = i64::try_from(ACTS_MAX + 1).unwrap_or(i64::MAX);
    let wanted = asking.wanted(&who.zone);
    let account = &who.account.id;
    let place = (after.as_ref().map(AuditId::as_str), limit);
    let mut entries = audit::list(&mut tx, account, &wanted, place).await?;
    let people = people::users(&mut tx, account).await?;
    drop(tx);
    let has_more = entries.len() > ACTS_MAX;
    entries.truncate(ACTS_MAX);
    let next = entries.last().filter(|_| has_more).map(|last| last.id.to_string());
    let body = html! {
        div .page-head { div { p .crumbs { "Settings" } h1 { "Audit log" } } }
        section .card aria-labelledby="narrow" {
            header { div { h2 #narrow { "Which acts" } } }
            (filters(&asking, &people))
        }
        section .card aria-labelledby="acts" {
            header {
                div { h2 #acts { "Who did what" } p { "The last first. Nothing is ever changed." } }
                div .actions {
                    a .button href={ (EXPORT) "?" (asking.query(&[("format", "csv")])) } { "CSV" }
                    a .button href={ (EXPORT) "?" (asking.query(&[("format", "jsonl")])) } {
                        "JSON Lines"
                    }
                }
            }
            @if entries.is_empty() { p .body.soft { "Nothing of that kind was done." } }
            ol .acts { @for entry in &entries { (line(entry, &who)) } }
            @if let Some(next) = next {
                p .body {
                    a .button href={ (HREF) "?" (asking.query(&[("after", &next)])) } { "Earlier" }
                }
            }
        }
        (words::zone_note(&who))
    };
    Ok(Page::new("Audit log", Place::People).show(&who, &body))
}

fn filters(asking: &Asking, people: &[User]) -> Markup {
    let is = |chosen: &Option<String>, value: &str| filled(chosen.as_deref()) == Some(value);
    html! {
        form .body.filters method="get" action=(HREF) {
            div .field {
                div .label { label for="person" { "Person" } }
                select .select #person name="person" {
                    option value="" { "Everyone" }
                    @for person in people {
                        option value=(person.id) selected[is(&asking.person, person.id.as_str())] {
                            (person.name)
                        }
                    }
                    @for (id, name) in wording::OTHERS {
                        option value=(id) selected[is(&asking.person, id)] { (name) }
                    }
                }
            }
            div .field {
                div .label { label for="act" { "Kind" } }
                select .select #act name="act" {
                    option value="" { "Everything" }
                    @for (kind, name) in wording::KINDS {
                        option value=(kind) selected[is(&asking.act, kind)] { (name) }
                    }
                }
            }
            @for (name, label, value) in
                [("from", "From", &asking.from), ("until", "Until", &asking.until)] {
                div .field {
                    div .label { label for=(name) { (label) } }
                    input type="date" id=(name) name=(name)
                        value=(value.as_deref().unwrap_or_default());
                }
            }
            div .actions {
                button .button type="submit" { "Show" }
                a .button.quiet href=(HREF) { "Everything" }
            }
        }
    }
}

fn line(entry: &Entry, who: &SignedIn) -> Markup {
    html! {
        li {
            time datetime=(entry.at.to_string()) title=(words::full(entry.at, who)) {
                (words::when(entry.at, who))
            }
            span {
                b { (entry.actor_name) } " " (wording::verb(&entry.act))
                @if let Some(name) = subject(entry) { " " (name) }
                @if let Some(name) = &entry.for_user_name { " for " (name) }
                @if let Some(say) = &entry.say { span .soft { " · " (words::sentence(say)) } }
            }
        }
    }
}

/// The name of what was acted on, where it is not said already for whom.
fn subject(entry: &Entry) -> Option<&String> {
    let is_said = entry.subject_id.is_some()
        && (entry.subject_id == entry.for_user_id
            || entry.subject_id.as_deref() == Some(entry.actor_id.as_str()));
    entry.subject_name.as_ref().filter(|_| !is_said)
}

/// What a filter of a file covers, for its name.
fn today(now: Timestamp, zone: &TimeZone) -> Date {
    now.to_zoned(zone.clone()).date()
}
