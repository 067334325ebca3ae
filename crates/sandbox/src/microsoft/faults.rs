//! Microsoft's manners, which hold for everyone, and what goes wrong on order: for everyone, or
//! for one person.

use serde::{Deserialize, Serialize};

use super::answer::Refusal;
use crate::faults::Often;
use crate::faults::api::api_faults;
use crate::oauth::Rotation;

/// What a second creation with the same `transactionId` and the same content is answered with.
/// Another content is always refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeated {
    /// 409 that names the event.
    #[default]
    Conflict,
    /// 400 that names the event.
    BadRequest,
    /// 201 with the event.
    Existing,
}

/// Switches of Microsoft's side.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MicrosoftManners {
    /// What a refresh does to the refresh token. Microsoft's own way is `lenient`.
    pub rotation: Rotation,
    pub access_token_life_s: i64,
    /// Ninety days, anew with each refresh. Absent: until revoked.
    pub refresh_token_life_s: Option<i64>,
    pub refresh_tokens_max: usize,
    pub code_life_s: i64,
    /// How old a delta token may get. Absent: any age.
    pub delta_token_life_s: Option<i64>,
    /// Pages hold at most so many, whatever was asked for.
    pub page_max: Option<usize>,
    /// Every second page of a delta round is empty, and says that there are more.
    pub empty_pages: bool,
    /// The last of a page of a delta round comes again as the first of the next.
    pub repeated_ids: bool,
    /// When a series is deleted, a delta round lists its instances too.
    pub removed_with_instances: bool,
    /// `events/delta`, which v1.0 may or may not have.
    pub events_delta: bool,
    /// Whole days are shown at hours that the asked zone makes of their midnights.
    pub whole_days_shifted: bool,
    pub repeated_transaction: Repeated,
    /// Calendars of others need one of the `….Shared` permissions.
    pub shared_scope_needed: bool,
    pub subscription_life_min_s: i64,
    pub subscription_life_max_s: i64,
    /// So long before its end a subscription gets `reauthorizationRequired`. Absent: never.
    pub reauthorize_before_s: Option<i64>,
    /// `http://` addresses are refused for push, as at Microsoft.
    pub push_https_only: bool,
    /// Requests that one mailbox answers at a time. Absent: any number.
    pub concurrent_max: Option<usize>,
    /// Requests in ten minutes to one mailbox. Microsoft's figure is 10000. Absent: no limit.
    pub calls_in_ten_minutes: Option<usize>,
}

impl Default for MicrosoftManners {
    fn default() -> Self {
        Self {
            rotation: Rotation::Lenient,
            access_token_life_s: 3959,
            refresh_token_life_s: Some(7_776_000),
            refresh_tokens_max: 100,
            code_life_s: 600,
            delta_token_life_s: None,
            page_max: None,
            empty_pages: false,
            repeated_ids: false,
            removed_with_instances: false,
            events_delta: false,
            whole_days_shifted: false,
            repeated_transaction: Repeated::Conflict,
            shared_scope_needed: false,
            subscription_life_min_s: 2_700,
            subscription_life_max_s: 604_800,
            reauthorize_before_s: Some(3_600),
            push_https_only: false,
            concurrent_max: Some(4),
            calls_in_ten_minutes: None,
        }
    }
}

/// An error of the token endpoint, by the number of its AADSTS code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenError {
    pub code: u32,
    pub often: Often,
}

/// A 429 on order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MicrosoftThrottle {
    /// `ApplicationThrottled`, `TooManyRequests`, `activityLimitReached`, `MailboxConcurrency`.
    pub code: String,
    pub often: Often,
    /// In its header; absent: not said.
    pub retry_after_s: Option<u32>,
}

api_faults! {
    /// What goes wrong at Microsoft's side. What is gone is a delta token.
    pub struct MicrosoftFaults {
        pub throttle: Option<MicrosoftThrottle>,
        /// 401 with a `claims` challenge, as continuous access evaluation gives it.
        pub claims_challenge: Often,
        /// An error of the token endpoint in its own form.
        pub token_error: Option<TokenError>,
        /// The client secret has expired: 7000222 at every token.
        pub secret_expired: bool,
        /// This permission is not granted, whatever was allowed.
        pub scope_missing: Option<String>,
        /// A page of Microsoft's own with this AADSTS code instead of consent.
        pub sign_in_refused: Option<u32>,
        /// A delta token, or a page of its round, is no longer known.
        pub delta_gone: Often,
        /// `SyncStateNotFound` unless said; `SyncStateInvalid`, `resyncRequired`.
        pub gone_code: Option<String>,
        /// 410 unless said; 400 and 404 are known too.
        pub gone_status: Option<u16>,
        /// The account has no mailbox: 404 `MailboxNotEnabledForRESTAPI`.
        pub mailbox_missing: bool,
        /// Subscriptions are refused with this status.
        pub subscription_refused: Option<u16>,
        /// A notice with a wrong `clientState` comes before the true one.
        pub push_forged: Often,
    }
}

impl MicrosoftFaults {
    /// The limit that this call is said to hit; counts down.
    pub(crate) fn throttled(&mut self) -> Option<Refusal> {
        let throttle = self.throttle.as_mut().filter(|it| it.often != Often::Never)?;
        let struck = throttle.often.strike();
        let code = if throttle.code.is_empty() { "ApplicationThrottled" } else { &throttle.code };
        let mut refusal = Refusal::new(429, code, "Too many requests.");
        refusal.retry_after_s = throttle.retry_after_s;
        struck.then_some(refusal)
    }

    /// The AADSTS code that this token request is said to meet; counts down.
    pub(crate) fn token_refused(&mut self) -> Option<u32> {
        if self.secret_expired {
            return Some(7_000_222);
        }
        let error = self.token_error.as_mut()?;
        error.often.strike().then_some(error.code)
    }
}
