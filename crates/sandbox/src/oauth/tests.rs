//! Codes and tokens: what opens once, what ends, what takes everything along.

use jiff::{SignedDuration, Timestamp};

use super::{Code, Denied, Grant, Issued, Issuer, Rotation, Scopes, Shown, Terms, challenge_of};
use crate::clock::Dice;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

struct Desk {
    issuer: Issuer,
    dice: Dice,
    terms: Terms,
    now: Timestamp,
}

impl Desk {
    fn new(rotation: Rotation) -> Self {
        let (access_prefix, refresh_prefix) = ("a.", "r.");
        let terms = Terms {
            access_prefix,
            refresh_prefix,
            access_s: 3599,
            refresh_s: None,
            refresh_max: 3,
            rotation,
        };
        let now = "2026-11-02T09:00:00Z".parse().unwrap();
        Self { issuer: Issuer::default(), dice: Dice::new(1), terms, now }
    }

    fn code(&mut self) -> String {
        let code = Code {
            prefix: "c.",
            grant: Grant { person: 0, client: "c".into() },
            redirect_uri: "http://127.0.0.1/".into(),
            challenge: Some(challenge_of(VERIFIER)),
            nonce: None,
            scopes: Scopes::from(["a".into()]),
            with_refresh: true,
            expires_at: self.now + SignedDuration::from_secs(600),
        };
        self.issuer.consent(&mut self.dice, code)
    }

    fn redeem(&mut self, code: &str, verifier: Option<&str>) -> Result<Issued, Denied> {
        let shown = Shown { code, client: "c", redirect_uri: "http://127.0.0.1/", verifier };
        self.issuer.redeem(&mut self.dice, shown, self.terms, self.now)
    }

    fn refresh_token(&mut self) -> String {
        let code = self.code();
        self.redeem(&code, Some(VERIFIER)).unwrap().refresh.unwrap()
    }

    fn renew(&mut self, token: &str) -> Result<Issued, Denied> {
        self.issuer.renew(&mut self.dice, (token, "c"), self.terms, self.now)
    }
}

#[test]
fn the_challenge_is_that_of_the_rfc() {
    assert_eq!(challenge_of(VERIFIER), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn a_code_opens_once_with_its_verifier_and_not_for_long() {
    let mut desk = Desk::new(Rotation::Never);
    let code = desk.code();
    assert!(desk.redeem(&code, Some(VERIFIER)).is_ok());
    assert_eq!(desk.redeem(&code, Some(VERIFIER)).unwrap_err(), Denied::CodeUsed);
    assert_eq!(desk.redeem("other", None).unwrap_err(), Denied::UnknownCode);
    let code = desk.code();
    assert_eq!(desk.redeem(&code, None).unwrap_err(), Denied::VerifierMissing);
    let code = desk.code();
    assert_eq!(desk.redeem(&code, Some("other")).unwrap_err(), Denied::VerifierWrong);
    let code = desk.code();
    desk.now += SignedDuration::from_secs(600);
    assert_eq!(desk.redeem(&code, Some(VERIFIER)).unwrap_err(), Denied::CodeExpired);
}

#[test]
fn a_refresh_token_stays_unless_it_rotates() {
    let mut desk = Desk::new(Rotation::Never);
    let token = desk.refresh_token();
    assert_eq!(desk.renew(&token).unwrap().refresh, None);
    desk.terms.rotation = Rotation::Lenient;
    assert!(desk.renew(&token).unwrap().refresh.is_some());
    assert!(desk.renew(&token).is_ok());
}

#[test]
fn strict_rotation_punishes_reuse_with_the_whole_grant() {
    let mut desk = Desk::new(Rotation::Strict);
    let old = desk.refresh_token();
    let fresh = desk.renew(&old).unwrap().refresh.unwrap();
    assert_eq!(desk.renew(&old).unwrap_err(), Denied::TokenRevoked);
    assert_eq!(desk.renew(&fresh).unwrap_err(), Denied::TokenRevoked, "the thief took all along");
}

#[test]
fn the_oldest_refresh_token_dies_when_there_are_too_many() {
    let mut desk = Desk::new(Rotation::Never);
    let tokens: Vec<String> = (0..4).map(|_| desk.refresh_token()).collect();
    assert!(desk.renew(&tokens[0]).is_err());
    assert!(tokens[1..].iter().all(|token| desk.renew(token).is_ok()));
}

#[test]
fn an_access_token_ends_and_a_revoked_grant_ends_all() {
    let mut desk = Desk::new(Rotation::Never);
    let token = desk.refresh_token();
    let access = desk.renew(&token).unwrap().access;
    assert!(desk.issuer.access(&access, desk.now).is_some());
    assert!(desk.issuer.access(&access, desk.now + SignedDuration::from_secs(3599)).is_none());
    let grant = desk.issuer.grant_of(&access).unwrap();
    desk.issuer.revoke_grant(&grant);
    assert!(desk.issuer.access(&access, desk.now).is_none());
    assert!(desk.renew(&token).is_err());
}
