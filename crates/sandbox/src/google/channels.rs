//! Watch and stop: channels opened on events and on lists, and closed.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::answer::{Outcome, Refusal, Reply};
use super::ask::object;
use super::event::{calendar_of, view};
use super::push::{Channel, Watched};
use super::sign_in::Caller;
use super::world::{Event, Google, text};
use crate::ask::Ask;
use crate::net::{encode, fingerprint};
use crate::world::World;

const ID_MAX: usize = 64;
const TOKEN_MAX: usize = 256;

pub(crate) fn watch_events(
    world: &mut World,
    caller: &Caller,
    ask: &Ask,
    (id, now): (&str, Timestamp),
) -> Outcome {
    let google = &mut world.google;
    let view = view(google, caller, ask, id)?;
    let calendar = calendar_of(google, view)?;
    if !calendar.watchable {
        let says = "Push notifications are not supported by this resource.";
        return Err(Refusal::bad("pushNotSupportedForRequestedResource", says));
    }
    let path = format!("calendars/{}/events", encode(&calendar.id, true));
    open(google, caller, ask, (Watched::Events(view.calendar), &path, now))
}

pub(crate) fn watch_list(world: &mut World, caller: &Caller, ask: &Ask, now: Timestamp) -> Outcome {
    let watched = Watched::List(caller.person);
    open(&mut world.google, caller, ask, (watched, "users/me/calendarList", now))
}

fn refused(google: &Google, caller: &Caller) -> Option<Refusal> {
    let reason = google.faults.said(caller.person, |faults| faults.watch_refused.clone())?;
    if reason == "push.webhookUrlUnauthorized" {
        let says = "Unauthorized WebHook callback channel.";
        return Some(Refusal::new(401, "global", "push.webhookUrlUnauthorized", says));
    }
    let says = "Push notifications are not supported by this resource.";
    Some(Refusal::bad("pushNotSupportedForRequestedResource", says))
}

/// The end of a channel: as asked, within what is allowed.
fn end(google: &Google, sent: &Event, now: Timestamp) -> Result<Timestamp, Refusal> {
    let number = |value: &Value| match value {
        Value::String(text) => text.parse::<i64>().ok(),
        other => other.as_i64(),
    };
    let wrong = || Refusal::invalid("expiration");
    let asked = match (sent.get("expiration"), sent.get("params").and_then(|it| it.get("ttl"))) {
        (Some(at), _) => {
            let ms = number(at).ok_or_else(wrong)?;
            let end = Timestamp::from_millisecond(ms).map_err(|_| wrong())?;
            end.duration_since(now)
        }
        (None, Some(ttl)) => SignedDuration::from_secs(number(ttl).ok_or_else(wrong)?),
        (None, None) => SignedDuration::from_secs(google.manners.channel_life_s),
    };
    if asked <= SignedDuration::ZERO {
        return Err(wrong());
    }
    let max = SignedDuration::from_secs(google.manners.channel_life_max_s);
    now.checked_add(asked.min(max)).map_err(|_| wrong())
}

fn check(google: &Google, sent: &Event, now: Timestamp) -> Result<(String, String), Refusal> {
    let letter = |c: char| c.is_ascii_alphanumeric() || "-_+/=".contains(c);
    let id = text(sent, "id").ok_or_else(|| Refusal::required("id"))?;
    if id.is_empty() || id.len() > ID_MAX || !id.chars().all(letter) {
        return Err(Refusal::bad("invalid", "Invalid channel id."));
    }
    if text(sent, "type").is_none_or(|kind| kind != "web_hook" && kind != "webhook") {
        return Err(Refusal::bad("invalid", "Unknown channel type."));
    }
    if text(sent, "token").is_some_and(|token| token.len() > TOKEN_MAX) {
        return Err(Refusal::bad("invalid", "The channel token is too long."));
    }
    let address = text(sent, "address").ok_or_else(|| Refusal::required("address"))?;
    let plain = address.starts_with("http://") && !google.manners.push_https_only;
    if !address.starts_with("https://") && !plain {
        let says = "WebHook callback must be HTTPS.";
        return Err(Refusal::bad("push.webhookUrlNotHttps", says));
    }
    if google.push.channel(id, now).is_some() {
        let says = "Channel id not unique";
        return Err(Refusal::bad("channelIdNotUnique", says));
    }
    Ok((id.to_owned(), address.to_owned()))
}

fn open(
    google: &mut Google,
    caller: &Caller,
    ask: &Ask,
    (watched, path, now): (Watched, &str, Timestamp),
) -> Outcome {
    if let Some(refusal) = refused(google, caller) {
        return Err(refusal);
    }
    let sent = object(ask)?;
    let (id, address) = check(google, &sent, now)?;
    let expires_at = end(google, &sent, now)?;
    let token = text(&sent, "token").map(str::to_owned);
    let resource_id = format!("r{:016x}", fingerprint(&(path, caller.person)));
    let resource_uri = format!("{}/calendar/v3/{path}?alt=json", ask.origin);
    let channel = Channel {
        id: id.clone(),
        watched,
        person: caller.person,
        client: caller.client.clone(),
        address,
        token: token.clone(),
        resource_id: resource_id.clone(),
        resource_uri: resource_uri.clone(),
        expires_at,
        number: 0,
    };
    google.push.open(channel);
    google.ring(&id, caller.person, "sync", now);
    let mut shown = json!({
        "kind": "api#channel", "id": id, "resourceId": resource_id, "resourceUri": resource_uri,
        "expiration": expires_at.as_millisecond().to_string(),
    });
    if let Some(token) = token {
        shown["token"] = json!(token);
    }
    Ok(Reply::Json(shown))
}

/// Only who opened a channel, through the same program, can stop it.
pub(crate) fn stop(world: &mut World, caller: &Caller, ask: &Ask) -> Outcome {
    let sent = object(ask)?;
    let id = text(&sent, "id").ok_or_else(|| Refusal::required("id"))?;
    let resource = text(&sent, "resourceId").ok_or_else(|| Refusal::required("resourceId"))?;
    let push = &mut world.google.push;
    let theirs = push.channels().any(|channel| {
        channel.id == id
            && channel.resource_id == resource
            && channel.person == caller.person
            && channel.client == caller.client
    });
    if theirs && push.close(id) {
        return Ok(Reply::Nothing);
    }
    let says = format!("Channel '{id}' not found for project");
    Err(Refusal::new(404, "global", "notFound", says))
}
