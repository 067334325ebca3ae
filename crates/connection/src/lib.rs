//! What it is to be linked to a service: owners, connections, their calendars, their status,
//! and the traits that every adapter fulfils. Pure: no network, no database, no clock.

mod calendar;
mod choice;
mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
mod connection;
mod credential;
mod ending;
mod error;
mod examination;
mod id;
mod integration;
mod kinship;
mod owner;
mod provider;
mod remote;
mod set_up;
mod sign_in;
mod status;
mod watch;
mod witness;

pub use crate::calendar::{
    Access as CalendarAccess, Calendar, CalendarState, GONE_MEANS, PushTrouble, TRUST_LAST_KNOWN_H,
    Trouble,
};
pub use choice::{Reached, Times, Twice, Unwritable, is_absence, reached_twice};
pub use clock::{Clock, Dice, FixedDice, ManualClock};
pub use connection::Connection;
pub use credential::{Access, Credential, Secret, Tokens};
pub use ending::{Certificate, Ending, SOON, is_soon};
pub use error::{ProviderError, SignedOutWhy};
pub use examination::{
    CALENDARS_MAX, Check, CheckName, CheckResult, Examined, FailureCode, Refusal, within_limits,
};
pub use id::{
    AccountId, ApiKeyId, AttemptId, AuditId, CalendarId, ChannelId, ConnectionId, DeliveryId,
    EventId, InvitationId, JobId, MessageId, NotAnId, RunId, StatusChangeId, UserId, WebhookId,
};
pub use integration::{
    Catalogue, Field, Integration, IntegrationKind, Level, SignIn, SignInForm, Watching,
};
pub use kinship::{Degree, Kinship};
pub use owner::Owner;
pub use provider::{
    Calendars, ClientCheck, FreeBusy, Notice, OAuthSignIn, PasswordSignIn, Result, SignedNotices,
    Watch,
};
pub use remote::{
    Conference, Cursor, Draft, ETag, Extent, Listed, OwnAnswer, Page, PageToken, Precondition,
    Principal, RemoteCalendar, RemoteEvent, RemoteId, SyncToken, Written,
};
pub use set_up::{SetUp, SetUpSetting, SetUpStep, ToCopy};
pub use sign_in::{AdminStep, CameBack, ConsentRequest, Permission, Proof, Redemption};
pub use status::{
    Ask, Attention, ConnectionState, ConnectionStatus, Counts, LISTED_EVERY_S, Progress,
    StatusCause, StatusFacts, cause, may_follow, names_of, say_to_others,
};
pub use watch::{Bell, Channel};
pub use witness::Witness;
