//! What people say of themselves: their name, e-mail address and time zone, as fields of a form.

use maud::{Markup, html};
use store::people::User;

use super::field::{Input, Kind};
use super::tip::tip;
use super::zone;
use crate::form::{Complaints, EMAIL_MAX, Form, NAME_MAX};

/// What most give their e-mail address for.
pub(crate) const TO_SIGN_IN: &str = "You sign in with it.";

/// What the person typed, or what is known before they did.
pub(crate) struct AboutYou {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) time_zone: String,
}

impl AboutYou {
    pub(crate) fn of(user: &User) -> Self {
        let (name, email) = (user.name.clone(), user.email.clone());
        Self { name, email, time_zone: user.time_zone.clone() }
    }

    /// What was sent; a zone that stood there `before` may stay, though nobody can choose it.
    pub(crate) fn read(sent: &mut Form, before: &str) -> Self {
        let name = sent.needed("name", NAME_MAX);
        let email = sent.email("email", true);
        let time_zone = sent.needed("time_zone", NAME_MAX);
        if time_zone != before && !time_zone.is_empty() && !zone::is_known(&time_zone) {
            sent.refuse("time_zone", "Choose a time zone of the list.");
        }
        Self { name, email, time_zone }
    }

    /// Somebody else has that e-mail address.
    pub(crate) fn is_taken(sent: &mut Form) {
        sent.refuse("email", "Somebody else uses this e-mail address here. Choose another.");
    }

    /// The fields, with others before the zone, and what the e-mail address is for; for who is
    /// `new`, the browser's zone is guessed.
    pub(crate) fn fields(
        &self,
        others: &Markup,
        (email_is_for, new): (&str, bool),
        wrong: &Complaints,
    ) -> Markup {
        html! {
            (Input {
                name: "name", label: "Your name", value: &self.name, length_max: NAME_MAX,
                fills: "name", error: wrong.about("name"), ..Input::default()
            }.show())
            (Input {
                name: "email", label: "E-mail", kind: Kind::Email, value: &self.email,
                hint: email_is_for, length_max: EMAIL_MAX, fills: "username",
                error: wrong.about("email"), ..Input::default()
            }.show())
            (others)
            div .field.wrong[wrong.about("time_zone").is_some()] {
                div .label {
                    label for="time_zone" { "Time zone" }
                    (tip("time_zone", "Time zone",
                        "Times are shown in it, and all-day events begin and end at its midnight."))
                }
                (zone::choice(&self.time_zone, new))
                p .error #time_zone-error data-error-of="time_zone" {
                    (wrong.about("time_zone").unwrap_or_default())
                }
            }
        }
    }
}
