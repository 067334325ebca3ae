//! Codes of what is wrong, in a few words.

/// What needs somebody, or why a look failed, by its code, in a few words.
pub fn cause(reason: &str, is_feed: bool) -> &'static str {
    match reason {
        "password_refused" if is_feed => "its address is refused",
        "calendar_gone" if is_feed => "it is no longer at its address",
        "password_refused" => "the password was refused",
        "signed_out" => "access was withdrawn",
        "scope_missing" => "a permission is missing",
        "consent_by_admin" => "its organisation must agree",
        "read_only" => "bookings cannot be written",
        "calendar_gone" => "a calendar is gone",
        "brake" => "a calendar is suddenly empty",
        "unintelligible" => "the answer was no calendar",
        "unavailable" => "it could not be reached",
        "too_large" => "it is too large",
        "set_up" => "this installation is not set up there",
        "gone" => "it was not there",
        "cursor_expired" | "precondition_failed" => "it changed meanwhile",
        _ => "access was refused",
    }
}

/// The same to whoever cannot mend it: who has to. A link by which an organisation agrees may be
/// sent on by everybody, and so is said to all.
pub fn say_to_others(owner: &str, (reason, say): (&str, &str), is_feed: bool) -> String {
    if reason == "consent_by_admin" {
        return say.to_owned();
    }
    format!("{owner} has to mend it: {}.", cause(reason, is_feed))
}
