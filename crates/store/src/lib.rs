//! One schema, two engines: all that Daymark keeps, in SQLite or in PostgreSQL. A module for each
//! noun, plain functions that take a transaction; nothing outside this crate knows SQL.

mod codec;
mod db;
mod dialect;
mod error;
mod migrations;
mod seal;
mod statement;
mod tx;

pub mod api_keys;
pub mod attempts;
pub mod audit;
pub mod busy;
pub mod calendars;
pub mod channels;
pub mod choices;
pub mod connections;
pub mod events;
pub mod factors;
pub mod half_sessions;
pub mod idempotency;
pub mod identities;
pub mod invitations;
pub mod jobs;
pub mod messages;
pub mod passkeys;
pub mod people;
pub mod renewals;
pub mod runs;
pub mod sessions;
pub mod sign_ins;
pub mod status_changes;
pub mod tries;
pub mod turning;
pub mod waiting;
pub mod webhooks;

pub use db::{Change, Db, Location};
pub use error::{Result, StoreError};
pub use seal::Keyring;
pub use tx::Tx;
