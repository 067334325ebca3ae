//! Fix This: the same form for the same connection; its id, its calendars and choices stay.

use axum::extract::State;
use axum::response::Response;
use connection::Integration;
use maud::Markup;

use super::connection_sign_in::{self, SignInPage, Typed};
use super::standing::{self, Standing};
use crate::Web;
use crate::asked::Named;
use crate::error::Fault;
use crate::form::Form;
use crate::session::SignedIn;

/// The form, with what is known but the secret.
pub(crate) async fn show(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Markup, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let standing = standing::own(&mut tx, &who, &id).await?;
    let typed = Typed::held(&mut tx, &standing.connection.id).await?;
    drop(tx);
    let integration = integration(&web, &standing)?;
    Ok(SignInPage::new(integration, Some(&standing), typed).show(&web, &who))
}

/// Takes the form, and examines the same account anew.
pub(crate) async fn repair(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
    sent: Form,
) -> Result<Response, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let standing = standing::own(&mut tx, &who, &id).await?;
    drop(tx);
    let integration = integration(&web, &standing)?;
    connection_sign_in::begin(&web, &who, (integration, Some(&standing)), sent).await
}

fn integration<'w>(web: &'w Web, standing: &Standing) -> Result<&'w Integration, Fault> {
    let kind = standing.connection.integration.as_str();
    web.ctx.catalogue.find(kind).ok_or(Fault::NotFound)
}
