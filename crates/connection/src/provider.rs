//! The adapter traits: small, one ability each. A provider has an ability when it hands over
//! that trait; there are no optional methods.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    Access, Credential, Cursor, Draft, Examined, Kinship, Page, Precondition, ProviderError,
    Refusal, RemoteCalendar, RemoteEvent, RemoteId, SignInForm, Witness, Written,
};

/// What a provider answers.
pub type Result<T> = std::result::Result<T, ProviderError>;

/// Calendars at the far side, seen through one connection.
#[async_trait]
pub trait Calendars: Send + Sync {
    /// All calendars for events, in the far side's order.
    async fn calendars(&self, access: &Access) -> Result<Vec<RemoteCalendar>>;

    /// One page of changes. The caller stores it and asks on from `page.next`.
    async fn changes(&self, access: &Access, calendar: &RemoteId, from: &Cursor) -> Result<Page>;

    /// The events themselves, where a listing gave only names and ETags. A name that the far side
    /// does not have any more is missing from the answer; the caller asks again before it
    /// believes a short answer.
    async fn fetch(
        &self,
        access: &Access,
        calendar: &RemoteId,
        ids: &[RemoteId],
    ) -> Result<Vec<RemoteEvent>>;

    /// Writes an event, if what `only` believes is true.
    async fn put(
        &self,
        access: &Access,
        calendar: &RemoteId,
        draft: &Draft,
        only: Precondition,
    ) -> Result<Written>;

    /// Deletes an event, if what `only` believes is true. What is not there counts as deleted.
    async fn delete(
        &self,
        access: &Access,
        calendar: &RemoteId,
        id: &RemoteId,
        only: Precondition,
    ) -> Result<()>;
}

/// Signing in with what is typed into a form.
#[async_trait]
pub trait PasswordSignIn: Send + Sync {
    /// Examines what was typed, telling each check to `witness` as it is done. `now` is our
    /// clock, to hold the far side's against.
    async fn examine(
        &self,
        form: &SignInForm,
        now: Timestamp,
        witness: &dyn Witness,
    ) -> std::result::Result<Examined, Refusal>;

    /// How `new` stands to `held`, where their principals differ. Where an account at a far side
    /// says who is who, other principals are strangers.
    fn kinship(&self, held: &Credential, new: &Credential) -> Kinship;
}
