//! The examination of an account at Microsoft, line by line, as it happens.

use connection::{
    Access, Check, CheckName, CheckResult, Conference, Credential, Examined, FailureCode,
    Permission, Principal, ProviderError, Redemption, Refusal, RemoteCalendar, Secret, Tokens,
    Witness, within_limits,
};
use jiff::Timestamp;
use outbound::oauth::{Claims, TokenAnswer, TokenFailure};
use secrecy::ExposeSecret;

use super::{MARGIN, Reason, SignIn, ends, grant_ends, not_asked, scopes};
use crate::list;
use crate::wire::Me;

/// The tenant of all personal accounts.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Redeems a code, and examines what it opens.
pub(super) async fn examine(
    sign_in: &SignIn,
    redemption: &Redemption,
    now: Timestamp,
    witness: &dyn Witness,
) -> Result<Examined, Refusal> {
    let failed = |name, refusal| Err(witness.fail(name, refusal));
    let answer = match redeem(sign_in, redemption).await {
        Ok(answer) => answer,
        Err(refusal) => return failed(CheckName::SignedIn, refusal),
    };
    let Some((account, claims)) = account(&answer) else {
        return failed(CheckName::SignedIn, nameless());
    };
    let Some(refresh) = answer.refresh.clone() else {
        return failed(CheckName::SignedIn, no_refresh_token());
    };
    let granted = answer.scopes.clone().filter(|scopes| !scopes.is_empty());
    let tokens = Tokens {
        account,
        access: Secret::new(answer.access.expose_secret()),
        expires_at: ends(now, answer.expires_in_s - MARGIN.as_secs()),
        refresh: Secret::new(refresh.expose_secret()),
        scopes: granted.unwrap_or_else(scopes::all),
        ends_at: Some(grant_ends(&answer, now)),
    };
    if let Some(missing) = scopes::missing(&tokens.scopes) {
        witness.pass(CheckName::SignedIn, "Microsoft let you in.".into());
        return failed(CheckName::Permissions, scope_missing(&missing));
    }
    let access = Access::new(Credential::Tokens(tokens.clone()));
    let principal = match principal(sign_in, &access, claims, &tokens.account).await {
        Ok(principal) => principal,
        Err(error) => return failed(CheckName::SignedIn, of_provider(&error)),
    };
    witness.pass(CheckName::SignedIn, format!("Microsoft let {} in.", principal.name));
    tell_permissions(witness, &tokens.scopes);
    let calendars = match calendars(sign_in, &access).await {
        Ok(calendars) => calendars,
        Err(refusal) => return failed(CheckName::CalendarsListed, refusal),
    };
    witness.tell_calendars("Outlook", &calendars);
    let say = "It tells what changed since the last time, and rings when something does.";
    witness.pass(CheckName::Changes, say.into());
    witness.tell_clock(answer.date, now);
    tell_limits(witness, &calendars, claims.tid.as_deref() == Some(PERSONAL));
    Ok(Examined { principal, credential: Credential::Tokens(tokens), calendars })
}

async fn redeem(sign_in: &SignIn, redemption: &Redemption) -> Result<TokenAnswer, Refusal> {
    let scope = scopes::asked();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", redemption.code.reveal()),
        ("redirect_uri", &redemption.redirect_uri),
        ("code_verifier", redemption.verifier.reveal()),
        ("scope", &scope),
    ];
    sign_in.token(&form, None).await.map_err(|failed| match failed {
        TokenFailure::Refused(refusal) => {
            let link = sign_in.admin_link(&redemption.redirect_uri, None);
            Reason::of_token(&refusal).refusal(&link)
        }
        failed => not_asked(&failed),
    })
}

/// Who signed in. A name may change hands, and one address can be a work and a personal account:
/// only tenant and object decide.
fn account(answer: &TokenAnswer) -> Option<(String, &Claims)> {
    let claims = answer.claims.as_ref()?;
    let given = |text: &&String| !text.is_empty();
    let tenant = claims.tid.as_ref().filter(given)?;
    let who = claims.oid.as_ref().filter(given).or(Some(&claims.sub)).filter(given)?;
    Some((format!("microsoft:{tenant}:{who}"), claims))
}

async fn principal(
    sign_in: &SignIn,
    access: &Access,
    claims: &Claims,
    id: &str,
) -> Result<Principal, ProviderError> {
    let mut url = sign_in.place.graph(&["me"]);
    url.query_pairs_mut().append_pair("$select", "id,displayName,mail,userPrincipalName");
    let me: Me = match sign_in.graph.read(access, url).await {
        Ok(me) => me,
        // Without that permission, the sign-in itself says who it is.
        Err(ProviderError::Refused { .. } | ProviderError::Gone) => Me::default(),
        Err(error) => return Err(error),
    };
    let known = [&me.mail, &me.user_principal_name, &claims.email, &claims.preferred_username];
    let mut addresses: Vec<String> = Vec::new();
    for address in known.into_iter().flatten().map(|address| address.trim().to_lowercase()) {
        if address.contains('@') && !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    let named = known.into_iter().flatten().find(|name| !name.trim().is_empty());
    let name = named.or(claims.name.as_ref()).map_or("this account", |name| name.trim());
    Ok(Principal { id: id.to_owned(), name: name.to_owned(), addresses })
}

async fn calendars(sign_in: &SignIn, access: &Access) -> Result<Vec<RemoteCalendar>, Refusal> {
    let listed = list::list(&sign_in.graph, access).await;
    let calendars = listed.map_err(|error| of_provider(&error))?;
    within_limits(&calendars)?;
    Ok(calendars)
}

fn tell_permissions(witness: &dyn Witness, granted: &[String]) {
    let costs = scopes::costs(granted);
    if costs.is_empty() {
        return witness.pass(CheckName::Permissions, "All permissions were given.".into());
    }
    let say = format!("What is needed was given. Not given: {}", costs.join(" "));
    witness.saw(Check { name: CheckName::Permissions, result: CheckResult::Warn, say });
}

fn tell_limits(witness: &dyn Witness, listed: &[RemoteCalendar], personal: bool) {
    let mut limits = vec!["it does not ring for calendars that others share"];
    if !listed.iter().any(|calendar| calendar.conference == Some(Conference::Teams)) {
        limits.push(if personal {
            "personal accounts make no Teams meetings"
        } else {
            "this account makes no Teams meetings"
        });
    }
    let say = format!("Known limits: {}.", limits.join("; "));
    witness.saw(Check { name: CheckName::Limits, result: CheckResult::Warn, say });
}

fn nameless() -> Refusal {
    let say = "Microsoft did not say who signed in. Connect again.".into();
    Refusal { code: FailureCode::Refused, say, field: None }
}

fn no_refresh_token() -> Refusal {
    let say = "Microsoft gave access for an hour only. Connect again, and accept that Daymark \
               keeps access on Microsoft's page."
        .into();
    Refusal { code: FailureCode::NoRefreshToken, say, field: None }
}

fn scope_missing(missing: &Permission) -> Refusal {
    let say = format!(
        "A permission was not given: \u{201c}{}\u{201d}. {} Connect again, and accept it on \
         Microsoft's page.",
        missing.say, missing.without
    );
    Refusal { code: FailureCode::ScopeMissing, say, field: None }
}

/// What Graph refuses right after the sign-in, to the person who waits for it.
fn of_provider(error: &ProviderError) -> Refusal {
    let (code, say) = match error {
        ProviderError::SignedOut { .. } => (
            FailureCode::ScopeMissing,
            "Microsoft let you in, but not at the calendars. Connect again, and accept all on \
             Microsoft's page."
                .into(),
        ),
        ProviderError::Throttled { .. } => {
            (FailureCode::Refused, "Microsoft asks to wait. Try again in a few minutes.".into())
        }
        ProviderError::Unavailable { say } => {
            (FailureCode::Unreachable, format!("{say} Try again in a few minutes."))
        }
        ProviderError::TooLarge { say } => (FailureCode::TooLarge, say.clone()),
        ProviderError::Unintelligible { say } => (FailureCode::WebPage, say.clone()),
        ProviderError::Refused { say } => (FailureCode::NoCalendars, say.clone()),
        ProviderError::Gone
        | ProviderError::CursorExpired
        | ProviderError::PreconditionFailed
        | ProviderError::SetUp { .. } => (
            FailureCode::NoCalendars,
            "Microsoft lists no calendars for this account. Open Outlook once, then connect \
             again."
                .into(),
        ),
    };
    Refusal { code, say, field: None }
}
