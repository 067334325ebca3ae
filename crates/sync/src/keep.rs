//! What a passed examination found is kept: as a new connection, or in place of what one holds.

use connection::{
    AttemptId, CalendarAccess, Check, CheckName, CheckResult, Connection, ConnectionId, Credential,
    Degree, Examined, FailureCode, Integration, Kinship, Owner, Proof, Refusal, SignIn,
    SignedOutWhy, StatusCause,
};
use store::connections::{self, NewConnection};
use store::{Change, StoreError, Tx, attempts, calendars, choices, people};

use crate::connect::{Outcome, Request};
use crate::pull::Cause;
use crate::{Context, acts, discover, kept, replace, status};

/// A connection that holds something of the same kind, and how near it is to what was examined.
struct Relative {
    connection: Connection,
    kinship: Kinship,
}

/// Where what was found belongs.
enum Place {
    New,
    /// In that connection, with what is to be said of it.
    Held(Box<Connection>, Option<Check>),
    /// Nowhere: it is another account than that connection holds, whose place it may take.
    Other(Box<Connection>, Refusal),
    /// Nowhere.
    Refused(Refusal),
}

/// Stores connection, calendars and first pulls, together; a try that has a row passes with them.
pub(crate) async fn keep(
    ctx: &Context,
    (integration, request): (&Integration, &Request),
    (examined, mut checks): (&Examined, Vec<Check>),
    attempt: Option<&AttemptId>,
) -> Result<Result<Outcome, Refusal>, StoreError> {
    // Files are held against each other before the store is locked.
    let relatives = relatives(ctx, integration, request, examined).await?;
    let mut tx = ctx.db.begin().await?;
    let (connection, repaired) = match place(&mut tx, request, examined, &relatives).await? {
        Place::Refused(refusal) => return Ok(Err(refusal)),
        // What holds no calendar takes nobody's place.
        Place::Other(_, refusal) if examined.calendars.is_empty() => return Ok(Err(refusal)),
        Place::Other(held, _) if request.wishes.replace => {
            let place = (held.as_ref(), examined, checks.as_slice());
            let busy_only = (request.wishes.busy_only, &request.by);
            let replaced = replace::put(ctx, tx, busy_only, place, attempt).await?;
            return Ok(Ok(Outcome::Repaired(replaced)));
        }
        Place::Other(held, refusal) => {
            replace::wait(ctx, tx, (&held.id, examined), (attempt, request), &refusal).await?;
            return Ok(Err(refusal));
        }
        Place::Held(held, check) => {
            connections::hold_era(&mut tx, &held).await?;
            checks.extend(check);
            let (principal, credential) = (&examined.principal, &examined.credential);
            connections::renew(&mut tx, &held.id, (principal, credential), &checks).await?;
            if held.principal.addresses != principal.addresses {
                // Whose answers count is another now.
                for (calendar, _) in calendars::of_connection(&mut tx, &held.id).await? {
                    discover::ask_rebuild(ctx, &mut tx, &calendar.id).await?;
                }
            }
            let busy_only = (request.wishes.busy_only, &request.by);
            kept::hold_to_times(ctx, &mut tx, &held, busy_only).await?;
            (*held, true)
        }
        Place::New => {
            checks.extend(relatives.iter().find_map(beside));
            (insert(ctx, &mut tx, request, (examined, checks)).await?, false)
        }
    };
    discover::take_over(ctx, &mut tx, &connection, &examined.calendars, Cause::Connected).await?;
    if repaired {
        connections::record_repaired(&mut tx, &connection.id, ctx.clock.now()).await?;
        forget_refusals(&mut tx, &connection.id).await?;
    } else {
        recall(ctx, &mut tx, &connection).await?;
    }
    discover::ask_listing(ctx, &mut tx, &connection.id, ctx.clock.now()).await?;
    let act = if repaired { "connection.repaired" } else { "connection.connected" };
    acts::record(ctx, &mut tx, &request.by, act, &connection).await?;
    let cause = if repaired { StatusCause::Repair } else { StatusCause::Connected };
    status::tell(ctx, &mut tx, &connection.id, cause).await?;
    if let Some(attempt) = attempt {
        attempts::pass(&mut tx, attempt, &connection.id, ctx.clock.now()).await?;
        tx.announce(Change::Attempt(attempt.clone()));
    }
    tx.commit().await?;
    let id = connection.id;
    Ok(Ok(if repaired { Outcome::Repaired(id) } else { Outcome::Connected(id) }))
}

/// The files that the person has connected, beside one that was just examined, the nearest first.
async fn relatives(
    ctx: &Context,
    integration: &Integration,
    request: &Request,
    examined: &Examined,
) -> Result<Vec<Relative>, StoreError> {
    let mut relatives = Vec::new();
    if !examined.principal.is_file() {
        return Ok(relatives);
    }
    let SignIn::Password { adapter, .. } = &integration.sign_in else { return Ok(relatives) };
    let mut tx = ctx.db.read().await?;
    let held = connections::of_user(&mut tx, &request.user).await?;
    drop(tx);
    let is_file =
        |held: &Connection| held.integration == request.integration && held.principal.is_file();
    for connection in held.into_iter().filter(is_file) {
        let mut tx = ctx.db.read().await?;
        let credential = connections::credential(&mut tx, &connection.id).await?;
        drop(tx);
        let near = |held: Credential| adapter.kinship(&held, &examined.credential);
        let kinship = credential.map_or(Kinship::STRANGERS, near);
        relatives.push(Relative { connection, kinship });
    }
    relatives.sort_by_key(|relative| std::cmp::Reverse(relative.kinship));
    Ok(relatives)
}

async fn place(
    tx: &mut Tx,
    request: &Request,
    examined: &Examined,
    relatives: &[Relative],
) -> Result<Place, StoreError> {
    let owner = Owner::User(request.user.clone());
    let id = examined.principal.id.as_str();
    let same = connections::by_principal(tx, &owner, &request.integration, id).await?;
    let nearest = relatives.first().filter(|nearest| nearest.kinship.degree == Degree::Same);
    let Some(wanted) = &request.repairs else {
        return match (same, nearest) {
            (Some(same), _) => Ok(Place::Held(Box::new(same), None)),
            (None, Some(nearest)) => take_place(tx, nearest).await,
            (None, None) if examined.calendars.is_empty() => {
                Ok(Place::Refused(no_calendars(request)))
            }
            (None, None) => Ok(Place::New),
        };
    };
    if let Some(same) = same {
        let is_wanted = same.id == *wanted;
        return Ok(if is_wanted {
            Place::Held(Box::new(same), None)
        } else {
            let wanted = connections::load(tx, wanted).await?;
            let named = wanted.and_then(|wanted| other_account(request, &wanted, examined));
            Place::Refused(match named {
                Some(Refusal { code, say, field }) => {
                    let say = format!("{say} {} is connected already, too.", same.principal.name);
                    Refusal { code, say, field }
                }
                None => connected_already(request, &same),
            })
        });
    }
    let Some(relative) = relatives.iter().find(|relative| relative.connection.id == *wanted) else {
        let wanted = connections::load(tx, wanted).await?.ok_or(StoreError::Conflict)?;
        let named = other_account(request, &wanted, examined);
        let refusal = named.unwrap_or_else(|| other_principal(request, &wanted, examined));
        return Ok(Place::Other(Box::new(wanted), refusal));
    };
    match (relative.kinship.degree, nearest) {
        (Degree::Strangers, _) => {
            let refusal = other_file(&relative.connection);
            Ok(Place::Other(Box::new(unchanged(tx, relative).await?), refusal))
        }
        (Degree::Cut, _) => Ok(Place::Refused(cut(relative))),
        (Degree::Possible | Degree::Namesakes, Some(nearest)) => {
            Ok(Place::Refused(connected_already(request, &nearest.connection)))
        }
        _ => take_place(tx, relative).await,
    }
}

/// In the relative's connection, if that still holds what was compared.
async fn take_place(tx: &mut Tx, relative: &Relative) -> Result<Place, StoreError> {
    let held = unchanged(tx, relative).await?;
    Ok(Place::Held(Box::new(held), Some(newer(relative.kinship))))
}

async fn unchanged(tx: &mut Tx, relative: &Relative) -> Result<Connection, StoreError> {
    let held = connections::load(tx, &relative.connection.id).await?;
    let compared = &relative.connection.principal.id;
    held.filter(|held| held.principal.id == *compared).ok_or(StoreError::Conflict)
}

fn newer(Kinship { both, gone, added, .. }: Kinship) -> Check {
    let say = format!(
        "A newer version of this file: {both} of its {} events are still there, {gone} are gone, \
         {added} are new.",
        both + gone
    );
    Check { name: CheckName::Changes, result: CheckResult::Pass, say }
}

/// What to say where a file of the same name is not clearly the same calendar.
fn beside(relative: &Relative) -> Option<Check> {
    let Kinship { degree: Degree::Namesakes | Degree::Cut, both, gone, .. } = relative.kinship
    else {
        return None;
    };
    let say = format!(
        "“{}” is connected already, but only {both} of its {} events are here, so this file \
         stands beside it. If it is a newer version, disconnect this one and upload it there.",
        relative.connection.principal.name,
        both + gone
    );
    Some(Check { name: CheckName::Changes, result: CheckResult::Warn, say })
}

/// Who has just been let in is not refused any more; what else troubles a calendar goes on.
async fn forget_refusals(tx: &mut Tx, id: &ConnectionId) -> Result<(), StoreError> {
    for (calendar, _) in calendars::of_connection(tx, id).await? {
        if calendar.trouble.is_some_and(|trouble| SignedOutWhy::is_meant_by(&trouble.code)) {
            calendars::set_trouble(tx, &calendar.id, None).await?;
        }
    }
    Ok(())
}

/// Who connects an account again within the month finds what they had chosen for its calendars.
async fn recall(ctx: &Context, tx: &mut Tx, connection: &Connection) -> Result<(), StoreError> {
    let principal = (&connection.integration, connection.principal.id.as_str());
    let now = ctx.clock.now();
    if choices::was_busy_only(tx, &connection.owner, principal, now).await? {
        kept::keep_times(tx, &connection.id).await?;
    }
    let choices = choices::recall(tx, &connection.owner, principal, now).await?;
    for (calendar, _) in calendars::of_connection(tx, &connection.id).await? {
        let Some(choice) = choices.iter().find(|c| c.remote == calendar.remote.as_str()) else {
            continue;
        };
        let (busy, all_day) = (choice.counts_as_busy, choice.all_day_is_busy);
        calendars::set_switches(tx, &calendar.id, busy, all_day).await?;
        let may_be_linked = choice.linked && calendar.access == CalendarAccess::Writer;
        if let Some(user) = connection.owner.user().filter(|_| may_be_linked) {
            people::link(tx, user, &calendar.id).await?;
        }
    }
    Ok(())
}

async fn insert(
    ctx: &Context,
    tx: &mut Tx,
    request: &Request,
    (examined, checks): (&Examined, Vec<Check>),
) -> Result<Connection, StoreError> {
    let now = ctx.clock.now();
    let connection = Connection {
        id: ConnectionId::new(now, ctx.dice.as_ref()),
        account: request.account.clone(),
        owner: Owner::User(request.user.clone()),
        integration: request.integration.clone(),
        principal: examined.principal.clone(),
        checks,
        attention: None,
        refused_at: None,
        paused_at: None,
        throttled_until: None,
        last_success_at: Some(now),
        last_change_at: None,
        repaired_at: None,
        scopes: Vec::new(),
        era: 0,
        created_at: now,
    };
    let new = NewConnection { connection, credential: examined.credential.clone() };
    connections::insert(tx, &new).await?;
    if request.wishes.busy_only {
        kept::keep_times(tx, &new.connection.id).await?;
    }
    Ok(new.connection)
}

/// There is nothing to connect yet. A connection whose calendars have gone is mended all the same:
/// what was typed is proven.
fn no_calendars(request: &Request) -> Refusal {
    let say = "This account has no calendar for events yet. Make one there, then connect again.";
    refusal(FailureCode::NoCalendars, field(request), say.to_owned())
}

fn refusal(code: FailureCode, field: Option<&'static str>, say: String) -> Refusal {
    Refusal { code, say, field }
}

/// Where one signs in as somebody: as whom one did, and as whom one should.
fn other_account(request: &Request, wanted: &Connection, examined: &Examined) -> Option<Refusal> {
    let field = field(request);
    if !matches!((&request.proof, field), (Proof::Code(_), _) | (_, Some("username"))) {
        return None;
    }
    let (came, wanted) = (&examined.principal.name, &wanted.principal.name);
    if came == wanted {
        return None;
    }
    let say = format!("You signed in as {came}. To mend this connection, sign in as {wanted}.");
    Some(refusal(FailureCode::OtherPrincipal, field, say))
}

fn other_principal(request: &Request, wanted: &Connection, examined: &Examined) -> Refusal {
    let (name, wanted) = (&examined.principal.name, &wanted.principal.name);
    let say = if matches!(request.proof, Proof::Code(_)) {
        format!(
            "You signed in there as {name}, which is another account than the one to be mended. \
             Sign in as that one, or connect this one with Add New."
        )
    } else if field(request) == Some("username") {
        format!(
            "This signs in as {name}, which is another account than the one to be mended. Enter \
             the same account, or connect this one with Add New."
        )
    } else {
        format!(
            "This is {name}, which is another calendar than the one to be mended, {wanted}. Give \
             the same one, or connect this one with Add New."
        )
    };
    refusal(FailureCode::OtherPrincipal, field(request), say)
}

fn connected_already(request: &Request, held: &Connection) -> Refusal {
    let say = format!(
        "This is {}, which is connected already beside the one to be mended. Mend that one \
         instead.",
        held.principal.name
    );
    refusal(FailureCode::OtherPrincipal, field(request), say)
}

fn other_file(held: &Connection) -> Refusal {
    let say = format!(
        "This is another calendar: it has another name than {} and none of its events. Choose a \
         newer version of that file, or connect this one with Add New.",
        held.principal.name
    );
    refusal(FailureCode::OtherPrincipal, Some("file"), say)
}

fn cut(relative: &Relative) -> Refusal {
    let say = format!(
        "This file ends in the middle, and {} events of the one before are not in it. Export it \
         again, then upload the whole file.",
        relative.kinship.gone
    );
    refusal(FailureCode::NotACalendar, Some("file"), say)
}

/// The field that says who one is.
fn field(request: &Request) -> Option<&'static str> {
    match &request.proof {
        Proof::Form(form) if form.file.is_some() => Some("file"),
        Proof::Form(form) if form.username.is_some() => Some("username"),
        Proof::Form(_) => Some("address"),
        Proof::Code(_) => None,
    }
}
