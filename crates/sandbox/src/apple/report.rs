//! REPORT: calendar-query, calendar-multiget, free-busy-query. sync-collection has its own file.

use bytes::Bytes;
use http::{Response, StatusCode, header};

use super::Scene;
use super::answer::header as with_header;
use super::answer::{bare, condition, describe_as, multistatus, refusal, status_of};
use super::ask::{Filter, Report, Wanted, report};
use super::place::{self, Place};
use super::propfind::{describe_all, members};
use super::sync_report;
use super::xml::{DAV, Element, Name};
use crate::answer::Answer;
use crate::ask::Ask;
use crate::ical::{self, Range};
use crate::world::calendar::{Calendar, Object};

pub(crate) fn answer(scene: &Scene<'_>, ask: &Ask, at: &Place) -> Answer {
    let Some(report) = ask.text().and_then(report) else {
        return bare(StatusCode::BAD_REQUEST);
    };
    let Place::Calendar(calendar) = at else {
        return match at {
            Place::Home | Place::Principal | Place::Entry | Place::Aside(_) => unknown(scene),
            _ => bare(StatusCode::NOT_FOUND),
        };
    };
    match report {
        Report::Query { wanted, filter } => query(scene, *calendar, &wanted, &filter),
        Report::Multiget { wanted, hrefs } => multiget(scene, &wanted, &hrefs),
        Report::Sync { wanted, token } if scene.manners.sync_collection => {
            sync_report::answer(scene, *calendar, &wanted, &token)
        }
        Report::FreeBusy(range) if scene.manners.free_busy_query => {
            free_busy(scene, *calendar, range)
        }
        Report::FreeBusy(_) => bare(StatusCode::BAD_REQUEST),
        Report::Sync { .. } | Report::Other => unknown(scene),
    }
}

fn unknown(scene: &Scene<'_>) -> Answer {
    refusal(scene, StatusCode::FORBIDDEN, Element::named(Name::new(DAV, "supported-report")))
}

fn query(scene: &Scene<'_>, calendar: usize, wanted: &Wanted, filter: &Filter) -> Answer {
    if scene.manners.component_filter_required && filter.component.is_none() {
        return refusal(scene, StatusCode::FORBIDDEN, condition("valid-filter"));
    }
    let Some(here) = scene.world.calendars.get(calendar) else {
        return bare(StatusCode::NOT_FOUND);
    };
    let matching: Vec<Place> = members(scene, calendar)
        .into_iter()
        .filter(|place| match place {
            Place::Object(_, name) => {
                here.object(name).is_some_and(|object| matches(scene, object, filter))
            }
            _ => false,
        })
        .collect();
    multistatus(scene, describe_all(scene, &matching, wanted))
}

fn matches(scene: &Scene<'_>, object: &Object, filter: &Filter) -> bool {
    let read = ical::read(&object.text);
    if let (Some(kind), Some(read)) = (&filter.component, &read)
        && ical::kind(read) != Some(kind)
    {
        return false;
    }
    if let (Some((property, text)), Some(read)) = (&filter.text, &read) {
        let text = text.to_lowercase();
        let has = |entry: &ical::Component| {
            entry.text(property).is_some_and(|value| value.to_lowercase().contains(&text))
        };
        if !read.entries().any(has) {
            return false;
        }
    }
    let Some(range) = filter.range else { return true };
    let open = range.start.is_none() || range.end.is_none();
    if open && scene.manners.open_ranges_broken {
        return false;
    }
    ical::touches(&object.text, range, scene.manners.series_by_first_only)
}

fn multiget(scene: &Scene<'_>, wanted: &Wanted, hrefs: &[String]) -> Answer {
    let max = scene.multiget_max.into_iter().chain(scene.manners.multiget_max).min();
    let answered = hrefs.len().min(max.unwrap_or(usize::MAX));
    let failing_from = if scene.inner_errors { answered / 2 } else { answered };
    let one = |(at, href): (usize, &String)| {
        // What stands before the path is another name of ours.
        let path = href.find("://").and_then(|scheme| {
            let rest = href.get(scheme + 3..)?;
            rest.find('/').and_then(|slash| rest.get(slash..))
        });
        let found = place::find(scene.world, scene.person, path.unwrap_or(href));
        let there = object_at(scene, &found).is_some();
        if at >= failing_from {
            status_of(href.clone(), StatusCode::INTERNAL_SERVER_ERROR)
        } else if there {
            describe_as(scene, href.clone(), &found, wanted)
        } else {
            status_of(href.clone(), StatusCode::NOT_FOUND)
        }
    };
    multistatus(scene, hrefs.iter().take(answered).enumerate().map(one).collect())
}

fn object_at<'a>(scene: &'a Scene<'_>, place: &Place) -> Option<&'a Object> {
    let Place::Object(calendar, name) = place else { return None };
    scene.world.calendars.get(*calendar)?.object(name)
}

fn free_busy(scene: &Scene<'_>, calendar: usize, range: Range) -> Answer {
    let Some(here) = scene.world.calendars.get(calendar) else {
        return bare(StatusCode::NOT_FOUND);
    };
    let answer = Response::new(Bytes::from(free_busy_text(here, range)));
    with_header(answer, header::CONTENT_TYPE, "text/calendar; charset=utf-8")
}

fn free_busy_text(calendar: &Calendar, range: Range) -> String {
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Sandbox//CalDAV//EN".to_owned(),
        "BEGIN:VFREEBUSY".to_owned(),
        format!("UID:{}", calendar.id),
    ];
    let stamp = |at: jiff::Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    lines.extend(range.start.map(|at| format!("DTSTART:{}", stamp(at))));
    lines.extend(range.end.map(|at| format!("DTEND:{}", stamp(at))));
    for (_, object) in calendar.objects() {
        for (from, to) in ical::busy_within(&object.text, range) {
            lines.push(format!("FREEBUSY:{}/{}", stamp(from), stamp(to)));
        }
    }
    lines.extend(["END:VFREEBUSY".to_owned(), "END:VCALENDAR".to_owned(), String::new()]);
    lines.join("\r\n")
}
