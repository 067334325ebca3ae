//! Signing in by e-mail address and password, slowed against guessing, and signing out.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use store::audit::Actor;
use store::people::{self, User};
use store::{StoreError, identities};

use super::pieces::field::{Input, Kind};
use super::sign_in_open_id;
use crate::acts::{self, Did};
use crate::asked::Asked;
use crate::entering::{self, FirstStep};
use crate::error::Fault;
use crate::form::{EMAIL_MAX, Form};
use crate::guessing::{self, Client, Subjects, slowed, too_many};
use crate::open_id::OpenIdProvider;
use crate::session::{self, SignedIn};
use crate::{Web, page, passwords};

/// Characters of the page to go on to.
const NEXT_MAX: usize = 2_000;

/// Where to go on afterwards.
#[derive(Default, serde::Deserialize)]
pub(crate) struct Next {
    next: Option<String>,
}

impl Next {
    pub(super) fn as_deref(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

/// What the form shows.
#[derive(Default)]
struct Shown<'s> {
    email: &'s str,
    next: &'s str,
    /// Where else people sign in.
    provider: Option<&'s str>,
    notice: Option<String>,
    complaint: Option<(&'static str, String)>,
}

/// The form.
pub(crate) async fn show(
    State(web): State<Web>,
    headers: HeaderMap,
    Asked(next): Asked<Next>,
) -> Result<Response, Fault> {
    let next = safe_next(next.next.as_deref());
    if session::find(&web, &headers).await?.is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    Ok(form(&Shown { next, provider: provider(&web), ..Shown::default() }).into_response())
}

fn provider(web: &Web) -> Option<&str> {
    web.settings.open_id.as_deref().map(OpenIdProvider::name)
}

fn form(shown: &Shown<'_>) -> Markup {
    let about =
        |field| shown.complaint.as_ref().filter(|(f, _)| *f == field).map(|(_, say)| say.as_str());
    let body = html! {
        h1 { "Sign in" }
        @if let Some(notice) = &shown.notice { p .notice.alarm role="alert" { (notice) } }
        // Without an address of its own it goes to the page's, with the part behind the # sign:
        // browsers carry that through each redirect, to the page to go on to.
        form .stack method="post" data-checked {
            input type="hidden" name="next" value=(shown.next);
            (Input {
                name: "email", label: "E-mail", kind: Kind::Email, value: shown.email,
                length_max: EMAIL_MAX, fills: "username", error: about("email"),
                ..Input::default()
            }.show())
            (Input {
                name: "password", label: "Password", kind: Kind::Password,
                length_max: passwords::LENGTH_MAX, fills: "current-password",
                error: about("password"), ..Input::default()
            }.show())
            button .button.primary.wide type="submit" { "Sign in" }
        }
        @if let Some(provider) = shown.provider {
            (sign_in_open_id::button(provider, shown.next))
        }
        p .small.soft.after {
            "No password yet, or forgotten? Ask whoever runs this Daymark for a sign-in link."
        }
    };
    page::bare("Sign in", &body)
}

/// A path of this site, or the start.
pub(super) fn safe_next(next: Option<&str>) -> &str {
    let is_own = |next: &&str| {
        next.len() <= NEXT_MAX
            && next.starts_with('/')
            && !next.starts_with("//")
            && !next.contains('\\')
            && next.bytes().all(|byte| byte.is_ascii_graphic())
    };
    next.filter(is_own).unwrap_or("/")
}

/// Signs in.
pub(crate) async fn enter(
    State(web): State<Web>,
    client: Client,
    headers: HeaderMap,
    mut sent: Form,
) -> Result<Response, Fault> {
    let email = sent.needed("email", EMAIL_MAX).to_lowercase();
    let password = sent.secret("password", passwords::LENGTH_MAX);
    let next = safe_next(Some(sent.raw("next"))).to_owned();
    let mut shown =
        Shown { email: &email, next: &next, provider: provider(&web), ..Shown::default() };
    for field in ["email", "password"] {
        if let Some(say) = sent.complaints().about(field) {
            shown.complaint = Some((field, say.to_owned()));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, form(&shown)).into_response());
        }
    }
    let subjects = Subjects::of_email(&email, &client);
    if let Some(wait) = guessing::reserve(&web, &subjects).await? {
        shown.notice = Some(too_many(wait));
        return Ok(slowed(wait, form(&shown)));
    }
    let (user, hash) = known(&web, &email).await?;
    let fits = passwords::fits(&password, hash.as_deref()).await?;
    let Some(user) = user.as_ref().filter(|_| fits) else {
        let mut tx = web.ctx.db.begin().await?;
        if let Some(user) = &user {
            let did =
                Did { act: "user.sign_in_failed", for_user: Some(&user.id), ..Did::default() };
            acts::record(&web.ctx, &mut tx, (&user.account, Actor::Someone), did).await?;
        } else {
            // As much is written: how long it takes does not tell who is there.
            guessing::touch(&mut tx, &subjects).await?;
        }
        tx.commit().await?;
        let say = "This e-mail address and password do not belong together. Check both.";
        shown.complaint = Some(("password", say.to_owned()));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, form(&shown)).into_response());
    };
    let mut tx = web.ctx.db.begin().await?;
    guessing::forgive(&mut tx, &subjects).await?;
    if let Some(provider) = shown.provider
        && identities::is_required(&mut tx, &user.account).await?
    {
        tx.commit().await?;
        shown.notice = Some(format!(
            "A password alone lets nobody in here: your business asks everyone to sign in with \
             {provider}."
        ));
        return Ok((StatusCode::FORBIDDEN, form(&shown)).into_response());
    }
    entering::admit((&web, tx), &user.id, (FirstStep::Password, None), &headers, &next).await
}

async fn known(web: &Web, email: &str) -> Result<(Option<User>, Option<String>), StoreError> {
    let mut tx = web.ctx.db.read().await?;
    let Some(user) = people::user_by_email(&mut tx, email).await? else { return Ok((None, None)) };
    let hash = people::password_hash(&mut tx, &user.id).await?;
    Ok((Some(user), hash))
}

/// Signs out here.
pub(crate) async fn leave(State(web): State<Web>, who: SignedIn) -> Result<Response, Fault> {
    session::end(&web, &who, "/sign-in").await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_gone_on_to() {
        assert_eq!(safe_next(Some("/week?of=2026-11-22")), "/week?of=2026-11-22");
        for elsewhere in
            ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb", ""]
        {
            assert_eq!(safe_next(Some(elsewhere)), "/", "{elsewhere}");
        }
        assert_eq!(safe_next(None), "/");
    }
}
