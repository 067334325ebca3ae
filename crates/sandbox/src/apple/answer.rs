//! Answers: multistatus bodies put together, and the plain ones with a status.

use bytes::Bytes;
use http::{StatusCode, header};

use super::Scene;
use super::ask::Wanted;
use super::place::{Place, href};
use super::properties::{names, property};
use super::xml::{CALDAV, CALSERVER, DAV, Element, Name};
use crate::answer::Answer;
use crate::manners::SecondPropstat;

/// A status without a body.
pub(crate) fn bare(status: StatusCode) -> Answer {
    crate::answer::bare(status.as_u16())
}

/// One header more, beside others of its name.
pub(crate) fn header(mut answer: Answer, name: header::HeaderName, value: &str) -> Answer {
    if let Ok(value) = value.parse() {
        answer.headers_mut().append(name, value);
    }
    answer
}

/// A `DAV:error` that names the precondition which failed.
pub(crate) fn refusal(scene: &Scene<'_>, status: StatusCode, condition: Element) -> Answer {
    if !scene.manners.says_precondition && condition != Element::dav("valid-sync-token") {
        return bare(status);
    }
    xml(scene, status, &Element::dav("error").with(condition))
}

pub(crate) fn xml(scene: &Scene<'_>, status: StatusCode, root: &Element) -> Answer {
    let answer = bare(status).map(|_| Bytes::from(root.document(scene.manners.wire)));
    header(answer, header::CONTENT_TYPE, &scene.manners.content_type)
}

pub(crate) fn multistatus(scene: &Scene<'_>, responses: Vec<Element>) -> Answer {
    multistatus_with(scene, responses, None)
}

pub(crate) fn multistatus_with(
    scene: &Scene<'_>,
    responses: Vec<Element>,
    last: Option<Element>,
) -> Answer {
    let root = Element::dav("multistatus").with_all(responses).with_all(last);
    xml(scene, StatusCode::MULTI_STATUS, &root)
}

fn status_line(status: StatusCode) -> Element {
    let reason = status.canonical_reason().unwrap_or_default();
    Element::dav("status").text(format!("HTTP/1.1 {} {reason}", status.as_u16()))
}

/// A response that is only a status: a member that is gone, or a collection with 507.
pub(crate) fn status_of(href: String, status: StatusCode) -> Element {
    Element::dav("response").with(Element::href(href)).with(status_line(status))
}

fn propstat(properties: Vec<Element>, status: StatusCode) -> Element {
    Element::dav("propstat")
        .with(Element::dav("prop").with_all(properties))
        .with(status_line(status))
}

/// A place with its properties.
pub(crate) fn describe(scene: &Scene<'_>, place: &Place, wanted: &Wanted) -> Element {
    let named = href(scene.world, scene.person, place, &scene.origin);
    describe_as(scene, named, place, wanted)
}

pub(crate) fn describe_as(
    scene: &Scene<'_>,
    named: String,
    place: &Place,
    wanted: &Wanted,
) -> Element {
    let (asked, all) = match wanted {
        Wanted::These(asked) => (asked.as_slice(), false),
        Wanted::All | Wanted::Names => (names(), true),
    };
    let (mut there, mut missing) = (Vec::new(), Vec::new());
    for name in asked {
        match property(scene, place, name) {
            Some(_) if *wanted == Wanted::Names => there.push(Element::named(name.clone())),
            Some(value) => there.push(value),
            None if !all => missing.push(Element::named(name.clone())),
            None => {}
        }
    }
    let response = Element::dav("response").with(Element::href(named));
    let second = second_propstat(scene.manners.second_propstat, place, asked, missing);
    let first = (!there.is_empty() || second.is_none()).then(|| propstat(there, StatusCode::OK));
    response.with_all(first).with_all(second)
}

/// The propstat for what is not there. Apple's repeats, empty, two properties that are there.
fn second_propstat(
    manner: SecondPropstat,
    place: &Place,
    asked: &[Name],
    mut missing: Vec<Element>,
) -> Option<Element> {
    const REPEATED: [Name; 2] = [Name::new(CALSERVER, "getctag"), Name::new(DAV, "displayname")];
    if manner == SecondPropstat::Absent {
        return None;
    }
    if manner == SecondPropstat::Sloppy && matches!(place, Place::Calendar(_)) {
        for name in REPEATED {
            let empty = Element::named(name.clone());
            if asked.contains(&name) && !missing.contains(&empty) {
                missing.push(empty);
            }
        }
    }
    (!missing.is_empty()).then(|| propstat(missing, StatusCode::NOT_FOUND))
}

/// `CALDAV:` precondition by name.
pub(crate) fn condition(local: &'static str) -> Element {
    Element::named(Name::new(CALDAV, local))
}
