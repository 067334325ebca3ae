//! Google's token endpoint: codes redeemed, tokens refreshed and taken back, the client checked.

use connection::{ProviderError, Redemption, Secret, SignedOutWhy, Tokens};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};
use outbound::Request;
use outbound::oauth::{self, TokenAnswer, TokenFailure, TokenRefusal};
use url::form_urlencoded::Serializer;

use crate::call::Api;
use crate::error;

/// The client of this installation, as Google's console made it.
pub(crate) struct GoogleClient {
    pub(crate) id: String,
    pub(crate) secret: Secret,
}

/// What Google says of a client that is wrong, for the administrators.
pub(crate) fn set_up(refusal: &TokenRefusal) -> Option<&'static str> {
    Some(match refusal.error.as_str() {
        "invalid_client" => {
            "Google does not know this client, or its secret is wrong. Compare \
             DAYMARK_GOOGLE_CLIENT_ID and DAYMARK_GOOGLE_CLIENT_SECRET with Google's console."
        }
        "deleted_client" => {
            "The client was deleted in Google's console. Make a new one and set its id and secret."
        }
        "unauthorized_client" | "unsupported_grant_type" => {
            "This client may not sign people in. In Google's console, make one of the type “Web \
             application”."
        }
        "redirect_uri_mismatch" => {
            "Google does not know the way back to this installation. In Google's console, add its \
             address to the client's authorised redirect URIs, letter by letter."
        }
        "invalid_scope" => {
            "Google does not know what is asked for. In Google's console, turn on the Google \
             Calendar API and add its scopes to the consent screen."
        }
        "disabled_client" | "org_internal" => {
            "Google has closed this client, or keeps it to one organisation. Look at its consent \
             screen in Google's console."
        }
        _ => return None,
    })
}

impl Api {
    /// Posts a form to the token endpoint, for an account where that is known.
    async fn token(
        &self,
        client: &GoogleClient,
        form: &[(&str, &str)],
        account: Option<&str>,
    ) -> Result<TokenAnswer, TokenFailure> {
        let ours = [("client_id", client.id.as_str()), ("client_secret", client.secret.reveal())];
        let form = [form, &ours].concat();
        let (url, vouched) = (&self.hosts.token(), self.hosts.vouched());
        oauth::token(&self.client, oauth::Endpoint { url, vouched, account }, &form).await
    }

    pub(crate) async fn redeem(
        &self,
        client: &GoogleClient,
        redemption: &Redemption,
    ) -> Result<TokenAnswer, TokenFailure> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", redemption.code.reveal()),
            ("redirect_uri", &redemption.redirect_uri),
            ("code_verifier", redemption.verifier.reveal()),
        ];
        self.token(client, &form, None).await
    }

    pub(crate) async fn refresh(
        &self,
        client: &GoogleClient,
        held: &Tokens,
        now: Timestamp,
    ) -> Result<Tokens, ProviderError> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", held.refresh.reveal())];
        let answer = self.token(client, &form, Some(&held.account)).await;
        let answer = answer.map_err(|failed| not_refreshed(&failed))?;
        let ends_at = ends_at(&answer, now);
        Ok(Tokens {
            account: held.account.clone(),
            expires_at: after(now, answer.expires_in_s),
            access: Secret::new(secrecy::ExposeSecret::expose_secret(&answer.access)),
            // Google gives a new one only where it was asked to turn them over.
            refresh: refresh_token(&answer).unwrap_or_else(|| held.refresh.clone()),
            scopes: answer.scopes.unwrap_or_else(|| held.scopes.clone()),
            ends_at: ends_at.or(held.ends_at),
        })
    }

    /// Quirk google-7: takes back all that this account ever gave to this client.
    pub(crate) async fn revoke(&self, tokens: &Tokens) -> Result<(), ProviderError> {
        let form = [("token", tokens.refresh.reveal())];
        let form = Serializer::new(String::new()).extend_pairs(form).finish();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let mut request =
            Request::new(Method::POST, self.hosts.revoke()).header(CONTENT_TYPE, kind).body(form);
        if let Some(base) = self.hosts.vouched() {
            request = request.trusting(base);
        }
        let answer = self.client.send(request).await.map_err(|broken| error::of_call(&broken))?;
        let refusal: TokenRefusal = serde_json::from_slice(&answer.body).unwrap_or_default();
        match answer.status.as_u16() {
            _ if error::is_web_page(&answer) => Err(error::unintelligible(&answer)),
            200..=299 => Ok(()),
            // It is dead already, which is what was wanted.
            400 if refusal.error == "invalid_token" => Ok(()),
            _ => Err(error::of_answer(&answer)),
        }
    }

    /// Redeems a code that nobody was given: Google looks at the client first.
    pub(crate) async fn try_client(
        &self,
        client: &GoogleClient,
        redirect_uri: &str,
    ) -> Result<(), TokenFailure> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", "4/daymark-asks-whether-this-client-is-known"),
            ("redirect_uri", redirect_uri),
        ];
        match self.token(client, &form, None).await {
            Ok(_) => Ok(()),
            Err(TokenFailure::Refused(refusal)) if refusal.error == "invalid_grant" => Ok(()),
            Err(failed) => Err(failed),
        }
    }
}

/// The refresh token of an answer.
pub(crate) fn refresh_token(answer: &TokenAnswer) -> Option<Secret> {
    answer.refresh.as_ref().map(|token| Secret::new(secrecy::ExposeSecret::expose_secret(token)))
}

/// When the grant itself ends: a week for a project in testing.
pub(crate) fn ends_at(answer: &TokenAnswer, now: Timestamp) -> Option<Timestamp> {
    answer.refresh_expires_in_s.filter(|seconds| *seconds > 0).map(|seconds| after(now, seconds))
}

pub(crate) fn after(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now)
}

/// Only `invalid_grant` proves that a grant is dead.
fn not_refreshed(failed: &TokenFailure) -> ProviderError {
    let unavailable = |say: &str| ProviderError::Unavailable { say: say.into() };
    match failed {
        TokenFailure::Broken(broken) => error::of_call(broken),
        TokenFailure::OutOfOrder { until: Some(until), .. } => {
            ProviderError::Throttled { until: *until }
        }
        TokenFailure::OutOfOrder { status, until: None } => {
            unavailable(&format!("Google's sign-in answered {status}."))
        }
        TokenFailure::Unintelligible => ProviderError::Unintelligible {
            say: "Google's sign-in answered something that cannot be read.".into(),
        },
        TokenFailure::Refused(refusal) => match (refusal.error.as_str(), set_up(refusal)) {
            ("invalid_grant", _) => ProviderError::SignedOut { why: SignedOutWhy::AccessWithdrawn },
            ("admin_policy_enforced", _) => {
                ProviderError::SignedOut { why: SignedOutWhy::ConsentByAdmin }
            }
            (_, Some(say)) => ProviderError::SetUp { say: say.into() },
            _ => unavailable("Google's sign-in refused, without a reason that is known here."),
        },
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    fn refused(error: &str) -> ProviderError {
        let refusal = TokenRefusal { error: error.into(), ..TokenRefusal::default() };
        not_refreshed(&TokenFailure::Refused(refusal))
    }

    #[test]
    fn only_a_dead_grant_signs_anybody_out() {
        let dead = ProviderError::SignedOut { why: SignedOutWhy::AccessWithdrawn };
        assert_eq!(refused("invalid_grant"), dead);
        let admin = ProviderError::SignedOut { why: SignedOutWhy::ConsentByAdmin };
        assert_eq!(refused("admin_policy_enforced"), admin);
        for operators in [
            "invalid_client",
            "deleted_client",
            "disabled_client",
            "unauthorized_client",
            "unsupported_grant_type",
            "redirect_uri_mismatch",
            "invalid_scope",
            "org_internal",
        ] {
            assert_eq!(refused(operators).code(), "set_up", "{operators}");
        }
        for unclear in ["temporarily_unavailable", "internal_failure", "invalid_request", "new"] {
            assert_eq!(refused(unclear).code(), "unavailable", "{unclear}");
        }
        let status = StatusCode::BAD_GATEWAY;
        let failed = not_refreshed(&TokenFailure::OutOfOrder { status, until: None });
        assert_eq!(failed.code(), "unavailable");
        assert_eq!(not_refreshed(&TokenFailure::Unintelligible).code(), "unintelligible");
    }
}
