//! Errors of the identity platform: a number, its text, and the OAuth error that it stands for.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::MICROSOFT_CLIENT_ID;
use crate::answer::{Answer, json_answer};
use crate::net::fingerprint;

const INVALID: &str = "invalid_grant";
const CLIENT: &str = "invalid_client";
const REQUEST: &str = "invalid_request";
const INTERACTION: &str = "interaction_required";
const LATER: &str = "temporarily_unavailable";

/// `(number, status, error, suberror, text)`.
type Row = (u32, u16, &'static str, &'static str, &'static str);

const TABLE: &[Row] = &[
    (
        16_000,
        400,
        INTERACTION,
        "",
        "Either multiple user identities are available for the \
        current request or selected account is not supported for the scenario.",
    ),
    (
        28_000,
        400,
        "invalid_scope",
        "",
        "Provided value for the input parameter scope is not \
        valid because it contains more than one resource.",
    ),
    (
        28_002,
        400,
        "invalid_scope",
        "",
        "Provided value for the input parameter scope is not \
        valid when requesting an access token.",
    ),
    (
        50_011,
        400,
        REQUEST,
        "",
        "The redirect URI specified in the request does not match the \
        redirect URIs configured for the application.",
    ),
    (
        50_020,
        400,
        INVALID,
        "",
        "User account from identity provider does not exist in the \
        tenant and cannot access the application.",
    ),
    (50_033, 503, LATER, "", "RetryableError: A transient error occurred. Please try again."),
    (50_034, 400, INVALID, "", "The user account does not exist in the directory."),
    (50_057, 400, INVALID, "", "The user account is disabled."),
    (50_074, 400, INTERACTION, "basic_action", "Strong authentication is required."),
    (
        50_076,
        400,
        INTERACTION,
        "basic_action",
        "Due to a configuration change made by your \
        administrator, or because you moved to a new location, you must use multi-factor \
        authentication.",
    ),
    (
        50_079,
        400,
        INTERACTION,
        "basic_action",
        "You must enroll in multi-factor \
        authentication.",
    ),
    (
        50_105,
        400,
        INTERACTION,
        "",
        "The signed in user is not assigned to a role for the \
        application.",
    ),
    (50_158, 400, INTERACTION, "", "External security challenge was not satisfied."),
    (
        50_173,
        400,
        INVALID,
        "bad_token",
        "The provided grant has expired due to it being \
        revoked, a fresh auth token is needed.",
    ),
    (
        50_196,
        400,
        INVALID,
        "",
        "The server terminated an operation because it encountered a \
        client request loop.",
    ),
    (53_000, 400, INTERACTION, "", "Device is not in required device state: compliant."),
    (
        53_003,
        400,
        INTERACTION,
        "message_only",
        "Access has been blocked by Conditional Access \
        policies.",
    ),
    (
        54_005,
        400,
        INVALID,
        "",
        "OAuth2 Authorization code was already redeemed, please retry \
        with a new valid code or use an existing refresh token.",
    ),
    (
        65_001,
        400,
        INVALID,
        "consent_required",
        "The user or administrator has not consented \
        to use the application.",
    ),
    (65_004, 400, "access_denied", "", "User declined to consent to access the app."),
    (70_000, 400, INVALID, "", "Provided grant is invalid or malformed."),
    (
        70_008,
        400,
        INVALID,
        "token_expired",
        "The provided authorization code or refresh token \
        has expired due to inactivity.",
    ),
    (
        70_011,
        400,
        "invalid_scope",
        "",
        "The provided value for the input parameter 'scope' is \
        not valid.",
    ),
    (
        70_043,
        400,
        INVALID,
        "bad_token",
        "The refresh token has expired or is invalid due to \
        sign-in frequency checks by conditional access.",
    ),
    (
        90_002,
        400,
        REQUEST,
        "",
        "Tenant not found. Check to make sure you have the correct \
        tenant ID and are signing into the correct cloud.",
    ),
    (
        90_006,
        503,
        LATER,
        "",
        "ExternalServerRetryableError: the service is temporarily \
        unavailable.",
    ),
    (90_014, 400, REQUEST, "", "The required field is missing from the credential."),
    (90_033, 503, LATER, "", "A transient error has occurred. Please try again."),
    (90_093, 400, INTERACTION, "", "This operation can only be performed by an administrator."),
    (
        90_094,
        400,
        "access_denied",
        "",
        "An administrator of the organization has to grant the \
        permissions that this application needs.",
    ),
    (90_095, 400, "access_denied", "", "Admin consent is required. A request was sent."),
    (
        501_481,
        400,
        INVALID,
        "",
        "The Code_Verifier does not match the code_challenge supplied \
        in the authorization request.",
    ),
    (
        650_056,
        400,
        INVALID,
        "",
        "Misconfigured application: no consent, or no permission listed \
        in the requested permissions.",
    ),
    (700_016, 400, "unauthorized_client", "", "Application was not found in the directory."),
    (
        700_082,
        400,
        INVALID,
        "token_expired",
        "The refresh token has expired due to \
        inactivity.",
    ),
    (
        700_084,
        400,
        INVALID,
        "bad_token",
        "The refresh token was issued to a single page app, \
        and therefore has a fixed, limited lifetime, which cannot be extended.",
    ),
    (7_000_112, 400, "unauthorized_client", "", "Application is disabled."),
    (
        7_000_215,
        401,
        CLIENT,
        "",
        "Invalid client secret provided. Ensure the secret being sent \
        in the request is the client secret value, not the client secret ID.",
    ),
    (
        7_000_218,
        401,
        CLIENT,
        "",
        "The request body must contain the following parameter: \
        'client_assertion' or 'client_secret'.",
    ),
    (7_000_222, 401, CLIENT, "", "The provided client secret keys for app are expired."),
    (9_002_313, 400, REQUEST, "", "Invalid request. Request is malformed or invalid."),
];

fn row(code: u32) -> Row {
    let known = TABLE.iter().find(|(known, ..)| *known == code);
    known.copied().unwrap_or((code, 400, INVALID, "", "The sandbox was told to refuse."))
}

/// `AADSTS65004: User declined …`
pub(crate) fn text(code: u32) -> String {
    let (_, _, _, _, says) = row(code);
    format!("AADSTS{code}: {says}")
}

/// The OAuth error that a code stands for.
pub(crate) fn error_name(code: u32) -> &'static str {
    row(code).2
}

/// An error of the token endpoint.
pub(crate) fn error(code: u32, now: Timestamp) -> Answer {
    error_with(row(code).1, code, now)
}

pub(crate) fn error_with(status: u16, code: u32, now: Timestamp) -> Answer {
    let (_, _, name, suberror, _) = row(code);
    let trace = |what: &str| {
        let (a, b) = (fingerprint(&(what, code, now)), fingerprint(&(now, what)));
        let (high, low) = (a >> 32, a & 0xFFFF);
        format!("{high:08x}-{low:04x}-4000-8000-{:012x}", b & 0xFFFF_FFFF_FFFF)
    };
    let (trace_id, correlation_id) = (trace("trace"), trace("correlation"));
    let date = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let mut body = json!({
        "error": name,
        "error_description": format!("{} Trace ID: {trace_id} Correlation ID: {correlation_id} \
            Timestamp: {date}", text(code)),
        "error_codes": [code],
        "timestamp": date,
        "trace_id": trace_id,
        "correlation_id": correlation_id,
        "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
    });
    if !suberror.is_empty() {
        body["suberror"] = json!(suberror);
    }
    if name == INTERACTION {
        let claims = json!({ "access_token": { "capolids": { "essential": true,
            "values": [MICROSOFT_CLIENT_ID] } } });
        body["claims"] = Value::String(claims.to_string());
    }
    json_answer(status, &body)
}
