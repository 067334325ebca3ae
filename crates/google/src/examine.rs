//! The examination of a Google account, line by line, as it happens.

use connection::{
    Access, CalendarAccess, CheckName, Credential, Examined, Principal, Redemption, Refusal,
    RemoteCalendar, Secret, Tokens, Witness, within_limits,
};
use http::Method;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use outbound::oauth::TokenAnswer;
use secrecy::ExposeSecret;

use crate::call::Ask;
use crate::sign_in::Google;
use crate::wire::User;
use crate::{list, refusal, scopes, token};

/// Redeems the code and looks at what it opens. Nothing is kept of what failed but the lines.
pub(crate) async fn examine(
    google: &Google,
    redemption: &Redemption,
    now: Timestamp,
    witness: &dyn Witness,
) -> Result<Examined, Refusal> {
    let answer = match google.api.redeem(&google.client, redemption).await {
        Ok(answer) => answer,
        Err(failed) => {
            return Err(witness.fail(CheckName::SignedIn, refusal::not_redeemed(&failed)));
        }
    };
    witness.pass(CheckName::ServerFound, "Google's sign-in answers.".into());
    let date = answer.date;
    let (mut tokens, who) = signed_in(google, &answer, now)
        .await
        .map_err(|refused| witness.fail(CheckName::SignedIn, refused))?;
    tokens.account.clone_from(&who.id);
    let say = format!("Google let {} in. Access lasts until it is taken back.", who.name);
    witness.pass(CheckName::SignedIn, say);
    tell_permissions(&tokens, witness)?;
    let credential = Credential::Tokens(tokens.clone());
    let access = Access::new(credential.clone());
    let listed = list::list(&google.api, &access).await;
    let listed = listed.map_err(|failed| refusal::of_provider(&failed));
    let (calendars, _) =
        listed.map_err(|refused| witness.fail(CheckName::CalendarsListed, refused))?;
    within_limits(&calendars)
        .map_err(|refused| witness.fail(CheckName::CalendarsListed, refused))?;
    witness.tell_calendars("Google", &calendars);
    let say = "It tells what changed since the last time (sync tokens).";
    witness.pass(CheckName::Changes, say.into());
    witness.tell_clock(date, now);
    tell_limits(witness, &tokens, &calendars);
    Ok(Examined { principal: who, credential, calendars })
}

/// The tokens, and whose they are.
async fn signed_in(
    google: &Google,
    answer: &TokenAnswer,
    now: Timestamp,
) -> Result<(Tokens, Principal), Refusal> {
    let refresh = token::refresh_token(answer).ok_or_else(refusal::no_refresh_token)?;
    let tokens = Tokens {
        account: String::new(),
        access: Secret::new(answer.access.expose_secret()),
        expires_at: token::after(now, answer.expires_in_s),
        refresh,
        scopes: answer
            .scopes
            .clone()
            .unwrap_or_else(|| scopes::asked().split_whitespace().map(str::to_owned).collect()),
        ends_at: token::ends_at(answer, now),
    };
    let claims = answer.claims.as_ref().filter(|claims| !claims.sub.is_empty());
    let (sub, email) = match claims {
        Some(claims) => (claims.sub.clone(), claims.email.clone()),
        None => userinfo(google, &tokens).await?,
    };
    let email = email.filter(|email| !email.is_empty());
    let principal = Principal {
        name: email.clone().unwrap_or_else(|| format!("Google account {sub}")),
        addresses: email.map(|email| email.to_lowercase()).into_iter().collect(),
        id: format!("google:{sub}"),
    };
    Ok((tokens, principal))
}

/// Who it is, where no id token came along.
async fn userinfo(google: &Google, tokens: &Tokens) -> Result<(String, Option<String>), Refusal> {
    let access = Access::new(Credential::Tokens(tokens.clone()));
    let ask = Ask::new(Method::GET, google.api.hosts.userinfo());
    let answer = google.api.json::<User>(&access, ask).await;
    let user = answer.ok().filter(|user| !user.sub.is_empty());
    user.map(|user| (user.sub, user.email)).ok_or_else(refusal::nobody)
}

fn tell_permissions(tokens: &Tokens, witness: &dyn Witness) -> Result<(), Refusal> {
    let (needed, others) = scopes::missing(&tokens.scopes);
    if !needed.is_empty() {
        return Err(witness.fail(CheckName::Permissions, refusal::missing(&needed)));
    }
    if others.is_empty() {
        witness.pass(CheckName::Permissions, "Everything that is needed was allowed.".into());
    } else {
        let costs: Vec<&str> = others.iter().map(|one| one.without).collect();
        let say = format!("Not everything was allowed. {}", costs.join(" "));
        witness.warn(CheckName::Permissions, say);
    }
    Ok(())
}

/// What is good to know before it surprises somebody.
fn tell_limits(witness: &dyn Witness, tokens: &Tokens, all: &[RemoteCalendar]) {
    if let Some(end) = tokens.ends_at {
        let day = end.to_zoned(TimeZone::UTC).date();
        witness.warn(
            CheckName::Limits,
            format!(
                "Renew before {day}: Google ends this then, as it does with programs that are \
                 still in testing there. You are told a week and a day before."
            ),
        );
        return;
    }
    let shown = all.iter().filter(|one| one.access == CalendarAccess::FreeBusy).count();
    if shown > 0 {
        let show = if shown == 1 { "shows" } else { "show" };
        let say = format!("{shown} of them {show} no more than busy and free.");
        witness.warn(CheckName::Limits, say);
        return;
    }
    witness.pass(CheckName::Limits, "No limits are known for this account.".into());
}
