//! What was typed into a form that is shown again.

use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connection::{AttemptId, ConnectionId, Credential};
use http::HeaderMap;
use jiff::SignedDuration;
use store::{StoreError, Tx, connections};

use crate::{Web, cookies};

/// What was typed is kept so long in the browser that typed it, for another try.
const TYPED_AGE: SignedDuration = SignedDuration::from_mins(15);
const TYPED_COOKIE: &str = "daymark-typed";
const TYPED_PATH: &str = "/calendars/settings/connections";
/// Browsers keep cookies of at most 4,096 bytes; what is longer is typed again.
const TYPED_MAX: usize = 3_800;

/// What was typed, without the password. It never leaves the browser that it was typed in.
#[derive(Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Typed {
    pub(crate) attempt: String,
    pub(crate) address: String,
    pub(crate) username: String,
    #[serde(default)]
    pub(crate) busy_only: bool,
}

impl Typed {
    /// What was typed for that attempt, as the browser brings it along.
    pub(crate) fn of_attempt(headers: &HeaderMap, attempt: &AttemptId) -> Self {
        let read = || {
            let sent = cookies::find(headers, TYPED_COOKIE)?;
            let bytes = URL_SAFE_NO_PAD.decode(sent).ok()?;
            serde_json::from_slice::<Self>(&bytes).ok()
        };
        read().filter(|typed| typed.attempt == attempt.as_str()).unwrap_or_default()
    }

    /// What a connection holds, where the form may show it.
    pub(crate) async fn held(tx: &mut Tx, id: &ConnectionId) -> Result<Self, StoreError> {
        Ok(match connections::credential(tx, id).await? {
            Some(Credential::Password { base, username, .. }) => {
                Self { address: base, username, ..Self::default() }
            }
            // The address of a feed is itself the secret: it is typed again.
            Some(Credential::Address { .. } | Credential::File { .. } | Credential::Tokens(_))
            | None => Self::default(),
        })
    }

    /// The same, where something was left empty because it is held.
    pub(crate) fn or(mut self, held: Self) -> Self {
        for (typed, held) in
            [(&mut self.address, held.address), (&mut self.username, held.username)]
        {
            if typed.is_empty() {
                *typed = held;
            }
        }
        self
    }

    pub(super) fn remember(&self, web: &Web, response: &mut Response) {
        let text = serde_json::to_vec(self).map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        let text = text.ok().filter(|text| text.len() <= TYPED_MAX).unwrap_or_default();
        let cookie = (TYPED_COOKIE, text.as_str());
        cookies::set(&web.settings, response, cookie, TYPED_PATH, TYPED_AGE);
    }
}
