//! Which address shows which page, and what surrounds them all: limits, headers, the guard against
//! requests that other sites forge.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use door::addresses;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue, StatusCode};
use jiff::SignedDuration;
use store::connections;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};

use crate::error::{self, Fault};
use crate::form::{FORM_MAX, UPLOAD_MAX};
use crate::pages::{
    audit, calendar_settings, connection_add, connection_calendars, connection_checks,
    connection_fix, connection_manage, connection_repair, connection_replace, connection_sign_in,
    connections_list, developers, invitation, messages, oauth, passkeys, people, profile,
    second_step, security, set_up, sign_in, sign_in_link, sign_in_open_id, sign_in_second, week,
};
use crate::session::SignedIn;
use crate::{Web, assets, cookies, entering, live, page, webhooks};

/// All pages, static files, and the answers for who watches over the process.
pub(crate) fn router(web: Web) -> Router {
    let uploads = Router::new()
        .route(
            "/calendars/settings/connections/add/{kind}",
            get(connection_sign_in::show).post(connection_sign_in::connect),
        )
        .route(
            "/calendars/settings/connections/{id}/repair",
            get(connection_repair::show).post(connection_repair::repair),
        )
        .layer(DefaultBodyLimit::max(UPLOAD_MAX));
    personal()
        .merge(signing_in())
        .merge(people_pages())
        .merge(connections_pages())
        .merge(developers_pages())
        .layer(DefaultBodyLimit::max(FORM_MAX))
        .merge(uploads)
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_unknown)
        .layer(CsrfLayer::new().with_rejection_response(refuse_forged))
        .merge(webhooks::router())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(web.clone(), headers))
        .with_state(web)
}

fn people_pages() -> Router<Web> {
    Router::new()
        .route("/settings/people", get(people::show))
        .route("/settings/people/invitations", post(people::invite))
        .route("/settings/people/invitations/{id}/withdraw", post(people::withdraw))
        .route("/settings/people/{id}/role", post(people::change_role))
        .route("/settings/people/{id}/confirm-email", post(people::confirm_email))
        .route("/settings/people/{id}/end-sessions", post(people::end_sessions))
        .route("/settings/people/{id}/link", get(people::ask_for_link).post(people::make_link))
        .route("/settings/people/{id}/remove", get(people::ask_to_remove).post(people::remove))
        .route("/invitations/{token}", get(invitation::show).post(invitation::enter))
        .route(audit::HREF, get(audit::show))
        .route(audit::EXPORT, get(audit::export))
}

fn personal() -> Router<Web> {
    Router::new()
        .route("/", get(start))
        .route("/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/sign-in/{token}", get(sign_in_link::show).post(sign_in_link::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/week", get(week::show))
        .route("/settings/profile", get(profile::show).post(profile::change))
        .route("/settings/profile/password", post(profile::change_password))
        .route("/settings/profile/identities/remove", post(profile::remove_identity))
        .route("/settings/profile/sessions/end-others", post(profile::end_others))
        .route(messages::HREF, get(messages::show))
        .route(
            "/settings/messages/mute/{id}",
            get(messages::ask_to_mute).post(messages::change_mute),
        )
        .route("/settings/profile/sessions/end-all", post(profile::end_all))
        .route(set_up::HREF, get(set_up::show))
        .route("/settings/set-up/{kind}/check", get(set_up::show).post(set_up::check))
        .route("/oauth/go/{kind}", get(oauth::go))
        .route(addresses::BEGIN, get(oauth::link::show).post(oauth::link::press))
        .route(addresses::CALLBACK, get(oauth::come_back))
        .route("/stream", get(live::stream))
        .route(assets::ROUTE, get(assets::asset))
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
}

/// The second step of signing in, and who must take it.
fn signing_in() -> Router<Web> {
    let own = Router::new()
        .route("/", get(second_step::show))
        .route("/app", post(second_step::begin_app))
        .route("/app/confirm", post(second_step::confirm_app))
        .route("/app/remove", post(second_step::remove_app))
        .route("/passkeys", post(passkeys::register))
        .route("/passkeys/begin", post(passkeys::begin_register))
        .route("/passkeys/{id}/remove", get(passkeys::ask_to_remove).post(passkeys::remove))
        .route("/recovery", post(second_step::remake_codes));
    Router::new()
        .route(entering::SECOND, get(sign_in_second::show).post(sign_in_second::enter))
        .route(sign_in_second::ENROL, post(sign_in_second::confirm))
        .route(passkeys::SECOND, post(passkeys::sign_in))
        .route("/sign-in/second/passkey/begin", post(passkeys::begin_sign_in))
        .route(sign_in_open_id::HREF, get(sign_in_open_id::go))
        .route(sign_in_open_id::CALLBACK, get(sign_in_open_id::come_back))
        .route(security::HREF, get(security::show).post(security::change))
        .route(security::PROVIDER, post(security::change_provider))
        .nest(second_step::HREF, own)
}

fn connections_pages() -> Router<Web> {
    let one = Router::new()
        .route("/", get(connection_manage::show))
        .route("/pull", post(connection_manage::pull))
        .route("/pause", post(connection_manage::pause))
        .route("/busy-only", post(connection_manage::set_busy_only))
        .route(
            "/disconnect",
            get(connection_manage::ask_to_disconnect).post(connection_manage::disconnect),
        )
        .route("/calendars", get(connection_calendars::show).post(connection_calendars::choose))
        .route("/calendars/{calendar}", post(connection_manage::change_calendar))
        .route("/calendars/{calendar}/believe", post(connection_manage::believe))
        .route("/calendars/{calendar}/remove", post(connection_manage::remove));
    Router::new()
        .route("/calendars/settings/connections", get(connections_list::show))
        .route("/settings/profile/calendar", get(connections_list::show))
        .route(
            "/calendars/settings/calendars",
            get(calendar_settings::show).post(calendar_settings::choose),
        )
        .route("/calendars/settings/connections/add", get(connection_add::show))
        .route(connection_fix::FIX, get(connection_fix::show))
        .route(connection_fix::FORGET, post(connection_fix::forget))
        .route("/calendars/settings/connections/attempts/{id}", get(connection_checks::show))
        .route(
            "/calendars/settings/connections/attempts/{id}/replace",
            post(connection_replace::decide),
        )
        .nest("/calendars/settings/connections/{id}", one)
}

fn developers_pages() -> Router<Web> {
    let one = Router::new()
        .route("/", get(developers::show_webhook))
        .route("/test", post(developers::test))
        .route("/turn-secret", post(developers::turn_secret))
        .route("/enable", post(developers::enable))
        .route("/delete", post(developers::delete))
        .route("/deliveries/{delivery}/replay", post(developers::replay));
    Router::new()
        .route(developers::HREF, get(developers::show))
        .route("/settings/developers/keys", post(developers::make_key))
        .route("/settings/developers/keys/{id}/end", post(developers::end_key))
        .route("/settings/developers/webhooks", post(developers::add))
        .nest("/settings/developers/webhooks/{id}", one)
}

/// The week, for who has connected something; else where one connects.
async fn start(State(web): State<Web>, who: SignedIn) -> Result<Redirect, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let held = connections::of_user(&mut tx, &who.user.id).await?;
    let to = if held.is_empty() { "/calendars/settings/connections" } else { "/week#today" };
    Ok(Redirect::to(to))
}

/// Can it serve? Only where the database answers.
async fn ready(State(web): State<Web>) -> Response {
    match web.ctx.db.read().await {
        Ok(_) if !web.stop.is_cancelled() => "ready\n".into_response(),
        Ok(_) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response(),
    }
}

fn refuse_forged(_: ProtectionError) -> Response {
    Fault::Forbidden.into_response()
}

/// The panic's own words may hold anything: they stay out of the answer and the log.
fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    tracing::error!("a page panicked");
    Fault::Broken.into_response()
}

/// What every answer says to the browser.
async fn headers(State(web): State<Web>, request: Request, next: Next) -> Response {
    let path = Some(request.uri().path()).filter(|path| addresses::begins_on(path));
    let begun_on = path.map(str::to_owned);
    let mut response = next.run(request).await;
    if let Some(page) = begun_on.filter(|_| response.status().is_success()) {
        let (cookie, age) = ((addresses::BEGUN_ON, &*page), SignedDuration::from_mins(30));
        cookies::set(&web.settings, &mut response, cookie, addresses::LIST, age);
    }
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(CONTENT_SECURITY_POLICY, page::CONTENT_SECURITY_POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(X_FRAME_OPTIONS, "DENY");
    set(REFERRER_POLICY, "same-origin");
    set(CACHE_CONTROL, "no-store");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=()",
    );
    if web.settings.secure_cookies {
        set(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}
