//! What signing in asks for, read from a body: each integration's own fields, each with a limit.

use connection::{Field, Secret, SignInForm};

use super::fields::Fields;
use super::problem::FieldError;
use super::shapes::field_of_form;

/// Longest address that is taken.
pub(super) const URL_LENGTH_MAX: usize = 2_000;
/// Longest user name that is taken.
pub(super) const USERNAME_LENGTH_MAX: usize = 320;
/// Longest password that is taken.
pub(super) const PASSWORD_LENGTH_MAX: usize = 1_000;
/// Largest calendar file that is taken.
pub(super) const FILE_BYTES_MAX: usize = 10 << 20;

/// Longest name of a calendar file that is taken.
pub(super) const FILE_NAME_LENGTH_MAX: usize = 255;

/// Every field that any integration may ask for, as the API calls it.
pub(super) const NAMES: [&str; 5] = ["url", "username", "password", "file", "file_name"];

/// Takes what was typed out of a body.
pub(super) fn take(body: &mut Fields) -> SignInForm {
    if body.has("file_name") && !body.has("file") {
        body.required("file");
    }
    SignInForm {
        address: body.text("url", URL_LENGTH_MAX).map(Secret::new),
        username: body.text("username", USERNAME_LENGTH_MAX),
        password: body.text("password", PASSWORD_LENGTH_MAX).map(Secret::new),
        file: body.long_text("file", FILE_BYTES_MAX).map(Secret::new),
        file_name: body.text("file_name", FILE_NAME_LENGTH_MAX),
    }
}

/// The fields of a body that this integration does not ask for.
pub(super) fn not_asked(body: &Fields, asked: &[Field]) -> Vec<FieldError> {
    let strange = |name: &&str| {
        // Where a file is asked for, it may be named.
        let name_asked = if *name == "file_name" { "file" } else { *name };
        body.has(name) && !asked.iter().any(|field| field_of_form(field.name) == name_asked)
    };
    let error = |name: &str| FieldError {
        field: name.to_owned(),
        code: "unknown",
        detail: format!("This integration does not ask for `{name}`."),
    };
    NAMES.into_iter().filter(strange).map(error).collect()
}

/// Notes which fields are missing. Where each may be left out, one of them must be there.
pub(super) fn require(body: &mut Fields, asked: &[Field]) {
    let any = asked.iter().any(|field| body.has(field_of_form(field.name)));
    if let (false, Some(first)) = (any || asked.iter().any(|f| !f.optional), asked.first()) {
        body.required(field_of_form(first.name));
    }
    for field in asked.iter().filter(|field| !field.optional) {
        let name = field_of_form(field.name);
        if !body.has(name) {
            body.required(name);
        }
    }
}
