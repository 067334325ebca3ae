//! The examination of a Google account, line by line, as it happens.

use connection::{
    Access, CalendarAccess, Check, CheckName, CheckResult, Credential, Examined, Principal,
    Redemption, Refusal, RemoteCalendar, Secret, Tokens, Witness, within_limits,
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

/// Clocks that differ by less agree.
const SKEW_MAX_S: i64 = 90;

/// Redeems the code and looks at what it opens. Nothing is kept of what failed but the lines.
pub(crate) async fn examine(
    google: &Google,
    redemption: &Redemption,
    now: Timestamp,
    witness: &dyn Witness,
) -> Result<Examined, Refusal> {
    let told = Told(witness);
    let answer = match google.api.redeem(&google.client, redemption).await {
        Ok(answer) => answer,
        Err(failed) => return Err(told.fail(CheckName::SignedIn, refusal::not_redeemed(&failed))),
    };
    told.pass(CheckName::ServerFound, "Google's sign-in answers.".into());
    let date = answer.date;
    let (mut tokens, who) = signed_in(google, &answer, now)
        .await
        .map_err(|refused| told.fail(CheckName::SignedIn, refused))?;
    tokens.account.clone_from(&who.id);
    let say = format!("Google let {} in. Access lasts until it is taken back.", who.name);
    told.pass(CheckName::SignedIn, say);
    permissions(&tokens, &told)?;
    let credential = Credential::Tokens(tokens.clone());
    let access = Access::new(credential.clone());
    let listed = list::list(&google.api, &access).await;
    let listed = listed.map_err(|failed| refusal::of_provider(&failed));
    let (calendars, _) =
        listed.map_err(|refused| told.fail(CheckName::CalendarsListed, refused))?;
    within_limits(&calendars)
        .and_then(|()| if calendars.is_empty() { Err(refusal::no_calendars()) } else { Ok(()) })
        .map_err(|refused| told.fail(CheckName::CalendarsListed, refused))?;
    told.calendars(&calendars);
    told.clock(date, now);
    told.limits(&tokens, &calendars);
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

fn permissions(tokens: &Tokens, told: &Told<'_>) -> Result<(), Refusal> {
    let (needed, others) = scopes::missing(&tokens.scopes);
    if !needed.is_empty() {
        return Err(told.fail(CheckName::Permissions, refusal::missing(&needed)));
    }
    if others.is_empty() {
        told.pass(CheckName::Permissions, "Everything that is needed was allowed.".into());
    } else {
        let costs: Vec<&str> = others.iter().map(|one| one.without).collect();
        let say = format!("Not everything was allowed. {}", costs.join(" "));
        told.warn(CheckName::Permissions, say);
    }
    Ok(())
}

/// Whoever watches.
struct Told<'a>(&'a dyn Witness);

impl Told<'_> {
    fn pass(&self, name: CheckName, say: String) {
        self.0.saw(Check { name, result: CheckResult::Pass, say });
    }

    fn warn(&self, name: CheckName, say: String) {
        self.0.saw(Check { name, result: CheckResult::Warn, say });
    }

    fn fail(&self, name: CheckName, refusal: Refusal) -> Refusal {
        self.0.saw(Check { name, result: CheckResult::Fail, say: refusal.say.clone() });
        refusal
    }

    fn calendars(&self, all: &[RemoteCalendar]) {
        let count = all.len();
        let calendars = if count == 1 { "calendar" } else { "calendars" };
        self.pass(CheckName::CalendarsListed, format!("{count} {calendars} at Google."));
        let writers = all.iter().filter(|one| one.access == CalendarAccess::Writer).count();
        match writers {
            0 => self.warn(
                CheckName::CanWrite,
                "No calendar may be written to: they are only read.".into(),
            ),
            n if n == count => {
                self.pass(CheckName::CanWrite, "Every calendar may be written to.".into());
            }
            n => self.pass(
                CheckName::CanWrite,
                format!("{n} of {count} {calendars} may be written to."),
            ),
        }
        let say = "It tells what changed since the last time (sync tokens).";
        self.pass(CheckName::Changes, say.into());
    }

    fn clock(&self, date: Option<Timestamp>, now: Timestamp) {
        match date.map(|date| date.duration_since(now).as_secs()) {
            None => self.warn(CheckName::Clock, "It does not tell the time.".into()),
            Some(ahead_s) if ahead_s.abs() <= SKEW_MAX_S => {
                self.pass(CheckName::Clock, "Its clock agrees with ours.".into());
            }
            Some(ahead_s) => {
                let way = if ahead_s > 0 { "ahead of" } else { "behind" };
                let minutes = ahead_s.abs() / 60;
                let say = format!(
                    "Its clock is {minutes} minutes {way} ours: set this machine's clock by a time \
                     server."
                );
                self.warn(CheckName::Clock, say);
            }
        }
    }

    /// What is good to know before it surprises somebody.
    fn limits(&self, tokens: &Tokens, all: &[RemoteCalendar]) {
        if let Some(end) = tokens.ends_at {
            let day = end.to_zoned(TimeZone::UTC).date();
            self.warn(
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
            self.warn(CheckName::Limits, say);
            return;
        }
        self.pass(CheckName::Limits, "No limits are known for this account.".into());
    }
}
