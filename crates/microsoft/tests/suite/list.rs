//! The list of calendars.

use connection::{CalendarAccess, Conference, ProviderError, SignedOutWhy};
use serde_json::{Value, json};

use crate::far::{Asked, Far, GRAPH, Reply, access, fails, ok};

fn calendar(id: &str, name: &str, owner: &str) -> Value {
    json!({"id": id, "name": name, "canEdit": true, "color": "auto", "hexColor": "",
        "isDefaultCalendar": id == "main", "owner": {"name": owner, "address": owner}})
}

fn account(asked: &Asked) -> Reply {
    let is_second = asked.field("$skiptoken").is_some();
    match asked.path.as_str() {
        "/v1.0/me/calendars" if is_second => ok(&json!({"value": [
            calendar("main", "Calendar", "kim@contoso.example")]})),
        "/v1.0/me/calendars" => {
            let mut holidays = calendar("holidays", "Holidays", "kim@contoso.example");
            holidays["canEdit"] = json!(false);
            holidays["color"] = json!("lightTeal");
            let next = format!("{GRAPH}/me/calendars?%24skiptoken=2");
            ok(&json!({"value": [holidays], "@odata.nextLink": next}))
        }
        "/v1.0/me/calendarGroups" => ok(&json!({"value": [{"id": "g/1"}, {"id": "gone"}]})),
        "/v1.0/me/calendarGroups/g%2F1/calendars" => {
            let mut team = calendar("team", "Team", "kim@contoso.example");
            team["allowedOnlineMeetingProviders"] = json!(["skypeForBusiness", "teamsForBusiness"]);
            team["hexColor"] = json!("#A1B2C3");
            let shared = calendar("shared", "Calendar", "ada@contoso.example");
            let main = calendar("main", "Calendar", "kim@contoso.example");
            ok(&json!({"value": [team, main, shared]}))
        }
        "/v1.0/me/calendarGroups/gone/calendars" => fails(404, "ErrorItemNotFound"),
        "/v1.0/me/mailboxSettings" => ok(&json!({"timeZone": "W. Europe Standard Time"})),
        other => panic!("nobody asks for {other}"),
    }
}

#[tokio::test]
async fn all_pages_and_groups_are_one_list_with_the_default_first() {
    let far = Far::new(account);
    let listed = far.calendars().calendars(&access()).await.unwrap();
    let ids: Vec<&str> = listed.iter().map(|calendar| calendar.id.as_str()).collect();
    assert_eq!(ids, ["main", "holidays", "team", "shared"], "each once");
    assert_eq!(listed[1].access, CalendarAccess::Reader);
    assert_eq!(listed[2].access, CalendarAccess::Writer);
    assert_eq!(listed[2].conference, Some(Conference::Teams));
    assert_eq!(listed[0].conference, None);
    assert_eq!(listed[3].name, "Calendar (ada@contoso.example)", "whose it is");
    assert_eq!(listed[2].color.as_deref(), Some("#a1b2c3"));
    assert_eq!(listed[1].color.as_deref(), Some("#9fdcc9"));
    assert_eq!(listed[0].color, None);
    assert!(listed.iter().all(|c| c.time_zone.as_deref() == Some("Europe/Berlin")));
    let first = far.asked()[0].field("$select").unwrap();
    assert!(first.contains("canEdit") && !first.contains("canShare"), "quirk graph-8: {first}");
    for asked in far.asked() {
        for part in ["outlook.timezone=\"UTC\"", "IdType=\"ImmutableId\"", "odata.maxpagesize="] {
            assert!(asked.prefer.contains(part), "{}: {}", asked.line(), asked.prefer);
        }
        assert_eq!(asked.bearer, "Bearer access-1");
        assert_eq!(asked.host, "graph.microsoft.com");
    }
}

#[tokio::test]
async fn a_zone_of_ones_own_and_a_missing_permission_leave_the_zone_unknown() {
    for settings in ["Customized Time Zone", "tzone://Microsoft/Custom", ""] {
        let far = Far::new(move |asked| match asked.path.as_str() {
            "/v1.0/me/mailboxSettings" if settings.is_empty() => fails(403, "ErrorAccessDenied"),
            "/v1.0/me/mailboxSettings" => ok(&json!({"timeZone": settings})),
            _ => account(asked),
        });
        let listed = far.calendars().calendars(&access()).await.unwrap();
        assert_eq!(listed[0].time_zone, None, "{settings}");
    }
}

#[tokio::test]
async fn a_list_that_fails_anywhere_is_no_list() {
    for part in ["/v1.0/me/calendars", "/v1.0/me/calendarGroups", "/v1.0/me/mailboxSettings"] {
        let far = Far::new(move |asked| {
            if asked.path == part { fails(503, "serviceNotAvailable") } else { account(asked) }
        });
        let failed = far.calendars().calendars(&access()).await.unwrap_err();
        assert!(matches!(failed, ProviderError::Unavailable { .. }), "{part}: {failed:?}");
        let far = Far::new(move |asked| {
            if asked.path == part {
                Reply::raw(200, "<html>Sign in to the network</html>")
            } else {
                account(asked)
            }
        });
        let failed = far.calendars().calendars(&access()).await.unwrap_err();
        assert!(matches!(failed, ProviderError::Unintelligible { .. }), "{part}: {failed:?}");
    }
    let far = Far::new(|_| fails(403, "ErrorAccessDenied"));
    let failed = far.calendars().calendars(&access()).await.unwrap_err();
    assert_eq!(failed, ProviderError::SignedOut { why: SignedOutWhy::ScopeMissing });
}

#[tokio::test]
async fn a_list_without_end_and_one_that_leads_elsewhere_are_not_followed() {
    let far = Far::new(|_| {
        ok(&json!({"value": [], "@odata.nextLink": format!("{GRAPH}/me/calendars?again=1")}))
    });
    let failed = far.calendars().calendars(&access()).await.unwrap_err();
    assert!(matches!(failed, ProviderError::Unintelligible { .. }), "{failed:?}");
    let far = Far::new(|_| {
        ok(&json!({"value": [], "@odata.nextLink": "https://evil.example/v1.0/me/calendars"}))
    });
    let failed = far.calendars().calendars(&access()).await.unwrap_err();
    assert!(matches!(failed, ProviderError::Unintelligible { .. }), "{failed:?}");
    assert!(far.asked().iter().all(|asked| asked.host != "evil.example"));
}
