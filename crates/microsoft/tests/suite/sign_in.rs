//! Signing in: every outcome a person can see.

use connection::{
    CameBack, CheckName, CheckResult, Conference, ConsentRequest, Credential, Examined,
    FailureCode, OAuthSignIn, ProviderError, Redemption, Refusal, Secret, SignedOutWhy,
};
use microsoft::Settings;
use serde_json::{Value, json};

use crate::far::{Asked, Far, NOW, Reply, Told, fails, ok, reply, tokens};

const SCOPES: &str =
    "Calendars.ReadWrite Calendars.ReadWrite.Shared MailboxSettings.Read User.Read";
/// `{"sub":"s-1","oid":"o-1","tid":"t-1","preferred_username":"kim@contoso.example"}`
const CLAIMS: &str = "eyJzdWIiOiJzLTEiLCJvaWQiOiJvLTEiLCJ0aWQiOiJ0LTEiLCJwcmVmZXJyZWRfdXNlcm5hbWU\
                      iOiJraW1AY29udG9zby5leGFtcGxlIn0";

fn token(scopes: &str) -> Value {
    json!({
        "token_type": "Bearer", "scope": scopes, "expires_in": 3959, "access_token": "access-2",
        "refresh_token": "refresh-2", "id_token": format!("head.{CLAIMS}.sign"),
    })
}

fn calendars(asked: &Asked) -> Reply {
    match asked.path.as_str() {
        "/v1.0/me" => ok(&json!({"id": "o-1", "mail": null,
            "userPrincipalName": "Kim@Contoso.example"})),
        "/v1.0/me/calendars" => ok(&json!({"value": [
            {"id": "cal", "name": "Calendar", "isDefaultCalendar": true, "canEdit": true,
             "allowedOnlineMeetingProviders": ["teamsForBusiness"],
             "owner": {"name": "Kim", "address": "kim@contoso.example"}}]})),
        "/v1.0/me/calendarGroups" => ok(&json!({"value": []})),
        "/v1.0/me/mailboxSettings" => ok(&json!({"timeZone": "Pacific Standard Time"})),
        other => panic!("nobody asks for {other}"),
    }
}

/// Answers with this token, and then as Graph.
fn far(token: Value) -> Far {
    Far::new(
        move |asked| if asked.path.ends_with("/token") { ok(&token) } else { calendars(asked) },
    )
}

fn redemption() -> Redemption {
    Redemption {
        code: Secret::new("code-1"),
        redirect_uri: "https://day.example/connect/back".into(),
        verifier: Secret::new("verifier-1"),
    }
}

fn request() -> ConsentRequest {
    ConsentRequest {
        redirect_uri: "https://day.example/connect/back".into(),
        state: "state-1".into(),
        challenge: "challenge-1".into(),
        login_hint: None,
    }
}

fn sign_in(far: &Far) -> &dyn OAuthSignIn {
    &**far.adapter.sign_in.as_ref().unwrap()
}

async fn examine(far: &Far) -> (Result<Examined, Refusal>, Told) {
    let told = Told::default();
    let examined = sign_in(far).examine(&redemption(), NOW.parse().unwrap(), &told).await;
    (examined, told)
}

/// The way back with this error.
fn back(error: &str, description: &str) -> Refusal {
    let back = CameBack { error: error.into(), description: description.into() };
    sign_in(&Far::new(|_| fails(500, "none"))).refused(&back, &request())
}

#[tokio::test]
async fn a_good_sign_in_tells_every_line_and_who_it_is() {
    let far = far(token(SCOPES));
    let (examined, told) = examine(&far).await;
    let examined = examined.unwrap();
    assert_eq!(examined.principal.id, "microsoft:t-1:o-1");
    assert_eq!(examined.principal.name, "Kim@Contoso.example");
    assert_eq!(examined.principal.addresses, ["kim@contoso.example"]);
    assert_eq!(examined.calendars.len(), 1);
    assert_eq!(examined.calendars[0].conference, Some(Conference::Teams));
    assert_eq!(examined.calendars[0].time_zone.as_deref(), Some("America/Los_Angeles"));
    let Credential::Tokens(tokens) = examined.credential else { panic!("tokens are kept") };
    assert_eq!((tokens.refresh.reveal(), tokens.scopes.len()), ("refresh-2", 4));
    assert_eq!(tokens.expires_at.to_string(), "2026-11-22T13:04:59Z");
    let names: Vec<CheckName> = told.checks().iter().map(|check| check.name).collect();
    let wanted = CheckName::ALL.into_iter().filter(|name| *name != CheckName::ServerFound);
    assert_eq!(names, wanted.collect::<Vec<_>>());
    assert!(told.checks().iter().all(|check| check.result != CheckResult::Fail));
    let redeemed = &far.asked()[0];
    assert_eq!(redeemed.host, "login.microsoftonline.com");
    assert_eq!(redeemed.line(), "POST /common/oauth2/v2.0/token");
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "code-1"),
        ("code_verifier", "verifier-1"),
        ("redirect_uri", "https://day.example/connect/back"),
        ("client_id", "client-1"),
        ("client_secret", "secret-1"),
    ] {
        assert_eq!(redeemed.field(name).as_deref(), Some(value), "{name}");
    }
}

#[test]
fn the_page_is_asked_for_all_that_is_needed() {
    let far = Far::new(|_| fails(500, "none"));
    let url: url::Url = sign_in(&far).authorize_url(&request()).parse().unwrap();
    assert_eq!(url.host_str(), Some("login.microsoftonline.com"));
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let get = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, v)| v.as_str());
    assert_eq!(get("response_type"), Some("code"));
    assert_eq!(get("code_challenge_method"), Some("S256"));
    assert_eq!(get("prompt"), Some("select_account"));
    let scope = get("scope").unwrap();
    for name in ["openid", "offline_access", "Calendars.ReadWrite", "MailboxSettings.Read"] {
        assert!(scope.split(' ').any(|word| word == name), "{name}");
    }
    let known = ConsentRequest { login_hint: Some("kim@contoso.example".into()), ..request() };
    let url = sign_in(&far).authorize_url(&known);
    assert!(url.contains("login_hint=kim%40contoso.example") && !url.contains("prompt="), "{url}");
}

#[test]
fn without_a_client_there_is_no_sign_in() {
    let now: jiff::Timestamp = NOW.parse().unwrap();
    let settings = outbound::Settings::new("Daymark/test", std::sync::Arc::new(move || now));
    let client = outbound::Client::new(settings).unwrap();
    let half = Settings { client_id: Some("id".into()), ..Settings::default() };
    assert!(microsoft::adapter(client, half).sign_in.is_none());
}

#[test]
fn every_way_back_without_a_code_says_what_to_do() {
    let declined = "AADSTS65004: The resource owner or authorization server denied the request.";
    for (error, description, code) in [
        ("access_denied", declined, FailureCode::Cancelled),
        ("access_denied", "the user canceled the authentication", FailureCode::Cancelled),
        ("consent_required", "AADSTS65001: not consented", FailureCode::Cancelled),
        ("consent_required", "AADSTS90094: admin", FailureCode::ConsentByAdmin),
        ("access_denied", "AADSTS90095: admin", FailureCode::ConsentByAdmin),
        ("access_denied", "AADSTS90093: admin", FailureCode::ConsentByAdmin),
        ("access_denied", "AADSTS650056: misconfigured", FailureCode::ConsentByAdmin),
        ("access_denied", "AADSTS50105: not assigned", FailureCode::ConsentByAdmin),
        ("interaction_required", "AADSTS50079: enrol", FailureCode::Refused),
        ("interaction_required", "", FailureCode::Refused),
        ("login_required", "", FailureCode::Refused),
        ("access_denied", "AADSTS53003: conditional access", FailureCode::Refused),
        ("access_denied", "AADSTS50020: foreign tenant", FailureCode::WorkAccountNeeded),
        ("invalid_request", "AADSTS500200: personal", FailureCode::WorkAccountNeeded),
        ("invalid_request", "AADSTS50034: unknown user", FailureCode::Refused),
        ("unauthorized_client", "AADSTS700016: no such app", FailureCode::SetUp),
        ("invalid_client", "AADSTS7000215: wrong secret", FailureCode::SetUp),
        ("invalid_client", "AADSTS7000222: expired", FailureCode::SetUp),
        ("invalid_request", "AADSTS50011: redirect", FailureCode::SetUp),
        ("invalid_scope", "", FailureCode::SetUp),
        ("unsupported_response_type", "", FailureCode::SetUp),
        ("temporarily_unavailable", "AADSTS90033: transient", FailureCode::Refused),
        ("server_error", "", FailureCode::Refused),
        ("made_up_by_a_proxy", "", FailureCode::Refused),
        ("", "", FailureCode::Refused),
    ] {
        let refusal = back(error, description);
        assert_eq!(refusal.code, code, "{error} {description}");
        assert!(refusal.say.contains(". "), "it says what to do: {}", refusal.say);
        assert!(!refusal.say.contains("AADSTS"), "in plain words: {}", refusal.say);
    }
    let expired = back("invalid_client", "AADSTS7000222: expired");
    assert!(expired.say.contains("has expired"), "{}", expired.say);
}

#[test]
fn an_administrator_gets_an_address_where_to_agree() {
    let refusal = back("access_denied", "AADSTS90094: needs an administrator");
    let (_, link) = refusal.say.split_once(": https:").unwrap();
    let url: url::Url = format!("https:{link}").parse().unwrap();
    assert_eq!(url.path(), "/organizations/v2.0/adminconsent");
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let get = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, v)| v.as_str());
    assert_eq!((get("client_id"), get("state")), (Some("client-1"), Some("state-1")));
    assert_eq!(get("redirect_uri"), Some("https://day.example/connect/back"));
    let scope = get("scope").unwrap();
    assert!(scope.starts_with("https://graph.microsoft.com/Calendars.ReadWrite "), "{scope}");
}

#[test]
fn who_goes_back_from_the_page_of_an_organisation_gets_that_address_too() {
    let declined = back("access_denied", "AADSTS65004: User declined to consent.");
    assert_eq!(declined.code, FailureCode::Cancelled);
    assert!(declined.say.starts_with("Microsoft says that you did not agree, so nothing was"));
    let admin = back("access_denied", "AADSTS90094: needs an administrator");
    let link = |say: &str| say.split_once(": https:").map(|(_, link)| link.to_owned());
    assert!(link(&declined.say).is_some(), "{}", declined.say);
    assert_eq!(link(&declined.say), link(&admin.say));
    // What a person closed themselves needs no administrator.
    let plain = back("access_denied", "the user canceled the authentication");
    assert_eq!(link(&plain.say), None, "{}", plain.say);
}

#[test]
fn who_is_not_assigned_is_told_where_an_administrator_does_that() {
    let refusal = back("access_denied", "AADSTS50105: not assigned");
    for part in ["Microsoft Entra admin center", "Enterprise applications", "Users and groups"] {
        assert!(refusal.say.contains(part), "{}", refusal.say);
    }
    assert!(!refusal.say.contains("https:"), "there is no address for it: {}", refusal.say);
}

#[tokio::test]
async fn without_a_refresh_token_it_would_end_within_the_hour() {
    let mut token = token(SCOPES);
    token.as_object_mut().unwrap().remove("refresh_token");
    let (examined, told) = examine(&far(token)).await;
    assert_eq!(examined.unwrap_err().code, FailureCode::NoRefreshToken);
    assert_eq!(told.checks().last().unwrap().result, CheckResult::Fail);
}

#[tokio::test]
async fn a_permission_that_is_needed_is_named() {
    let (examined, _) = examine(&far(token("User.Read Calendars.Read"))).await;
    let refusal = examined.unwrap_err();
    assert_eq!(refusal.code, FailureCode::ScopeMissing);
    assert!(refusal.say.contains("change the events"), "{}", refusal.say);
    assert!(refusal.say.contains("there is no connection"), "and what it costs: {}", refusal.say);
}

#[tokio::test]
async fn a_personal_account_never_grants_shared_calendars_and_signs_in_all_the_same() {
    let (examined, told) = examine(&far(token("Calendars.ReadWrite User.Read"))).await;
    examined.unwrap();
    let checks = told.checks();
    let line = checks.iter().find(|check| check.name == CheckName::Permissions).unwrap();
    assert_eq!(line.result, CheckResult::Warn);
    assert!(line.say.contains("share") && line.say.contains("time zone"), "{}", line.say);
}

#[tokio::test]
async fn an_account_without_a_mailbox_is_told_so() {
    let far = Far::new(|asked| match asked.path.as_str() {
        "/common/oauth2/v2.0/token" => ok(&token(SCOPES)),
        "/v1.0/me" => calendars(asked),
        _ => fails(404, "MailboxNotEnabledForRESTAPI"),
    });
    let (examined, told) = examine(&far).await;
    let refusal = examined.unwrap_err();
    assert_eq!(refusal.code, FailureCode::NoCalendars);
    assert!(refusal.say.contains("no mailbox"), "{}", refusal.say);
    assert_eq!(told.checks().last().unwrap().name, CheckName::CalendarsListed);
}

#[tokio::test]
async fn a_code_that_is_refused_says_what_to_do() {
    for (body, code) in [
        (json!({"error": "invalid_grant", "error_codes": [54005]}), FailureCode::SignInExpired),
        (json!({"error": "invalid_client", "error_codes": [7_000_215]}), FailureCode::SetUp),
        (json!({"error": "invalid_grant", "error_codes": [65001]}), FailureCode::Cancelled),
        (json!({"error": "interaction_required", "error_codes": [50076]}), FailureCode::Refused),
    ] {
        let far = Far::new(move |_| reply(400, &body));
        assert_eq!(examine(&far).await.0.unwrap_err().code, code);
    }
    let far = Far::new(|_| Reply::raw(200, "<html>hotel</html>"));
    assert_eq!(examine(&far).await.0.unwrap_err().code, FailureCode::WebPage);
    let far = Far::new(|_| Reply::raw(503, ""));
    assert_eq!(examine(&far).await.0.unwrap_err().code, FailureCode::Refused);
}

#[tokio::test]
async fn a_refresh_keeps_the_newest_token_and_the_old_one_where_none_came() {
    let far = far(token(SCOPES));
    let now = NOW.parse().unwrap();
    let new = sign_in(&far).refresh(&tokens(), now).await.unwrap();
    assert_eq!((new.access.reveal(), new.refresh.reveal()), ("access-2", "refresh-2"));
    let asked = far.asked().remove(0);
    assert_eq!(asked.field("refresh_token").as_deref(), Some("refresh-1"));
    let scope = asked.field("scope").unwrap();
    assert!(scope.contains("offline_access") && !scope.contains("Shared"), "only what was granted");
    let plain = json!({"access_token": "access-3", "expires_in": 600});
    let far = Far::new(move |_| ok(&plain));
    let new = sign_in(&far).refresh(&tokens(), now).await.unwrap();
    assert_eq!((new.access.reveal(), new.refresh.reveal()), ("access-3", "refresh-1"));
    assert_eq!(
        (new.scopes.len(), new.expires_at.to_string().as_str()),
        (2, "2026-11-22T12:09:00Z")
    );
}

#[tokio::test]
async fn a_permission_that_was_taken_back_costs_no_refresh_token() {
    let far = far(token("User.Read"));
    let sign_in = sign_in(&far);
    let new = sign_in.refresh(&tokens(), NOW.parse().unwrap()).await.unwrap();
    assert_eq!(new.refresh.reveal(), "refresh-2", "the old one may be dead by now");
    let lost = sign_in.permissions(&new.scopes);
    assert!(lost.iter().any(|permission| permission.needed && !permission.granted));
}

#[tokio::test]
async fn a_refused_refresh_is_sorted_by_its_numbers() {
    use SignedOutWhy::{AccessWithdrawn, ConsentByAdmin, ScopeMissing};
    for (error, number, why) in [
        ("invalid_grant", 700_082, Some(AccessWithdrawn)),
        ("invalid_grant", 70_008, Some(AccessWithdrawn)),
        ("invalid_grant", 50_173, Some(AccessWithdrawn)),
        ("invalid_grant", 70_043, Some(AccessWithdrawn)),
        ("invalid_grant", 70_000, Some(AccessWithdrawn)),
        ("interaction_required", 50_076, Some(AccessWithdrawn)),
        ("interaction_required", 53_003, Some(AccessWithdrawn)),
        ("invalid_grant", 50_057, Some(AccessWithdrawn)),
        ("invalid_grant", 65_001, Some(ScopeMissing)),
        ("invalid_grant", 90_094, Some(ConsentByAdmin)),
        ("invalid_client", 7_000_222, None),
        ("invalid_client", 7_000_215, None),
        ("unauthorized_client", 700_016, None),
    ] {
        let body =
            json!({"error": error, "error_codes": [number], "error_description": "in words"});
        let far = Far::new(move |_| reply(400, &body));
        let failed = sign_in(&far).refresh(&tokens(), NOW.parse().unwrap()).await.unwrap_err();
        match why {
            Some(why) => assert_eq!(failed, ProviderError::SignedOut { why }, "{number}"),
            None => assert!(matches!(failed, ProviderError::SetUp { .. }), "{number}: {failed:?}"),
        }
    }
}

#[tokio::test]
async fn a_refresh_that_proves_nothing_signs_nobody_out() {
    let transient =
        |number: i64| reply(400, &json!({"error": "invalid_grant", "error_codes": [number]}));
    let failed = |far: Far| async move {
        sign_in(&far).refresh(&tokens(), NOW.parse().unwrap()).await.unwrap_err()
    };
    for number in [90_033, 50_033, 90_006, 50_196] {
        let failed = failed(Far::new(move |_| transient(number))).await;
        assert!(matches!(failed, ProviderError::Unavailable { .. }), "{number}: {failed:?}");
    }
    let odd = failed(Far::new(|_| reply(400, &json!({"error": "made_up"})))).await;
    assert!(matches!(odd, ProviderError::Unavailable { .. }), "{odd:?}");
    let broken = failed(Far::new(|_| Reply::raw(502, "<html>"))).await;
    assert!(matches!(broken, ProviderError::Unavailable { .. }), "{broken:?}");
    let page = failed(Far::new(|_| Reply::raw(400, "<html>"))).await;
    assert!(matches!(page, ProviderError::Unintelligible { .. }), "{page:?}");
    let wait = failed(Far::new(|_| Reply::raw(429, "").header("retry-after", "60"))).await;
    assert_eq!(wait, ProviderError::Throttled { until: "2026-11-22T12:01:00Z".parse().unwrap() });
    let revoked = sign_in(&Far::new(|_| panic!("nobody is asked"))).revoke(&tokens()).await;
    assert_eq!(revoked, Ok(()), "Microsoft cannot take back one grant alone");
}

#[tokio::test]
async fn the_client_is_checked_without_any_person() {
    let check = |body: Value| async move {
        let far = Far::new(move |_| reply(400, &body));
        sign_in(&far).check_client("https://day.example/connect/back").await
    };
    let known = json!({"error": "invalid_grant", "error_codes": [9_002_313]});
    assert_eq!(check(known).await, Ok(()));
    for (number, word) in [
        (7_000_215, "secret's value"),
        (7_000_222, "expired"),
        (50_011, "redirect URIs"),
        (700_016, "application id"),
    ] {
        let wrong = json!({"error": "invalid_client", "error_codes": [number]});
        let refusal = check(wrong).await.unwrap_err();
        assert_eq!(refusal.code, FailureCode::SetUp);
        assert!(refusal.say.contains(word), "{}", refusal.say);
    }
    let odd = check(json!({"error": "made_up"})).await.unwrap_err();
    assert_eq!(odd.code, FailureCode::Refused, "what is not known is not good");
}
