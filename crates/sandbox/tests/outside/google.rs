//! Google's side, seen from outside.

pub(crate) mod client;

mod batch;
mod calendars;
mod control;
mod events;
mod faults;
mod partial;
mod push;
mod reading;
pub(crate) mod sign_in;
mod syncing;
