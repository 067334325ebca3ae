//! What became of a message, in words.

use maud::{Markup, html};
use store::messages::Message;

use crate::pages::pieces::words;
use crate::session::SignedIn;

/// When it was sent by mail, or why it was not.
pub(super) fn sentence(message: &Message, by_mail: bool, who: &SignedIn) -> Markup {
    let failure = message.last_failure.as_deref();
    html! {
        @if let Some(at) = message.sent_at {
            "Sent by mail " (words::when(at, who)) "."
        } @else if failure == Some("no_mail_server") {
            "Kept here only: no mail server was set."
        } @else if let Some(failure) = failure {
            "Not sent by mail: " (why(failure)) ". "
            (words::count(message.tries, "try", "tries"))
            @if message.stopped_at.is_some() { ", no more." } @else { " so far, and again soon." }
        } @else if message.stopped_at.is_some() {
            "Not sent by mail: by then it was no longer so, or muted."
        } @else if by_mail {
            "On its way by mail."
        } @else {
            "Kept here only."
        }
    }
}

fn why(failure: &str) -> &'static str {
    match failure {
        "address_invalid" => "the e-mail address on the profile is none",
        "unreachable" => "the mail server does not answer",
        "timed_out" => "the mail server does not answer in time",
        "no_tls" => "no safe connection to the mail server could be made",
        "sign_in_refused" => "the mail server refuses the name or password in DAYMARK_SMTP_URL",
        "deferred" => "the mail server asked to try again later",
        "refused" => "the mail server refused it",
        _ => "the mail server's answer is not understood",
    }
}
