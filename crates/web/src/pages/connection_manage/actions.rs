//! What can be done with a connection and its calendars.

use axum::extract::State;
use axum::response::Redirect;
use calendar::Switches;
use connection::{Calendar, CalendarId};
use store::{Tx, connections};
use sync::choices;
use sync::connect::{self, PullNow};

use crate::Web;
use crate::asked::Named;
use crate::error::Fault;
use crate::form::Form;
use crate::pages::calendar_settings::HERE as SETTINGS;
use crate::pages::standing::{self, Standing};
use crate::session::SignedIn;

/// One calendar of a connection that one looks after.
async fn own_calendar(
    tx: &mut Tx,
    who: &SignedIn,
    (connection, calendar): (&str, &str),
) -> Result<(Standing, Calendar), Fault> {
    let standing = standing::managed(tx, who, connection).await?;
    let id: CalendarId = calendar.parse().map_err(|_| Fault::NotFound)?;
    let found = standing.calendars.iter().map(|(calendar, _)| calendar).find(|c| c.id == id);
    let calendar = found.cloned().ok_or(Fault::NotFound)?;
    Ok((standing, calendar))
}

fn back(standing: &Standing, note: &str) -> Redirect {
    Redirect::to(&format!("{}?note={note}", standing.href()))
}

/// Sync now.
pub(crate) async fn pull(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
) -> Result<Redirect, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let standing = standing::managed(&mut tx, &who, &id).await?;
    drop(tx);
    match connect::pull_now(&web.ctx, &standing.connection.id, &who.by()).await? {
        PullNow::Asked => Ok(back(&standing, "asked")),
        PullNow::TooSoon { .. } => Ok(back(&standing, "too_soon")),
        PullNow::NotThere => Err(Fault::NotFound),
    }
}

/// Pause, and go on.
pub(crate) async fn pause(
    State(web): State<Web>,
    who: SignedIn,
    Named(id): Named<String>,
    sent: Form,
) -> Result<Redirect, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let standing = standing::managed(&mut tx, &who, &id).await?;
    drop(tx);
    let paused = match sent.raw("paused") {
        "true" => true,
        "false" => false,
        _ => return Err(Fault::FormMalformed),
    };
    connect::pause(&web.ctx, &standing.connection.id, paused, &who.by()).await?;
    Ok(Redirect::to(&standing.href()))
}

/// The switches of one calendar.
pub(crate) async fn change_calendar(
    State(web): State<Web>,
    who: SignedIn,
    Named((id, calendar)): Named<(String, String)>,
    sent: Form,
) -> Result<Redirect, Fault> {
    let mut tx = web.ctx.db.begin().await?;
    let calendar_id = calendar.parse().map_err(|_| Fault::NotFound)?;
    connections::hold_of_calendar(&mut tx, &calendar_id).await?;
    let (standing, calendar) = own_calendar(&mut tx, &who, (&id, &calendar)).await?;
    let switches = Switches {
        counts_as_busy: sent.is_ticked("counts_as_busy"),
        all_day_is_busy: sent.is_ticked("all_day_is_busy"),
    };
    let (ctx, of) = (&web.ctx, (&calendar, switches));
    choices::switch(ctx, &mut tx, who.acts(), Some(&standing.holder), of).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?note=saved#{}", standing.href(), calendar.id)))
}

/// A person says that a calendar's sudden emptiness is true.
pub(crate) async fn believe(
    State(web): State<Web>,
    who: SignedIn,
    Named((id, calendar)): Named<(String, String)>,
) -> Result<Redirect, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let (standing, calendar) = own_calendar(&mut tx, &who, (&id, &calendar)).await?;
    drop(tx);
    connect::release_brake(&web.ctx, &calendar.id, &who.by()).await?;
    Ok(back(&standing, "believed"))
}

/// A calendar that is gone at the provider goes here, too; one that is there stays. Where bookings
/// were written to it, another one is chosen next.
pub(crate) async fn remove(
    State(web): State<Web>,
    who: SignedIn,
    Named((id, calendar)): Named<(String, String)>,
) -> Result<Redirect, Fault> {
    let mut tx = web.ctx.db.read().await?;
    let (standing, calendar) = own_calendar(&mut tx, &who, (&id, &calendar)).await?;
    drop(tx);
    let is_forgotten = connect::forget_calendar(&web.ctx, &calendar.id, &who.by()).await?;
    Ok(match is_forgotten {
        true if standing.is_linked(&calendar) => standing.to_holder(&who, SETTINGS, "removed"),
        true => back(&standing, "removed"),
        false => Redirect::to(&standing.href()),
    })
}
