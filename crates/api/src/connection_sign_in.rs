//! `POST /connections/sign-in`: a link with which a person signs in at a provider's own page.

use axum::Json;
use axum::extract::State;
use connection::{ConnectionId, IntegrationKind, UserId};
use door::addresses;
use serde::Serialize;
use sync::connect::Wishes;
use sync::sign_in::{self, Begin};
use utoipa::ToSchema;

use super::caller::Writer;
use super::fields::Fields;
use super::problem::Problem;
use super::sent::Sent;
use super::{Api, named};

/// Characters of a path to return to.
const PATH_MAX: usize = 500;

/// What is to be signed in to.
#[derive(ToSchema)]
#[schema(as = ConnectionSignIn)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes the body; `Fields` reads it")]
pub(super) struct SignInShape {
    /// One whose `sign_in` is `oauth`.
    #[schema(example = "google")]
    integration: String,
    /// Who will hold the connection.
    #[schema(pattern = "^usr_[0-9a-f]{32}$")]
    user: String,
    /// Where the person goes when it is done: a path of this installation. It gets `connection` or
    /// `failure` in its query.
    #[schema(
        nullable = false,
        max_length = 500,
        pattern = r"^/([^/\\\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*)?$"
    )]
    return_to: Option<String>,
    /// No more than the times of its events is ever stored.
    #[schema(nullable = false, default = false)]
    busy_only: Option<bool>,
}

/// Where to send the person.
#[derive(Serialize, ToSchema)]
#[schema(as = AuthorizeUrl)]
pub(super) struct AuthorizeShape {
    /// Open it in the person's browser: its page says what will happen and for whom, and its
    /// button goes on to the provider. Works once, for ten minutes; looking at it uses nothing up.
    authorize_url: String,
}

/// Begin a sign-in at a provider's page
///
/// Answers a link for one person's browser. Its page says what will happen and for whom, and leads
/// to the provider, and back here, where the account is examined and connected.
#[utoipa::path(post, path = "/connections/sign-in", tag = "Connections",
    request_body = SignInShape,
    responses((status = 200, body = AuthorizeShape, description = "Where to send the person.")))]
pub(super) async fn connection_sign_in(
    State(api): State<Api>,
    Writer(caller): Writer,
    sent: Sent,
) -> Result<Json<AuthorizeShape>, Problem> {
    let known = ["integration", "user", "return_to", "busy_only"];
    let mut body = Fields::of_body(&sent.headers, &sent.body, &known)?;
    let rows = api.house.ctx.catalogue.rows().iter().filter(|row| row.sign_in.as_str() == "oauth");
    let words: Vec<_> = rows.map(|row| (row.kind.as_str(), &row.kind)).collect();
    let integration: Option<&IntegrationKind> = body.choice("integration", &words);
    let user = body.id::<UserId>("user");
    let return_to = body.text("return_to", PATH_MAX);
    let busy_only = body.truth_if_given("busy_only").unwrap_or_default();
    if return_to.as_deref().is_some_and(|path| !is_path_of_ours(path)) {
        body.refuse("return_to", "invalid", "Give a path of this installation, such as /week.");
    }
    body.done()?;
    let wishes = Wishes { busy_only, ..Wishes::default() };
    let (Some(integration), Some(user)) = (integration.cloned(), user) else {
        return Err(Problem::not_found());
    };
    let mut tx = api.house.ctx.db.read().await?;
    let user = named::user(&mut tx, &caller, &user).await?.id;
    drop(tx);
    link(&api, (user, integration), (None, wishes), return_to).await
}

/// A link that begins a sign-in.
pub(super) async fn link(
    api: &Api,
    (user, integration): (UserId, IntegrationKind),
    (repairs, wishes): (Option<ConnectionId>, Wishes),
    return_to: Option<String>,
) -> Result<Json<AuthorizeShape>, Problem> {
    let house = &api.house;
    let redirect_uri = addresses::at(&house.address, addresses::CALLBACK);
    let begin = Begin { user, integration, repairs, redirect_uri, return_to, wishes };
    let ticket = sign_in::begin(&house.ctx, begin).await?;
    let authorize_url =
        addresses::at(&house.address, &format!("{}?ticket={ticket}", addresses::BEGIN));
    Ok(Json(AuthorizeShape { authorize_url }))
}

/// Nothing that a browser could take for another site.
fn is_path_of_ours(path: &str) -> bool {
    let rest = path.strip_prefix('/');
    rest.is_some_and(|rest| !rest.starts_with(['/', '\\']) && !path.contains(char::is_control))
}
