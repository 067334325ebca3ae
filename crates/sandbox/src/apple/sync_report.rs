//! The sync-collection report of RFC 6578, with its tokens, its truncation and its bad manners.

use http::StatusCode;

use super::Scene;
use super::answer::{bare, describe, multistatus_with, status_of, xml};
use super::ask::Wanted;
use super::place::{self, Place};
use super::xml::Element;
use crate::answer::Answer;
use crate::manners::BogusToken;
use crate::world::calendar::Token;

pub(crate) fn answer(scene: &Scene<'_>, at: usize, wanted: &Wanted, token: &str) -> Answer {
    let Some(calendar) = scene.world.calendars.get(at) else {
        return bare(StatusCode::NOT_FOUND);
    };
    let style = scene.manners.token_style;
    let since = match calendar.read_token(token, style) {
        Token::Unknown if scene.manners.bogus_token == BogusToken::ListsEverything => {
            Token::Beginning
        }
        Token::Unknown => return unknown_token(scene),
        known => known,
    };
    let mut changes = calendar.changes(since);
    let mut upto = calendar.latest();
    let truncated = scene.manners.sync_max.is_some_and(|max| changes.len() > max);
    if truncated {
        changes.truncate(scene.manners.sync_max.unwrap_or_default());
        upto = changes.last().map_or(1, |change| change.revision);
    }
    let here = Place::Calendar(at);
    let mut responses = Vec::new();
    if scene.manners.sync_lists_itself {
        responses.push(describe(scene, &here, wanted));
    }
    for change in changes {
        let place = Place::Object(at, change.name);
        responses.push(if change.removed {
            let href = place::href(scene.world, scene.person, &place, &scene.origin);
            status_of(href, StatusCode::NOT_FOUND)
        } else {
            describe(scene, &place, wanted)
        });
    }
    if truncated {
        let href = place::href(scene.world, scene.person, &here, &scene.origin);
        let limit = Element::dav("error").with(Element::dav("number-of-matches-within-limits"));
        responses.push(status_of(href, StatusCode::INSUFFICIENT_STORAGE).with(limit));
    }
    let next = Element::dav("sync-token").text(calendar.token(upto, style));
    multistatus_with(scene, responses, Some(next))
}

fn unknown_token(scene: &Scene<'_>) -> Answer {
    let said = |status| {
        let error = Element::dav("error").with(Element::dav("valid-sync-token"));
        xml(scene, status, &error)
    };
    match scene.manners.bogus_token {
        BogusToken::Forbidden | BogusToken::ListsEverything => said(StatusCode::FORBIDDEN),
        BogusToken::Conflict => said(StatusCode::CONFLICT),
        BogusToken::Gone => bare(StatusCode::GONE),
        BogusToken::PreconditionFailed => bare(StatusCode::PRECONDITION_FAILED),
        BogusToken::Crashes => bare(StatusCode::INTERNAL_SERVER_ERROR),
    }
}
