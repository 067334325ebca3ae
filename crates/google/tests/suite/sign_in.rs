//! Every way in which signing in can come out.

use connection::{Credential, FailureCode};

use crate::house::{House, SCOPES, WHO};

#[tokio::test]
async fn a_good_sign_in_tells_every_line_and_keeps_what_it_needs() {
    let house = House::new();
    let (examined, lines) = house.examine(None).await;
    let examined = examined.unwrap();
    assert_eq!(
        lines.all(),
        [
            "server_found pass: Google's sign-in answers.",
            "signed_in pass: Google let ada@gmail.example in, until it is taken back.",
            "permissions pass: Everything that is needed was allowed.",
            "calendars_listed pass: 1 calendar at Google.",
            "can_write pass: Every calendar may be written to.",
            "changes pass: It tells what changed since the last time (sync tokens).",
            "clock pass: Its clock agrees with ours.",
            "limits pass: No limits are known for this account.",
        ]
    );
    assert_eq!((examined.principal.name.as_str(), examined.principal.addresses.len()), (WHO, 1));
    assert!(examined.principal.id.starts_with("google:"), "{:?}", examined.principal);
    let Credential::Tokens(tokens) = examined.credential else { panic!("tokens are kept") };
    assert_eq!(tokens.account, examined.principal.id);
    assert!(tokens.expires_at > house.sandbox.now());
    assert_eq!(tokens.ends_at, None);
}

#[tokio::test]
async fn a_missing_permission_refuses_or_warns_and_says_what_it_costs() {
    for (left_out, code) in [
        ("calendar.calendarlist.readonly", Some(FailureCode::ScopeMissing)),
        ("calendar.events", Some(FailureCode::ScopeMissing)),
        ("calendar.events.freebusy", None),
    ] {
        let house = House::new();
        let ticked: Vec<&str> =
            SCOPES.into_iter().filter(|it| !it.ends_with(&format!("/{left_out}"))).collect();
        assert_eq!(ticked.len(), SCOPES.len() - 1, "{left_out} is one of them");
        let (examined, lines) = house.examine(Some(&ticked)).await;
        assert_eq!(examined.as_ref().err().map(|refusal| refusal.code), code, "{left_out}");
        match code {
            Some(_) => assert_eq!(lines.failed().unwrap().name.as_str(), "permissions"),
            None => assert!(lines.all().iter().any(|it| it.starts_with("permissions warn: Not"))),
        }
    }
}
