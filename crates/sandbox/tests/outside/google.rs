//! Google's side, seen from outside.

mod client;

mod batch;
mod calendars;
mod control;
mod events;
mod faults;
mod partial;
mod push;
mod reading;
mod sign_in;
mod syncing;
