//! What a page says when it cannot do what was asked. The HTTP status is decided here.

use axum::response::{IntoResponse, Response};
use door::outgoing::NotDone;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use maud::html;
use store::StoreError;
use sync::SyncError;

use crate::form::UPLOAD_MAX_MB;
use crate::page;
use crate::passwords::Unhashed;

/// Why a page cannot be shown, by what the person does about it.
#[derive(Debug)]
pub(crate) enum Fault {
    /// There is no such page or thing, or it is another account's: the same answer.
    NotFound,
    /// The page does not answer to this method.
    MethodUnknown,
    /// The request comes from another site.
    Forbidden,
    /// More was sent than is taken.
    TooLarge,
    /// The form cannot be read at all.
    FormMalformed,
    /// The database is busy or away: try again.
    Unavailable,
    /// Our mistake; what happened is in the log.
    Broken,
}

/// What the page of a fault says.
struct Sentence {
    title: &'static str,
    say: String,
    next: (&'static str, &'static str),
}

impl Fault {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodUnknown => StatusCode::METHOD_NOT_ALLOWED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::FormMalformed => StatusCode::BAD_REQUEST,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn sentence(&self) -> Sentence {
        let home = ("Go to your calendars", "/");
        let (title, say) = match self {
            Self::NotFound => (
                "There is nothing here",
                "The address is wrong, or what was here has been removed. Check the address, or \
                 start again from your calendars."
                    .to_owned(),
            ),
            Self::MethodUnknown => (
                "This page works another way",
                "Open it from the page it belongs to, and use the buttons there.".to_owned(),
            ),
            Self::Forbidden => (
                "This did not come from Daymark",
                "Your browser says that another site sent this, so nothing was done. Open the \
                 page here and try again. If Daymark runs behind a proxy, the proxy must pass on \
                 Host and Origin unchanged."
                    .to_owned(),
            ),
            Self::TooLarge => (
                "That is too large",
                format!(
                    "Daymark takes files of at most {UPLOAD_MAX_MB} MB. Export fewer years into \
                     the file, or connect the calendar by its address."
                ),
            ),
            Self::FormMalformed => (
                "The form did not arrive whole",
                "Nothing was changed. Go back, reload the page and try again.".to_owned(),
            ),
            Self::Unavailable => (
                "One moment",
                "Daymark cannot reach its database just now. Nothing was lost. Try again in a \
                 few seconds."
                    .to_owned(),
            ),
            Self::Broken => (
                "Something went wrong here",
                "That is our mistake, not yours, and it is written down in the log. Nothing was \
                 lost. Try again; if it happens again, tell whoever runs this Daymark."
                    .to_owned(),
            ),
        };
        Sentence { title, say, next: home }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let Sentence { title, say, next: (label, href) } = self.sentence();
        let body = html! {
            h1 { (title) }
            p .soft { (say) }
            p .actions { a .button.primary href=(href) { (label) } }
        };
        let mut response = (self.status(), page::bare(title, &body)).into_response();
        if matches!(self, Self::Unavailable) {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let chain = &error as &dyn std::error::Error;
        if matches!(error, StoreError::Unavailable(_)) {
            tracing::warn!(error = chain, "a page waits for the store");
            return Self::Unavailable;
        }
        tracing::error!(error = chain, "a page met a row that it cannot use");
        Self::Broken
    }
}

impl From<SyncError> for Fault {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Store(error) => error.into(),
            SyncError::UnknownIntegration => Self::NotFound,
            // The page that connects says this beside its form; elsewhere it cannot happen.
            SyncError::LimitReached { .. } | SyncError::NotSetUp => Self::Broken,
        }
    }
}

impl From<NotDone> for Fault {
    fn from(why: NotDone) -> Self {
        match why {
            NotDone::Store(error) => error.into(),
            NotDone::Gone => Self::NotFound,
            // The pages say these themselves, where they can be.
            NotDone::LimitReached | NotDone::Disabled => Self::Broken,
        }
    }
}

impl From<Unhashed> for Fault {
    fn from(_: Unhashed) -> Self {
        Self::Unavailable
    }
}

/// A page that is not there.
pub(crate) async fn not_found() -> Fault {
    Fault::NotFound
}

/// A page that does not answer to this method.
pub(crate) async fn method_unknown() -> Fault {
    Fault::MethodUnknown
}
