//! The examination of a calendar server, line by line, as it happens.

use connection::{
    Check, CheckName, CheckResult, Credential, Examined, FailureCode, Principal, ProviderError,
    Refusal, Secret, SignInForm, Witness, within_limits,
};
use jiff::Timestamp;

use crate::address::Candidates;
use crate::line::{Homes, Line, Manners};
use crate::list::{Listing, list};
use crate::{discover, hrefs, refusal};

/// Longer is neither a name nor a password.
const FIELD_MAX: usize = 500;

/// Whom to sign in, and where to look.
pub(crate) struct Who<'a> {
    pub(crate) username: &'a str,
    pub(crate) password: &'a Secret,
    pub(crate) candidates: &'a Candidates,
}

/// The user name and password of a form, or what is missing.
pub(crate) fn name_and_password(form: &SignInForm) -> Result<(String, Secret), Refusal> {
    let invalid = |field, say: &str| refusal::about(field, FailureCode::FieldInvalid, say);
    let username = form.username.as_deref().unwrap_or_default().trim();
    let password = form.password.as_ref().map(Secret::reveal).unwrap_or_default();
    let is_odd = |text: &str| text.len() > FIELD_MAX || text.chars().any(char::is_control);
    if username.is_empty() {
        Err(invalid("username", "Enter the user name."))
    } else if is_odd(username) || username.contains(':') {
        Err(invalid("username", "This is too long, or holds characters that no user name has."))
    } else if password.is_empty() {
        Err(invalid("password", "Enter the password."))
    } else if is_odd(password) {
        Err(invalid("password", "This is too long, or holds characters that no password has."))
    } else {
        Ok((username.to_owned(), Secret::new(password)))
    }
}

/// Examines a server. Nothing is kept of a failed examination but the lines that were told.
pub(crate) async fn examine(
    manners: &Manners,
    who: Who<'_>,
    now: Timestamp,
    witness: &dyn Witness,
) -> Result<Examined, Refusal> {
    let line = manners.line(who.username, who.password).within(discover::LIMITS);
    let server = match discover::find(&line, who.candidates).await {
        Ok(server) => server,
        Err(refusal) => return Err(not_found(witness, refusal)),
    };
    let host = hrefs::site(&server.at).to_owned();
    let found_by = if server.is_well_known { ", by its well-known address" } else { "" };
    witness.pass(CheckName::ServerFound, format!("A calendar server answers at {host}{found_by}."));
    witness.pass(CheckName::SignedIn, format!("{host} let {} in.", who.username));
    let (home, listing) = match calendars(&line, &server).await {
        Ok(found) => found,
        Err(refusal) => return Err(witness.fail(CheckName::CalendarsListed, refusal)),
    };
    tell_calendars(witness, &home, &listing);
    witness.tell_clock(server.date, now);
    tell_limits(witness, &line, &home, &listing).await;
    let principal = Principal {
        id: format!("caldav:{}", hrefs::key(&home.principal)),
        name: name(who.username, &host),
        addresses: home.addresses,
    };
    let credential = Credential::Password {
        base: Homes::new(home.homes).to_text(),
        username: who.username.to_owned(),
        password: who.password.clone(),
    };
    Ok(Examined { principal, credential, calendars: listing.calendars })
}

async fn calendars(
    line: &Line,
    server: &discover::Server,
) -> Result<(discover::Home, Listing), Refusal> {
    let home = discover::home(line, server).await?;
    let listed = list(line, &Homes::new(home.homes.clone())).await;
    let listing = match listed {
        Ok(listing) => listing,
        // A new account may not even have a home yet.
        Err(ProviderError::Gone) => Listing::default(),
        Err(ProviderError::TooLarge { say }) => return Err(refusal::endless_list(&say)),
        Err(error) => return Err(refusal::of_provider(&error)),
    };
    within_limits(&listing.calendars)?;
    Ok((home, listing))
}

/// A refused password proves a server; anything else says that there is none.
fn not_found(witness: &dyn Witness, refusal: Refusal) -> Refusal {
    if refusal.field == Some("password") {
        witness.pass(CheckName::ServerFound, "A calendar server answers.".into());
        if refusal.code != FailureCode::PasswordRefused {
            return witness.fail(CheckName::SignedIn, refusal);
        }
        // What to do stands with the field, in the words of whoever refused it.
        let say = "The user name or the password was refused.".into();
        witness.saw(Check { name: CheckName::SignedIn, result: CheckResult::Fail, say });
        refusal
    } else if refusal.code == FailureCode::SignInUnsupported {
        witness.fail(CheckName::SignedIn, refusal)
    } else {
        witness.fail(CheckName::ServerFound, refusal)
    }
}

fn tell_calendars(witness: &dyn Witness, home: &discover::Home, listing: &Listing) {
    let at = home.homes.first().map(hrefs::site).unwrap_or_default();
    witness.tell_calendars(at, &listing.calendars);
    if listing.calendars.is_empty() {
        return;
    }
    let (result, say) = if listing.tells_changes {
        (CheckResult::Pass, "It tells what changed since the last time (sync-collection).")
    } else {
        (
            CheckResult::Warn,
            "It does not tell what changed, so all versions are compared each time (ETags).",
        )
    };
    witness.saw(Check { name: CheckName::Changes, result, say: say.into() });
}

async fn tell_limits(witness: &dyn Witness, line: &Line, home: &discover::Home, listing: &Listing) {
    let mut limits = Vec::new();
    let known = if listing.abilities.is_empty() {
        match home.homes.first() {
            Some(url) => discover::abilities(line, url).await,
            None => Ok(Vec::new()),
        }
    } else {
        Ok(listing.abilities.clone())
    };
    match known {
        Ok(abilities) if !abilities.iter().any(|word| word == "calendar-auto-schedule") => {
            limits.push("it sends no invitations".to_owned());
        }
        Ok(_) => {}
        Err(_) => limits.push("it does not say what it can do".to_owned()),
    }
    if listing.without_events > 0 {
        let (n, s) = (listing.without_events, if listing.without_events == 1 { "" } else { "s" });
        limits.push(format!(
            "{n} list{s} of reminders or the like stay{} out",
            if n == 1 { "s" } else { "" }
        ));
    }
    limits.push("it sends no notice of changes, so it is polled".to_owned());
    let say = format!("Known limits: {}.", limits.join("; "));
    witness.saw(Check { name: CheckName::Limits, result: CheckResult::Warn, say });
}

/// What a person recognises the account by.
fn name(username: &str, host: &str) -> String {
    if username.contains('@') { username.to_owned() } else { format!("{username} at {host}") }
}
