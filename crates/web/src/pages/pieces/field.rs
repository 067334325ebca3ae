//! A field of a form: label, tip, hint, and what is wrong with it beside it.

use maud::{Markup, html};

use super::tip::tip;

/// What one field shows.
#[derive(Default)]
pub(crate) struct Input<'f> {
    pub(crate) name: &'f str,
    /// What tells it from others of its name on the page; empty where there are none.
    pub(crate) of: &'f str,
    pub(crate) label: &'f str,
    pub(crate) tip: &'f str,
    pub(crate) hint: &'f str,
    pub(crate) example: &'f str,
    /// An HTML `pattern`, and what to say while it does not match.
    pub(crate) pattern: (&'f str, &'f str),
    pub(crate) kind: Kind,
    pub(crate) value: &'f str,
    pub(crate) optional: bool,
    pub(crate) length_max: usize,
    /// What `autocomplete` says.
    pub(crate) fills: &'f str,
    pub(crate) error: Option<&'f str>,
}

/// What is typed into it.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Text,
    Email,
    Address,
    Password,
    File,
}

impl Kind {
    fn attribute(self) -> &'static str {
        match self {
            Self::Text | Self::Address => "text",
            Self::Email => "email",
            Self::Password => "password",
            Self::File => "file",
        }
    }
}

impl Input<'_> {
    /// The field with all that belongs to it.
    pub(crate) fn show(&self) -> Markup {
        let id = self.id();
        let hint_id = format!("{id}-hint");
        let error_id = format!("{id}-error");
        let described =
            if self.hint.is_empty() { error_id.clone() } else { format!("{hint_id} {error_id}") };
        html! {
            div .field.wrong[self.error.is_some()] {
                div .label {
                    label for=(id) { (self.label) }
                    (tip(&id, self.label, self.tip))
                    @if self.optional { span .faint.small { "optional" } }
                }
                (self.input(&described))
                @if !self.hint.is_empty() { p .hint id=(hint_id) { (self.hint) } }
                p .error id=(error_id) data-error-of=(self.name) {
                    (self.error.unwrap_or_default())
                }
            }
        }
    }

    fn id(&self) -> String {
        if self.of.is_empty() { self.name.to_owned() } else { format!("{}-{}", self.name, self.of) }
    }

    fn input(&self, described: &str) -> Markup {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let is_file = self.kind == Kind::File;
        let is_address = self.kind == Kind::Address;
        let plain = matches!(self.kind, Kind::Address | Kind::Password | Kind::Email);
        html! {
            input id=(self.id()) name=(self.name) type=(self.kind.attribute())
                value=[filled(self.value).filter(|_| !is_file)]
                placeholder=[filled(self.example)]
                pattern=[filled(self.pattern.0)] title=[filled(self.pattern.1)]
                data-say=[filled(self.pattern.1)]
                maxlength=[(self.length_max > 0 && !is_file).then_some(self.length_max)]
                autocomplete=[filled(self.fills)]
                inputmode=[is_address.then_some("url")]
                accept=[is_file.then_some(".ics,.ical,.ifb,text/calendar")]
                autocapitalize=[plain.then_some("none")] spellcheck=[plain.then_some("false")]
                required[!self.optional]
                aria-invalid=[self.error.map(|_| "true")] aria-describedby=(described);
        }
    }
}
