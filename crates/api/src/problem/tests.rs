//! Tests.

use std::collections::BTreeSet;

use calendar::ProblemCode;
use connection::{FailureCode, ProviderError, SignedOutWhy};
use jiff::Timestamp;

use super::*;

const DOCUMENT: &str = include_str!("../../../../docs/errors.md");

/// The rows of a section's table, cell by cell.
fn rows(title: &str) -> Vec<Vec<&'static str>> {
    let start = DOCUMENT.find(&format!("\n## {title}\n")).expect("the section is there");
    let section = &DOCUMENT[start + 4..];
    let section = section.find("\n## ").map_or(section, |end| &section[..end]);
    let lines = section.lines().filter(|line| line.starts_with("| `"));
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

fn codes(title: &str) -> BTreeSet<&'static str> {
    rows(title).iter().map(|cells| cells[0].trim_matches('`')).collect()
}

fn set<const N: usize>(codes: [&'static str; N]) -> BTreeSet<&'static str> {
    codes.into_iter().collect()
}

/// Fails to compile when a code is added, until it stands in the list below.
fn failure_codes() -> Vec<FailureCode> {
    use FailureCode as F;
    let all = vec![
        F::AppPasswordNeeded,
        F::PasswordRefused,
        F::FieldInvalid,
        F::AddressForbidden,
        F::AddressInsecure,
        F::Unreachable,
        F::TimedOut,
        F::CertificateInvalid,
        F::WebPage,
        F::NotACalendar,
        F::SignInUnsupported,
        F::NoCalendars,
        F::TooLarge,
        F::Refused,
        F::OtherPrincipal,
        F::Interrupted,
        F::Cancelled,
        F::ScopeMissing,
        F::NoRefreshToken,
        F::ConsentByAdmin,
        F::WorkAccountNeeded,
        F::SignInExpired,
        F::OtherBrowser,
        F::SetUp,
    ];
    for code in &all {
        match code {
            F::AppPasswordNeeded
            | F::PasswordRefused
            | F::FieldInvalid
            | F::AddressForbidden
            | F::AddressInsecure
            | F::Unreachable
            | F::TimedOut
            | F::CertificateInvalid
            | F::WebPage
            | F::NotACalendar
            | F::SignInUnsupported
            | F::NoCalendars
            | F::TooLarge
            | F::Refused
            | F::OtherPrincipal
            | F::Interrupted
            | F::Cancelled
            | F::ScopeMissing
            | F::NoRefreshToken
            | F::ConsentByAdmin
            | F::WorkAccountNeeded
            | F::SignInExpired
            | F::OtherBrowser
            | F::SetUp => {}
        }
    }
    all
}

/// The same for what providers answer.
fn provider_errors() -> Vec<ProviderError> {
    use ProviderError as P;
    let say = String::new;
    let all = vec![
        P::SignedOut { why: SignedOutWhy::PasswordRefused },
        P::SignedOut { why: SignedOutWhy::TokenRefused },
        P::SignedOut { why: SignedOutWhy::AccessWithdrawn },
        P::SignedOut { why: SignedOutWhy::ScopeMissing },
        P::SignedOut { why: SignedOutWhy::ConsentByAdmin },
        P::SetUp { say: say() },
        P::CursorExpired,
        P::PreconditionFailed,
        P::Gone,
        P::Throttled { until: Timestamp::UNIX_EPOCH },
        P::Unavailable { say: say() },
        P::Refused { say: say() },
        P::TooLarge { say: say() },
        P::Unintelligible { say: say() },
    ];
    for error in &all {
        match error {
            P::SignedOut {
                why:
                    SignedOutWhy::PasswordRefused
                    | SignedOutWhy::TokenRefused
                    | SignedOutWhy::AccessWithdrawn
                    | SignedOutWhy::ScopeMissing
                    | SignedOutWhy::ConsentByAdmin,
            }
            | P::SetUp { .. }
            | P::CursorExpired
            | P::PreconditionFailed
            | P::Gone
            | P::Throttled { .. }
            | P::Unavailable { .. }
            | P::Refused { .. }
            | P::TooLarge { .. }
            | P::Unintelligible { .. } => {}
        }
    }
    all
}

#[test]
fn every_code_of_the_api_stands_in_the_document_with_its_status_and_sentence() {
    let written: Vec<_> = rows("Requests");
    let coded: Vec<_> = Code::ALL
        .iter()
        .map(|code| (format!("`{}`", code.as_str()), code.status().as_u16(), code.say()))
        .collect();
    let written: Vec<_> = written
        .iter()
        .map(|cells| (cells[0].to_owned(), cells[1].parse::<u16>().unwrap(), cells[2]))
        .collect();
    assert_eq!(coded, written);
}

#[test]
fn every_failure_of_an_examination_stands_in_the_document() {
    let coded: BTreeSet<_> = failure_codes().into_iter().map(FailureCode::as_str).collect();
    assert_eq!(codes("Connecting and repairing"), coded);
}

#[test]
fn every_failure_of_a_run_stands_in_the_document() {
    let coded: BTreeSet<_> = provider_errors().iter().map(ProviderError::code).collect();
    assert_eq!(codes("A run failed"), coded);
}

#[test]
fn every_reason_for_attention_stands_in_the_document() {
    // What a provider can answer that asks for attention, and what a calendar alone can ask for.
    let signed_out = provider_errors().into_iter().filter_map(|error| match error {
        ProviderError::SignedOut { why } => Some(why.reason()),
        _ => None,
    });
    let coded: BTreeSet<_> = signed_out.chain(["calendar_gone", "brake", "read_only"]).collect();
    assert_eq!(codes("A connection needs attention"), coded);
}

#[test]
fn every_way_not_to_be_understood_stands_in_the_document() {
    let coded = ProblemCode::ALL.iter().map(|code| code.as_str()).chain(["unreadable"]);
    assert_eq!(codes("An event is not understood"), coded.collect());
}

#[test]
fn every_fault_of_a_field_and_every_blindness_stands_in_the_document() {
    assert_eq!(codes("Fields"), set(["required", "unknown", "type", "invalid", "too_long"]));
    let blind = set(["never_read", "not_read_lately", "gone", "beyond_horizon"]);
    assert_eq!(codes("A calendar is blind"), blind);
}

#[test]
fn the_codes_of_requests_differ_from_one_another() {
    let all: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(all.len(), Code::ALL.len());
}
