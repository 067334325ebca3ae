//! The form that signs in to a kind of integration, made from the catalogue's fields: to connect
//! something new, and to repair what is connected.

mod consent;
mod typed;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use connection::{Field, Integration, Secret, SignIn, SignInForm};
use http::StatusCode;
use maud::{Markup, html};
use sync::connect::{Request, Wishes};
use sync::{SyncError, attempt};

pub(crate) use self::typed::Typed;
use super::connection_add::{Step, crumbs, steps};
use super::pieces::copy::copyable;
use super::pieces::field::{Input, Kind};
use super::pieces::icon;
use super::pieces::linked::linked_to_copy;
use super::standing::Standing;
use crate::Web;
use crate::asked::Named;
use crate::error::Fault;
use crate::form::{ADDRESS_MAX, Complaints, Form, NAME_MAX};
use crate::page::{Page, Place};
use crate::passwords;
use crate::session::SignedIn;

/// Ticked where the times of events are all that is kept of them.
const BUSY_ONLY: &str = "busy_only";

/// The page of the form.
pub(crate) struct SignInPage<'p> {
    pub(crate) integration: &'p Integration,
    /// What is to be repaired; `None` for something new.
    pub(crate) repairs: Option<&'p Standing>,
    pub(crate) typed: Typed,
    pub(crate) wrong: Complaints,
    /// What is wrong as a whole.
    pub(crate) notice: Option<String>,
    /// What may be done with what was found, instead of trying again.
    pub(crate) instead: Option<Markup>,
    /// What was just done.
    pub(crate) said: Markup,
    /// The lines of the examination that failed.
    pub(crate) checks: Markup,
}

/// The empty form of a kind.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Named(kind): Named<String>,
) -> Result<Markup, Fault> {
    let integration = web.ctx.catalogue.find(&kind).ok_or(Fault::NotFound)?;
    Ok(SignInPage::new(integration, None, Typed::default()).show(&web, &who))
}

/// Takes the form, and begins the examination.
pub(crate) async fn connect(
    State(web): State<Web>,
    who: SignedIn,
    Named(kind): Named<String>,
    sent: Form,
) -> Result<Response, Fault> {
    let integration = web.ctx.catalogue.find(&kind).ok_or(Fault::NotFound)?;
    begin(&web, &who, (integration, None), sent).await
}

/// Begins an examination of what was sent; or shows the form again with what is wrong.
pub(crate) async fn begin(
    web: &Web,
    who: &SignedIn,
    (integration, repairs): (&Integration, Option<&Standing>),
    mut sent: Form,
) -> Result<Response, Fault> {
    let (form, mut typed) = read(&mut sent, integration, repairs);
    let busy_only = repairs.is_none() && sent.is_ticked(BUSY_ONLY);
    typed.busy_only = busy_only;
    let again = |typed, wrong: &Complaints, notice| {
        let page = SignInPage::new(integration, repairs, typed);
        let page = SignInPage { wrong: wrong.clone(), notice, ..page };
        (StatusCode::UNPROCESSABLE_ENTITY, page.show(web, who)).into_response()
    };
    if !sent.is_fine() {
        return Ok(again(typed, sent.complaints(), None));
    }
    let request = Request {
        by: who.by(),
        account: who.account.id.clone(),
        user: who.user.id.clone(),
        integration: integration.kind.clone(),
        proof: form.into(),
        repairs: repairs.map(|standing| standing.connection.id.clone()),
        wishes: Wishes { busy_only, session: Some(who.session), ..Wishes::default() },
    };
    let attempt = match attempt::begin(&web.ctx, (&web.tasks, &web.stop), request, None).await {
        Ok(attempt) => attempt,
        Err(error @ SyncError::LimitReached { .. }) => {
            let notice = format!("Nothing was connected: {error}.");
            return Ok(again(typed, sent.complaints(), Some(notice)));
        }
        Err(error) => return Err(error.into()),
    };
    attempt.as_str().clone_into(&mut typed.attempt);
    let to = format!("/calendars/settings/connections/attempts/{attempt}");
    let mut response = Redirect::to(&to).into_response();
    typed.remember(web, &mut response);
    Ok(response)
}

/// What was typed, as the examination takes it, and as the form would show it again.
fn read(
    sent: &mut Form,
    integration: &Integration,
    repairs: Option<&Standing>,
) -> (SignInForm, Typed) {
    let mut form = SignInForm::default();
    let mut typed = Typed::default();
    for field in asked(integration, repairs) {
        // In a repair, what is not typed again is as it was; only the secret must be.
        let needed = !field.optional && (repairs.is_none() || field.name == "password");
        match field.name {
            "address" => {
                typed.address = line(sent, field.name, ADDRESS_MAX, needed);
                form.address = filled(&typed.address).map(Secret::new);
            }
            "username" => {
                typed.username = line(sent, field.name, NAME_MAX, needed);
                form.username = filled(&typed.username);
            }
            "password" => {
                let password = sent.secret(field.name, passwords::LENGTH_MAX);
                if needed && password.is_empty() {
                    sent.refuse(field.name, "Fill this in.");
                }
                form.password = filled(&password).map(Secret::new);
            }
            "file" => match sent.take_upload() {
                Some(upload) => {
                    form.file = Some(Secret::new(upload.text));
                    form.file_name = Some(upload.name);
                }
                None if repairs.is_some() => sent.refuse("file", "Choose the newer file."),
                None => {}
            },
            _ => {}
        }
    }
    (form, typed)
}

/// The fields that are asked. An uploaded file is mended by a file, a feed by its address.
fn asked(
    integration: &Integration,
    repairs: Option<&Standing>,
) -> impl Iterator<Item = &'static Field> {
    let fields = integration.sign_in.fields();
    let by_file = repairs.map(Standing::is_file);
    fields.iter().filter(move |field| by_file.is_none_or(|by| by == (field.name == "file")))
}

fn line(sent: &mut Form, name: &str, max: usize, needed: bool) -> String {
    if needed { sent.needed(name, max) } else { sent.line(name, max) }
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl<'p> SignInPage<'p> {
    /// The form as it is before anything was tried.
    pub(crate) fn new(
        integration: &'p Integration,
        repairs: Option<&'p Standing>,
        typed: Typed,
    ) -> Self {
        let (wrong, said, checks) = (Complaints::default(), html! {}, html! {});
        Self { integration, repairs, typed, wrong, notice: None, instead: None, said, checks }
    }

    /// The whole page.
    pub(crate) fn show(&self, web: &Web, who: &SignedIn) -> Markup {
        let name = self.integration.name;
        let title = match self.repairs {
            Some(standing) if standing.is_file() => {
                format!("Upload a newer version of {}", standing.connection.principal.name)
            }
            Some(standing) if standing.connection.attention.is_some() => {
                format!("Fix {}", standing.connection.principal.name)
            }
            Some(standing) if standing.is_feed() => {
                format!("Another address for {}", standing.connection.principal.name)
            }
            Some(standing) => {
                let name = &standing.connection.principal.name;
                format!("Sign in again {} {name}", if name.contains('@') { "as" } else { "to" })
            }
            None => format!("Connect {name}"),
        };
        let body = html! {
            div .page-head { div { (crumbs()) h1 { (title) } } }
            @if self.repairs.is_none() { (steps(Step::SignIn)) }
            section .card.narrow aria-labelledby="sign-in" {
                header {
                    (icon::mark(self.integration.mark, self.integration.color))
                    div { h2 #sign-in { (name) } p { (self.integration.about) } }
                }
                div .body {
                    (self.said)
                    (self.what_happened())
                    @match &self.integration.sign_in {
                        SignIn::Password { .. } => (self.form()),
                        SignIn::OAuth { adapter } => {
                            (consent::card(web, who, self, adapter.as_deref()))
                        }
                    }
                    @if let Some(instead) = &self.instead { (instead) }
                    (self.checks)
                    @if self.repairs.is_none() { (demo_values(web, self.integration)) }
                    @else { (demo_password(web, self.integration)) }
                }
            }
        };
        Page::new(&title, Place::Connections).show(who, &body)
    }

    fn what_happened(&self) -> Markup {
        let attention = self.repairs.and_then(|standing| standing.status.attention.as_ref());
        html! {
            @if let Some(notice) = &self.notice {
                div .notice.alarm role="alert" {
                    @if self.wrong.is_empty() {
                        p .strong { (linked_to_copy(notice)) }
                        @if self.instead.is_none() { p { "Nothing of this try was kept." } }
                    } @else {
                        p .strong {
                            "That did not work."
                            @if self.instead.is_none() { " Nothing of this try was kept." }
                        }
                        p { "What to do stands beside " (self.wrong_fields()) "." }
                    }
                }
            } @else if let Some(attention) = attention {
                div .notice.alarm {
                    p .strong { (linked_to_copy(&attention.say)) }
                    p { "Your choices of calendars stay as they are." }
                }
            }
        }
    }

    /// Links to the fields that something is wrong with.
    fn wrong_fields(&self) -> Markup {
        let fields = self.integration.sign_in.fields();
        let wrong = fields.iter().filter(|field| self.wrong.about(field.name).is_some());
        html! {
            @for (nth, field) in wrong.enumerate() {
                @if nth > 0 { " and " }
                a href={ "#" (field.name) } { "“" (field.label) "”" }
            }
        }
    }

    fn form(&self) -> Markup {
        let fields = || asked(self.integration, self.repairs);
        let has_file = fields().any(|field| field.name == "file");
        let action = match self.repairs {
            Some(standing) => format!("{}/repair", standing.href()),
            None => format!("/calendars/settings/connections/add/{}", self.integration.kind),
        };
        let back = match self.repairs {
            Some(standing) => standing.href(),
            None => "/calendars/settings/connections/add".to_owned(),
        };
        html! {
            form .stack method="post" action=(action) data-checked
                enctype=[has_file.then_some("multipart/form-data")] {
                @for field in fields() { (self.field(field)) }
                @if self.repairs.is_none() {
                    label .option {
                        input type="checkbox" name=(BUSY_ONLY) checked[self.typed.busy_only];
                        span {
                            b { "Keep busy times only" }
                            " Titles, places, notes and guests are never stored here. You can \
                             choose otherwise later."
                        }
                    }
                }
                div .actions {
                    button .button.primary type="submit" {
                        @if self.notice.is_some() { "Try again" }
                        @else if let Some(standing) = self.repairs { (standing.renewing()) }
                        @else { "Connect" }
                    }
                    a .button.quiet href=(back) { "Back" }
                }
            }
        }
    }

    fn field(&self, field: &Field) -> Markup {
        let (kind, value, fills, length_max) = match field.name {
            "password" => (Kind::Password, "", "off", passwords::LENGTH_MAX),
            "address" => (Kind::Address, self.typed.address.as_str(), "off", ADDRESS_MAX),
            "file" => (Kind::File, "", "", 0),
            _ => (Kind::Text, self.typed.username.as_str(), "username", NAME_MAX),
        };
        let is_newer = field.name == "file" && self.repairs.is_some();
        Input {
            name: field.name,
            of: "",
            label: if is_newer { "The newer calendar file" } else { field.label },
            tip: field.tip,
            hint: field.hint,
            example: field.example,
            pattern: (field.pattern, field.pattern_say),
            kind,
            value,
            optional: field.optional && self.repairs.is_none(),
            length_max,
            fills,
            error: self.wrong.about(field.name),
        }
        .show()
    }
}

/// In the demo: who plays the provider, and what to do there.
fn played(web: &Web, name: &str, to_do: &str) -> Markup {
    html! {
        @if let Some(note) = &web.settings.demo_note {
            p .notice.demo {
                "This is a demo: " (name) " is played by the "
                a href={ (note.sandbox_url) "control" } { "sandbox" } ". " (to_do)
            }
        }
    }
}

/// In the demo: where there is another password, for who has to enter one.
pub(crate) fn demo_password(web: &Web, integration: &Integration) -> Markup {
    let fields = integration.sign_in.fields();
    html! {
        @if fields.iter().any(|field| field.name == "password") {
            (played(web, integration.name,
                "Choose the account there, press “Give a new password”, and enter it here."))
        }
    }
}

/// In the demo: what can be typed here.
fn demo_values(web: &Web, integration: &Integration) -> Markup {
    let Some(note) = &web.settings.demo_note else { return html! {} };
    let lines = || note.lines.iter().filter(|(kind, _)| kind == integration.kind.as_str());
    let fields = integration.sign_in.fields();
    let label = |name: &str| {
        fields.iter().find(|field| field.name == name).map_or("Value", |field| field.label)
    };
    html! {
        @if lines().next().is_some() {
            aside .notice.demo aria-label="To try in this demo" {
                p .strong { "To try in this demo" }
                @for (_, values) in lines() {
                    dl {
                        @for (name, value) in values {
                            div { dt { (label(name)) } dd { (copyable(label(name), value)) } }
                        }
                    }
                }
            }
        }
    }
}
