//! What a person sent in a form: read field by field, each with its limit, with complaints kept
//! beside the field they are about.

use axum::extract::{FromRequest, Multipart, Request};
use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::Web;
use crate::error::Fault;

/// Bytes of a form without a file.
pub(crate) const FORM_MAX: usize = 256 * 1024;
/// Largest file that is taken, in megabytes.
pub(crate) const UPLOAD_MAX_MB: usize = 10;
/// Bytes of a form with a file: the file, and what stands around it.
pub(crate) const UPLOAD_MAX: usize = UPLOAD_MAX_MB * 1024 * 1024 + FORM_MAX;
/// Fields of one form.
const FIELDS_MAX: usize = 4_000;
/// Characters of a name of a person, a business, a user at a provider.
pub(crate) const NAME_MAX: usize = 200;
/// Characters of an e-mail address (RFC 5321 §4.5.3.1).
pub(crate) const EMAIL_MAX: usize = 254;
/// Characters of an address of a server or feed.
pub(crate) const ADDRESS_MAX: usize = 2_000;

/// A form that was sent.
#[derive(Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    file: Option<Upload>,
    complaints: Complaints,
}

/// A file that was sent: its text, and what it is called where it came from.
#[derive(Default)]
pub(crate) struct Upload {
    pub(crate) text: String,
    pub(crate) name: String,
}

/// What is wrong, by field.
#[derive(Debug, Default, Clone)]
pub(crate) struct Complaints(Vec<(String, String)>);

impl Complaints {
    /// Notes what is wrong with a field; the first word about a field stands.
    pub(crate) fn add(&mut self, field: &str, say: impl Into<String>) {
        if self.about(field).is_none() {
            self.0.push((field.to_owned(), say.into()));
        }
    }

    /// What is wrong with that field.
    pub(crate) fn about(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, say)| say.as_str())
    }

    /// Is nothing wrong?
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Form {
    /// The fields of a form, as browsers send them.
    fn of_urlencoded(body: &[u8]) -> Result<Self, Fault> {
        let fields: Vec<_> =
            url::form_urlencoded::parse(body).take(FIELDS_MAX + 1).map(owned).collect();
        if fields.len() > FIELDS_MAX {
            return Err(Fault::TooLarge);
        }
        Ok(Self { fields, ..Self::default() })
    }

    async fn of_multipart(mut parts: Multipart) -> Result<Self, Fault> {
        let mut form = Self::default();
        while let Some(part) = parts.next_field().await.map_err(|e| sorted(e.status()))? {
            let name = part.name().unwrap_or_default().to_owned();
            let file_name = part.file_name().map(str::to_owned);
            let content = part.bytes().await.map_err(|e| sorted(e.status()))?;
            if let Some(file_name) = file_name {
                form.take_file(&name, file_name, &content);
            } else if form.fields.len() < FIELDS_MAX {
                form.fields.push((name, String::from_utf8_lossy(&content).into_owned()));
            }
        }
        Ok(form)
    }

    fn take_file(&mut self, name: &str, file_name: String, content: &[u8]) {
        if content.len() > UPLOAD_MAX_MB * 1024 * 1024 {
            let say = format!("The file is larger than {UPLOAD_MAX_MB} MB. Export fewer years.");
            self.complaints.add(name, say);
        } else if !content.is_empty() {
            let text = calendar::ical::decode(content).into_owned();
            self.file = Some(Upload { text, name: file_name });
        }
    }

    /// The uploaded file, once.
    pub(crate) fn take_upload(&mut self) -> Option<Upload> {
        self.file.take()
    }

    /// One line of text without what surrounds it, of at most `max` characters; empty where it was
    /// left empty, or where a complaint is noted.
    pub(crate) fn line(&mut self, name: &str, max: usize) -> String {
        let text = self.raw(name).trim().to_owned();
        self.within(name, text, max)
    }

    fn within(&mut self, name: &str, text: String, max: usize) -> String {
        let say = if text.chars().count() > max {
            format!("This is too long: at most {max} characters.")
        } else if text.chars().any(char::is_control) {
            "This holds a character that cannot be seen. Type it again.".to_owned()
        } else {
            return text;
        };
        self.complaints.add(name, say);
        String::new()
    }

    /// An e-mail address in small letters; empty where it may be left so.
    pub(crate) fn email(&mut self, name: &str, is_needed: bool) -> String {
        let read = if is_needed { Self::needed } else { Self::line };
        let text = read(self, name, EMAIL_MAX).to_lowercase();
        if !text.is_empty() && !is_email(&text) {
            self.refuse(name, "An e-mail address has the form name@example.org.");
        }
        text
    }

    /// The same, where it must not be left empty.
    pub(crate) fn needed(&mut self, name: &str, max: usize) -> String {
        let text = self.line(name, max);
        if text.is_empty() {
            self.refuse(name, "Fill this in.");
        }
        text
    }

    /// A secret, exactly as it was typed, of at most `max` characters.
    pub(crate) fn secret(&mut self, name: &str, max: usize) -> String {
        let text = self.raw(name).to_owned();
        self.within(name, text, max)
    }

    /// What was sent under that name, unlooked at; empty for nothing.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str())
    }

    /// All that was sent under that name: ticked boxes.
    pub(crate) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.fields.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Is the box of that name ticked?
    pub(crate) fn is_ticked(&self, name: &str) -> bool {
        self.fields.iter().any(|(n, _)| n == name)
    }

    /// Notes what is wrong with a field.
    pub(crate) fn refuse(&mut self, name: &str, say: impl Into<String>) {
        self.complaints.add(name, say);
    }

    /// What is wrong so far.
    pub(crate) fn complaints(&self) -> &Complaints {
        &self.complaints
    }

    /// Is nothing wrong so far?
    pub(crate) fn is_fine(&self) -> bool {
        self.complaints.is_empty()
    }
}

fn is_email(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
        && !text.chars().any(char::is_whitespace)
}

fn owned(
    (name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>),
) -> (String, String) {
    (name.into_owned(), value.into_owned())
}

fn sorted(status: StatusCode) -> Fault {
    if status == StatusCode::PAYLOAD_TOO_LARGE { Fault::TooLarge } else { Fault::FormMalformed }
}

impl FromRequest<Web> for Form {
    type Rejection = Fault;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Fault> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.unwrap_or_default().to_ascii_lowercase();
        if kind.starts_with("multipart/form-data") {
            let parts = Multipart::from_request(request, web).await;
            return Self::of_multipart(parts.map_err(|_| Fault::FormMalformed)?).await;
        }
        if !kind.is_empty() && !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(Fault::FormMalformed);
        }
        let body = Bytes::from_request(request, web).await.map_err(|e| sorted(e.status()))?;
        Self::of_urlencoded(&body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_refused_beside_itself() {
        let mut form = Form::of_urlencoded(b"name=+Dana+&email=a%00b&note=xxxx").unwrap();
        assert_eq!(form.line("name", 10), "Dana");
        assert_eq!(form.line("email", 10), "");
        assert!(form.complaints().about("email").is_some());
        assert_eq!(form.line("note", 3), "");
        assert!(form.complaints().about("note").is_some_and(|say| say.contains('3')));
        assert_eq!(form.needed("missing", 3), "");
        assert!(form.complaints().about("missing").is_some());
        assert!(form.complaints().about("name").is_none());
    }

    #[test]
    fn too_many_fields_are_refused_as_a_whole() {
        let body = "a=1&".repeat(FIELDS_MAX + 1);
        assert!(matches!(Form::of_urlencoded(body.as_bytes()), Err(Fault::TooLarge)));
    }
}
