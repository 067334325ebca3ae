//! Does Zoom know the client that was entered (`docs/providers/zoom.md`, The check)? Asked of its
//! token endpoint, with a code that nobody was given: Zoom looks at the client first.

use async_trait::async_trait;
use connection::{ClientCheck, FailureCode, Refusal, Secret};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use outbound::{Basic, Client, Error, ErrorKind, Limits, Request, Response};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::wire;

/// Zoom's own address.
const ZOOM: &str = "https://zoom.us";
/// A code that cannot exist.
const CODE: &str = "daymark-asks-whether-this-client-is-known";
/// A proof key for it (RFC 7636 §4.1).
const VERIFIER: &str = "daymark-asks-whether-its-client-is-known-0123456789";

/// The app of this installation, as Zoom's App Marketplace made it.
pub(crate) struct RegisteredApp {
    pub(crate) client: Client,
    /// The address that the operator vouches for, in place of Zoom's own.
    pub(crate) base: Option<Url>,
    pub(crate) id: String,
    pub(crate) secret: Secret,
}

#[async_trait]
impl ClientCheck for RegisteredApp {
    async fn check_client(&self, redirect_uri: &str) -> Result<(), Refusal> {
        match self.client.send(self.question(redirect_uri)).await {
            Ok(answer) => read(&answer),
            Err(broken) => Err(refusal(FailureCode::Unreachable, not_asked(&broken))),
        }
    }
}

impl RegisteredApp {
    fn question(&self, redirect_uri: &str) -> Request {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", CODE),
            ("redirect_uri", redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        let password = self.secret.reveal().to_owned().into();
        let request = Request::new(Method::POST, self.endpoint())
            .header(CONTENT_TYPE, form_type)
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .body(Serializer::new(String::new()).extend_pairs(form).finish())
            .basic(Basic { username: self.id.clone(), password })
            // It holds the secret: for that address alone, and unread on the way.
            .limits(Limits { redirects_max: 0, ..Limits::default() })
            .confidential();
        match &self.base {
            Some(base) => request.trusting(base),
            None => request,
        }
    }

    fn endpoint(&self) -> Url {
        let own = || Url::parse(ZOOM).expect("Zoom's own address is an address");
        let mut url = self.base.clone().unwrap_or_else(own);
        url.set_query(None);
        url.set_fragment(None);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["oauth", "token"]);
        }
        url
    }
}

fn refusal(code: FailureCode, say: impl Into<String>) -> Refusal {
    Refusal { code, say: say.into(), field: None }
}

/// What an answer says of the client. Only Zoom's own words about the code say that it is known.
fn read(answer: &Response) -> Result<(), Refusal> {
    let status = answer.status;
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        return Err(refusal(
            FailureCode::Unreachable,
            "Zoom's sign-in is out of order just now, so it could not be asked. Try again in a \
             few minutes.",
        ));
    }
    if status.is_success() {
        // Nobody redeems a made-up code; if somebody does, the client is known.
        let tokens = serde_json::from_slice::<wire::Tokens>(&answer.body);
        return tokens.map(|_| ()).map_err(|_| something_else());
    }
    match serde_json::from_slice::<wire::Refused>(&answer.body) {
        Ok(refused) if !refused.error.is_empty() || refused.number().is_some() => weigh(&refused),
        _ => Err(something_else()),
    }
}

/// Zoom's number decides, and its word where none came.
fn weigh(refused: &wire::Refused) -> Result<(), Refusal> {
    let say = match (refused.number(), refused.error.as_str()) {
        (Some(4733 | 4734), _) | (None, "invalid_grant") => return Ok(()),
        (Some(4702 | 4704), _) | (None, "invalid_client") => {
            "Zoom does not know this client, or its secret is wrong. Compare \
             DAYMARK_ZOOM_CLIENT_ID and DAYMARK_ZOOM_CLIENT_SECRET with the app at \
             https://marketplace.zoom.us"
        }
        (Some(4709), _) => {
            "Zoom does not know the way back to this installation. Put its address, letter by \
             letter, into the app at https://marketplace.zoom.us as the redirect URL and on the \
             list of allowed addresses."
        }
        (Some(4717), _) => {
            "Zoom has switched this app off. Look at it at https://marketplace.zoom.us"
        }
        _ => {
            let say = "Zoom refused the client without a reason that is known here.";
            return Err(refusal(FailureCode::Refused, say));
        }
    };
    Err(refusal(FailureCode::SetUp, say))
}

fn something_else() -> Refusal {
    refusal(
        FailureCode::WebPage,
        "Something else than Zoom's sign-in answers. If this network asks to sign in somewhere \
         first, whoever runs this installation must do that, then try again.",
    )
}

/// Why it could not be asked. Names the host, never a path.
fn not_asked(broken: &Error) -> String {
    let is_unreached = matches!(
        broken.kind,
        ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Interrupted
    );
    if is_unreached {
        let site = &broken.site;
        let host = site.split_once("://").map_or(site.as_str(), |(_, host)| host);
        return format!(
            "{host} cannot be reached from this machine: check its network, then check again."
        );
    }
    format!("Zoom could not be asked: {broken}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(json: &str) -> Result<(), FailureCode> {
        weigh(&serde_json::from_str(json).unwrap()).map_err(|refusal| refusal.code)
    }

    #[test]
    fn the_number_decides_wherever_it_stands_and_the_word_without_one() {
        for known in [
            r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#,
            r#"{"reason":"Invalid authorization code (4734)","error":"invalid_request"}"#,
            r#"{"reason":"","error":"invalid_grant","code":4733}"#,
            r#"{"reason":"expired","errorCode":"4733"}"#,
        ] {
            assert_eq!(said(known), Ok(()), "{known}");
        }
        for mine in [
            r#"{"reason":"Invalid client_id or client_secret","error":"invalid_client"}"#,
            r#"{"reason":"4702: Invalid client","error":"invalid_request"}"#,
            r#"{"reason":"","error":"invalid_grant","code":4704}"#,
            r#"{"reason":"Redirect URI mismatch","error":"invalid_grant","errorCode":4709}"#,
            r#"{"reason":"4717","error":"invalid_grant"}"#,
        ] {
            assert_eq!(said(mine), Err(FailureCode::SetUp), "{mine}");
        }
        for unclear in [
            r#"{"reason":"4706","error":"invalid_request"}"#,
            r#"{"reason":"4711","error":"invalid_grant"}"#,
            r#"{"reason":"of 14734 and 47340","error":"invalid_request"}"#,
            r#"{"reason":"new","error":"made_up"}"#,
        ] {
            assert_eq!(said(unclear), Err(FailureCode::Refused), "{unclear}");
        }
    }
}
