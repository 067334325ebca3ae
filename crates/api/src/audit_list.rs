//! `GET /audit`: who did what, when, for whom.

use axum::Json;
use axum::extract::{RawQuery, State};
use jiff::Timestamp;
use serde::Serialize;
use store::audit::{self, Entry, Wanted};
use utoipa::ToSchema;

use super::Api;
use super::caller::Reader;
use super::fields::Fields;
use super::listing::{Listing, Part, PartParams};
use super::problem::{Code, Problem};

/// Longest name of an act, or id of a person, that is looked at.
const WORD_LENGTH_MAX: usize = 60;

/// Which acts are wanted.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; the handler reads it field by field")]
pub(super) struct WantedParams {
    /// Those that this user or key did, or that were done for this user. Also `operator`,
    /// `daymark` and `someone`.
    #[param(pattern = "^[a-z]+(_[0-9a-f]{32})?$", max_length = 60)]
    person: Option<String>,
    /// Of one kind, such as `connection`, or one act, such as `connection.paused`.
    #[param(pattern = r"^[a-z_]+([.][a-z_]+)?$", max_length = 60)]
    act: Option<String>,
    /// From this instant on.
    from: Option<Timestamp>,
    /// Before this instant.
    to: Option<Timestamp>,
}

/// One act.
#[derive(Serialize, ToSchema)]
#[schema(as = Act)]
pub(super) struct ActShape {
    #[schema(pattern = "^aud_[0-9a-f]{32}$")]
    id: String,
    at: Timestamp,
    /// A user, an API key, `operator`, `daymark` or `someone`.
    actor: String,
    /// What the actor was called then.
    actor_name: String,
    /// A stable code, such as `connection.paused`.
    #[schema(example = "connection.paused")]
    act: String,
    /// Whose thing it was, where it was not the actor's own.
    for_user: Option<String>,
    for_user_name: Option<String>,
    /// What was acted on.
    subject: Option<String>,
    subject_name: Option<String>,
    /// What changed, in words.
    say: Option<String>,
}

impl ActShape {
    fn of(entry: Entry) -> Self {
        Self {
            id: entry.id.to_string(),
            at: entry.at,
            actor: entry.actor_id,
            actor_name: entry.actor_name,
            act: entry.act,
            for_user: entry.for_user_id,
            for_user_name: entry.for_user_name,
            subject: entry.subject_id,
            subject_name: entry.subject_name,
            say: entry.say,
        }
    }
}

/// The audit log
///
/// Every act of a person or a program, the last first. Nothing in it is ever changed.
#[utoipa::path(get, path = "/audit", tag = "People", params(WantedParams, PartParams),
    responses((status = 200, body = Listing<ActShape>, description = "The last act first.")))]
pub(super) async fn audit_list(
    State(api): State<Api>,
    Reader(caller): Reader,
    RawQuery(query): RawQuery,
) -> Result<Json<Listing<ActShape>>, Problem> {
    let known = ["person", "act", "from", "to", "limit", "after"];
    let mut query = Fields::of_query(query.as_deref(), &known);
    let part = Part::take(&mut query);
    let wanted = Wanted {
        of: word(&mut query, "person", is_person),
        act: word(&mut query, "act", is_act),
        from: query.has("from").then(|| query.instant("from")).flatten(),
        until: query.has("to").then(|| query.instant("to")).flatten(),
    };
    query.done()?;
    if let (Some(from), Some(until)) = (wanted.from, wanted.until)
        && from >= until
    {
        return Err(Code::WindowReversed.into());
    }
    let limit = i64::try_from(part.limit + 1).unwrap_or(i64::MAX);
    let mut tx = api.house.ctx.db.read().await?;
    let place = (part.after.as_deref(), limit);
    let entries = audit::list(&mut tx, &caller.account, &wanted, place).await?;
    let listed = part.cut_descending(entries, |entry| entry.id.to_string());
    let items = listed.items.into_iter().map(ActShape::of).collect();
    Ok(Json(Listing { items, next: listed.next }))
}

/// A word of that form.
fn word(query: &mut Fields, name: &str, fits: fn(&str) -> bool) -> Option<String> {
    let word = query.text(name, WORD_LENGTH_MAX)?;
    if !fits(&word) {
        query.refuse(name, "invalid", format!("`{name}` holds what none is called."));
        return None;
    }
    Some(word)
}

/// `^[a-z]+(_[0-9a-f]{32})?$`
fn is_person(word: &str) -> bool {
    let (kind, id) = word.split_once('_').map_or((word, None), |(kind, id)| (kind, Some(id)));
    let is_hex = |id: &str| id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    !kind.is_empty()
        && kind.bytes().all(|b| b.is_ascii_lowercase())
        && id.is_none_or(|id| id.len() == 32 && is_hex(id))
}

/// `^[a-z_]+([.][a-z_]+)?$`
fn is_act(word: &str) -> bool {
    let is_plain =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    word.split_once('.').map_or_else(|| is_plain(word), |(a, b)| is_plain(a) && is_plain(b))
}
