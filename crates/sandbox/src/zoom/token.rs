//! The token endpoint: who asks, what for, and why nothing comes of it.

use serde_json::json;

use super::{ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET};
use crate::answer::{Answer, bare, json_answer};
use crate::ask::Ask;
use crate::oauth::form::may_call_back;

/// A refusal: the words, with Zoom's number in them, and the word of OAuth.
fn refused(status: u16, number: u16, error: &str, reason: &str) -> Answer {
    json_answer(status, &json!({ "reason": format!("{reason} ({number})"), "error": error }))
}

pub(super) fn answer(ask: &Ask) -> Answer {
    if ask.method != "POST" {
        return bare(405);
    }
    let Some((id, secret)) = ask.basic() else {
        return refused(400, 4706, "invalid_request", "Missing credentials");
    };
    if id != ZOOM_CLIENT_ID {
        return refused(401, 4702, "invalid_client", "Invalid client_id or client_secret");
    }
    if secret != ZOOM_CLIENT_SECRET {
        return refused(401, 4704, "invalid_client", "Invalid client_id or client_secret");
    }
    let form = ask.form();
    match form.get("grant_type") {
        Some("authorization_code") => {
            if may_call_back(form.get("redirect_uri").unwrap_or_default()) {
                refused(400, 4734, "invalid_grant", "Invalid authorization code")
            } else {
                refused(400, 4709, "invalid_request", "Redirect URI mismatch")
            }
        }
        Some("refresh_token") => refused(400, 4737, "invalid_grant", "Invalid Token!"),
        Some(_) => refused(400, 4705, "unsupported_grant_type", "Unsupported grant type"),
        None => refused(400, 4706, "invalid_request", "Missing grant type"),
    }
}
