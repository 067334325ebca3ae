//! PROPFIND and GET: what is here, and what is below.

use bytes::Bytes;
use http::{Response, StatusCode, header};

use super::Scene;
use super::answer::{bare, describe, header as with_header, multistatus, status_of};
use super::ask::{Wanted, depth, propfind};
use super::place::{self, Place};
use crate::answer::Answer;
use crate::ask::Ask;
use crate::world::calendar::Calendar;

pub(crate) fn answer(scene: &Scene<'_>, ask: &Ask, at: &Place) -> Answer {
    let Some(wanted) = ask.text().and_then(propfind) else {
        return bare(StatusCode::BAD_REQUEST);
    };
    let depth = depth(ask);
    if !exists(scene, at) {
        return bare(StatusCode::NOT_FOUND);
    }
    if *at == Place::Principal && depth != Some(0) && scene.manners.principal_depth_1_refused {
        return bare(StatusCode::BAD_REQUEST);
    }
    if depth.is_none() && ask.header("depth").is_some() {
        // Depth infinity is refused by all of them, RFC 4918 §9.1.1.
        return bare(StatusCode::FORBIDDEN);
    }
    let mut places = vec![at.clone()];
    if depth == Some(1) {
        places.extend(below(scene, at));
    }
    multistatus(scene, describe_all(scene, &places, &wanted))
}

/// Each place with its properties; the later half fails when told so.
pub(crate) fn describe_all(
    scene: &Scene<'_>,
    places: &[Place],
    wanted: &Wanted,
) -> Vec<super::xml::Element> {
    let failing_from = if scene.inner_errors { places.len() / 2 } else { places.len() };
    let one = |(at, place): (usize, &Place)| {
        if at >= failing_from {
            let href = place::href(scene.world, scene.person, place, &scene.origin);
            status_of(href, StatusCode::INTERNAL_SERVER_ERROR)
        } else {
            describe(scene, place, wanted)
        }
    };
    places.iter().enumerate().map(one).collect()
}

fn exists(scene: &Scene<'_>, at: &Place) -> bool {
    match at {
        Place::Object(calendar, name) => scene
            .world
            .calendars
            .get(*calendar)
            .is_some_and(|calendar| calendar.object(name).is_some()),
        Place::Vacant(_) | Place::Orphan | Place::Foreign | Place::Nowhere => false,
        _ => true,
    }
}

fn below(scene: &Scene<'_>, at: &Place) -> Vec<Place> {
    match at {
        Place::Home if scene.home_empty => Vec::new(),
        Place::Home => place::below_home(scene.world, scene.person),
        Place::Calendar(calendar) => members(scene, *calendar),
        _ => Vec::new(),
    }
}

/// The objects of a calendar.
pub(crate) fn members(scene: &Scene<'_>, calendar: usize) -> Vec<Place> {
    let names = scene.world.calendars.get(calendar).into_iter().flat_map(Calendar::objects);
    names.map(|(name, _)| Place::Object(calendar, name.clone())).collect()
}

/// GET and HEAD: an object, or nothing that a person could read.
pub(crate) fn get(scene: &Scene<'_>, ask: &Ask, at: &Place) -> Answer {
    let object = match at {
        Place::Object(calendar, name) => {
            scene.world.calendars.get(*calendar).and_then(|calendar| calendar.object(name))
        }
        Place::Entry | Place::Home | Place::Principal | Place::Calendar(_) | Place::Aside(_) => {
            return bare(StatusCode::METHOD_NOT_ALLOWED);
        }
        _ => None,
    };
    let Some(object) = object else { return bare(StatusCode::NOT_FOUND) };
    if ask.header("if-none-match").is_some_and(|known| known == object.etag) {
        return with_header(bare(StatusCode::NOT_MODIFIED), header::ETAG, &object.etag);
    }
    let answer = Response::new(Bytes::from(object.text.clone()));
    let answer = with_header(answer, header::ETAG, &object.etag);
    with_header(answer, header::CONTENT_TYPE, "text/calendar; charset=utf-8")
}
