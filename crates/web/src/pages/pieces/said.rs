//! What was just done, to be said above the page that comes after it.

use maud::{Markup, html};

/// The word that a redirect takes along, as `?note=`.
#[derive(Default, serde::Deserialize)]
pub(crate) struct Said {
    note: Option<String>,
}

impl Said {
    fn sentence(&self) -> Option<(&'static str, &'static str)> {
        match self.note.as_deref()? {
            "asked" => Some(("ok", "The calendars are being asked now.")),
            "too_soon" => {
                Some(("alarm", "They were asked a moment ago. Sync now works once in 30 seconds."))
            }
            "known" => Some((
                "ok",
                "This was connected before, and has what you gave now. Everything you chose stays \
                 as it was.",
            )),
            "repaired" => Some(("ok", "Mended. Everything you chose stays as it was.")),
            "replaced" => {
                Some(("ok", "The newer version is here. Everything you chose stays as it was."))
            }
            "other_account" => Some((
                "ok",
                "The new account is in the place of the old one. What you chose stays for the \
                 calendars of the same name; they are read now.",
            )),
            "changed" => {
                Some(("alarm", "Calendars have changed meanwhile. Look again at what will happen."))
            }
            "over" => Some((
                "alarm",
                "Nothing was replaced: it takes a press within ten minutes, in the browser that \
                 signed in, while that account is not connected in another way. Sign in again.",
            )),
            "believed" => Some(("ok", "Understood. The next look takes the calendar as it is.")),
            "saved" => Some(("ok", "Saved.")),
            "removed" => Some(("ok", "The calendar is no longer here.")),
            "disconnected" => Some((
                "ok",
                "Disconnected. What was chosen for its calendars is kept for 30 days, in case the \
                 same account comes back; they and their events are gone.",
            )),
            "muted" => Some(("ok", "Muted. You are not reminded of it any more.")),
            "unmuted" => Some(("ok", "You are reminded of it again.")),
            "required" => Some(("ok", "A second step is required now.")),
            "not_required" => Some(("ok", "A second step is no longer required.")),
            "ended" => Some(("ok", "The key is ended. Nobody gets in with it any more.")),
            "password" => {
                Some(("ok", "Your password is changed. You are signed out everywhere else."))
            }
            "signed_out" => Some(("ok", "You are signed out everywhere else.")),
            "step_on" => Some(("ok", "Your second step is on.")),
            "step_removed" => Some(("ok", "It is removed.")),
            "withdrawn" => Some(("ok", "The link does not work any more.")),
            "person_signed_out" => Some(("ok", "They are signed out everywhere.")),
            "person_removed" => Some(("ok", "They are removed, and their connections are ended.")),
            "last" => {
                Some(("alarm", "An account needs an administrator: make somebody else one first."))
            }
            "connects" => Some((
                "alarm",
                "They only connect calendars so far: make a link first by which they join.",
            )),
            "deleted" => Some(("ok", "The webhook is deleted. Nothing more is sent there.")),
            "test" => {
                Some(("ok", "The test is on its way; what came of it stands below in a moment."))
            }
            "replay" => {
                Some(("ok", "It is on its way again; what came of it stands below in a moment."))
            }
            "enabled" => Some(("ok", "It is turned on again, and what was waiting is sent now.")),
            "disabled" => Some(("ok", "Nothing is sent there while it is off. Turn it on first.")),
            _ => None,
        }
    }

    /// What it says when the calendars have answered while the page is open.
    fn then(&self) -> Option<&'static str> {
        (self.note.as_deref() == Some("asked")).then_some("The calendars have been read again.")
    }

    /// The sentence.
    pub(crate) fn notice(&self) -> Markup {
        html! {
            @if let Some((tone, say)) = self.sentence() {
                p class={ "notice " (tone) } role="status" data-then=[self.then()] { (say) }
            }
        }
    }
}
