//! The adapter traits: small, one ability each. A provider has an ability when it hands over
//! that trait; there are no optional methods.

use async_trait::async_trait;
use calendar::{Horizon, Interval};
use jiff::Timestamp;

use crate::{
    Access, AdminStep, Bell, CameBack, Certificate, Channel, ConsentRequest, Credential, Cursor,
    Draft, Examined, Kinship, Page, Permission, Precondition, ProviderError, Redemption, Refusal,
    RemoteCalendar, RemoteEvent, RemoteId, SignInForm, Tokens, Witness, Written,
};

/// What a provider answers.
pub type Result<T> = std::result::Result<T, ProviderError>;

/// Calendars at the far side, seen through one connection.
#[async_trait]
pub trait Calendars: Send + Sync {
    /// All calendars for events, in the far side's order.
    async fn calendars(&self, access: &Access) -> Result<Vec<RemoteCalendar>>;

    /// One page of changes. The caller stores it and asks on from `page.next`. Who can only list a
    /// stretch of time lists `within`; the others list all there is. A cursor keeps the stretch
    /// that it was made for.
    async fn changes(
        &self,
        access: &Access,
        calendar: &RemoteId,
        from: &Cursor,
        within: Horizon,
    ) -> Result<Page>;

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

    /// May a calendar go on under another [`RemoteId`] at the far side, though it is the same?
    fn ids_may_change(&self) -> bool {
        false
    }
}

/// Where a calendar lets us see no more than busy and free.
#[async_trait]
pub trait FreeBusy: Send + Sync {
    /// When it is busy, in time order.
    async fn busy(
        &self,
        access: &Access,
        calendar: &RemoteId,
        within: Horizon,
    ) -> Result<Vec<Interval>>;
}

/// Push: a standing request to be rung when a calendar changes.
#[async_trait]
pub trait Watch: Send + Sync {
    /// Opens a channel that rings `bell`. [`ProviderError::Refused`] where that calendar cannot be
    /// watched, or this installation cannot be rung.
    async fn open(
        &self,
        access: &Access,
        calendar: &RemoteId,
        bell: &Bell,
        now: Timestamp,
    ) -> Result<Channel>;

    /// Keeps a channel from ending: the same, with a later end, or one under the new `bell` beside
    /// it, after which the caller closes `old`. [`ProviderError::Gone`] where the far side does
    /// not know it any more.
    async fn renew(
        &self,
        access: &Access,
        (calendar, old): (&RemoteId, &Channel),
        bell: &Bell,
        now: Timestamp,
    ) -> Result<Channel>;

    /// Closes a channel. What is not there counts as closed.
    async fn close(&self, access: &Access, channel: &Channel) -> Result<()>;
}

/// Asking a provider about this installation's client.
#[async_trait]
pub trait ClientCheck: Send + Sync {
    /// Asks the far side whether it knows this installation's client, without any person.
    async fn check_client(&self, redirect_uri: &str) -> std::result::Result<(), Refusal>;
}

/// Telling a provider's own notices from forged ones, where it signs each as a whole.
pub trait SignedNotices: Send + Sync {
    /// What a notice is worth that came in now: the values of its headers, and its body to the
    /// byte.
    fn weigh<'h>(
        &self,
        header: &dyn Fn(&str) -> Option<&'h str>,
        body: &[u8],
        now: Timestamp,
    ) -> Notice;
}

/// What a signed notice is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The provider sent it, just now.
    Authentic,
    /// The question whether the secret is known here, and the JSON that proves it.
    Question(String),
    /// Somebody else sent it, or it is too old to tell.
    Forged,
}

/// Signing in at the provider's own page (RFC 6749 §4.1, with PKCE, RFC 7636).
#[async_trait]
pub trait OAuthSignIn: ClientCheck {
    /// The address of the provider's page.
    fn authorize_url(&self, request: &ConsentRequest) -> String;

    /// What it means that the browser came back without a code.
    fn refused(&self, back: &CameBack, request: &ConsentRequest) -> Refusal;

    /// Redeems the code that came back, and examines what it opens: a refresh token came, the
    /// permissions are there, the calendars can be read. Each check is told to `witness`.
    async fn examine(
        &self,
        redemption: &Redemption,
        now: Timestamp,
        witness: &dyn Witness,
    ) -> std::result::Result<Examined, Refusal>;

    /// Brings a new access token. [`ProviderError::SignedOut`] only where the far side proves that
    /// the grant is dead.
    async fn refresh(&self, tokens: &Tokens, now: Timestamp) -> Result<Tokens>;

    /// Takes the grant back at the far side, where there is a way to do that; where there is none,
    /// does nothing. At Google it takes back all that the account gave to this client: the caller
    /// asks only where no other connection of that principal is left.
    async fn revoke(&self, tokens: &Tokens) -> Result<()>;

    /// Is there a way to take it back?
    fn can_revoke(&self) -> bool {
        false
    }

    /// What scopes mean, in plain words; also those that are wanted and not among them.
    fn permissions(&self, scopes: &[String]) -> Vec<Permission>;

    /// What an administrator does where an organisation lets nobody in by themselves. Where they
    /// are led back here, it is to `redirect_uri`.
    fn admin_step(&self, redirect_uri: &str) -> AdminStep;
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

    /// Asked where calendars are not where they were: the credential with the place to which the
    /// far side has moved the account. `None` where it has not, or never moves any.
    async fn moved(&self, _held: &Credential) -> Result<Option<Credential>> {
        Ok(None)
    }

    /// The certificate of the server, as it was shown when it was last called from here. `None`
    /// without one, and where a provider stands behind the server that looks after it.
    fn certificate(&self, _held: &Credential) -> Option<Certificate> {
        None
    }
}
