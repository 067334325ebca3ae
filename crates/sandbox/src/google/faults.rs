//! Google's manners, which hold for everyone, and what goes wrong on order: for everyone, or for
//! one person.

use serde::{Deserialize, Serialize};

use super::answer::Refusal;
use crate::faults::Often;
use crate::faults::api::api_faults;
use crate::oauth::Rotation;

/// Switches of the project that programs sign in with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GoogleManners {
    /// What a refresh does to the refresh token. Google's own way is `never`.
    pub rotation: Rotation,
    pub access_token_life_s: i64,
    /// How long refresh tokens live: 604800 for a project in testing. Absent: until revoked.
    pub refresh_token_life_s: Option<i64>,
    pub refresh_tokens_max: usize,
    pub code_life_s: i64,
    /// How old a sync token may get. Absent: any age.
    pub sync_token_life_s: Option<i64>,
    /// Pages hold at most so many, whatever was asked for.
    pub page_max: Option<usize>,
    /// Every second page is empty, and says that there are more.
    pub empty_pages: bool,
    pub channel_life_s: i64,
    pub channel_life_max_s: i64,
    /// `http://` addresses are refused for push, as at Google.
    pub push_https_only: bool,
    /// Calls in a minute, by one person. Google's figure is 600. Absent: no limit.
    pub calls_a_minute: Option<usize>,
    /// Calls in a minute, by everyone. Google's figure is 10000. Absent: no limit.
    pub project_calls_a_minute: Option<usize>,
    /// Conferences are `pending` when they are made, and there at the next look.
    pub conference_pending: bool,
}

impl Default for GoogleManners {
    fn default() -> Self {
        Self {
            rotation: Rotation::Never,
            access_token_life_s: 3599,
            refresh_token_life_s: None,
            refresh_tokens_max: 100,
            code_life_s: 600,
            sync_token_life_s: None,
            page_max: None,
            empty_pages: false,
            channel_life_s: 604_800,
            channel_life_max_s: 2_592_000,
            push_https_only: false,
            calls_a_minute: None,
            project_calls_a_minute: None,
            conference_pending: false,
        }
    }
}

/// A limit that is hit on order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Throttle {
    /// `rateLimitExceeded`, `userRateLimitExceeded`, `quotaExceeded`, `dailyLimitExceeded`.
    pub reason: String,
    pub often: Often,
    /// 403 or 429; absent: 403.
    pub status: Option<u16>,
    /// Normally Google does not say.
    pub retry_after_s: Option<u32>,
}

api_faults! {
    /// What goes wrong at Google's side. What is gone is a sync token.
    pub struct GoogleFaults {
        pub throttle: Option<Throttle>,
        /// Google's own page instead of consent: `admin_policy_enforced`, `org_internal`,
        /// `disallowed_useragent`, `access_denied` …
        pub sign_in_refused: Option<String>,
        /// 410 on a listing that goes by sync token.
        pub sync_token_gone: Often,
        /// 400 `pushNotSupportedForRequestedResource`, or 401 `push.webhookUrlUnauthorized`.
        pub watch_refused: Option<String>,
    }
}

impl GoogleFaults {
    /// The limit that this call is said to hit; counts down.
    pub(crate) fn throttled(&mut self) -> Option<Refusal> {
        let throttle = self.throttle.as_mut()?;
        if !throttle.often.strike() {
            return None;
        }
        let mut refusal = limit(&throttle.reason, throttle.status.unwrap_or(403));
        refusal.retry_after_s = throttle.retry_after_s;
        Some(refusal)
    }
}

/// A limit in Google's words.
pub(crate) fn limit(reason: &str, status: u16) -> Refusal {
    let (reason, message) = match reason {
        "userRateLimitExceeded" => ("userRateLimitExceeded", "User Rate Limit Exceeded"),
        "quotaExceeded" => ("quotaExceeded", "Calendar usage limits exceeded."),
        "dailyLimitExceeded" => ("dailyLimitExceeded", "Daily Limit Exceeded"),
        _ => ("rateLimitExceeded", "Rate Limit Exceeded"),
    };
    Refusal::new(status, "usageLimits", reason, message)
}
