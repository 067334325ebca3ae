//! Microsoft's side, seen from outside.

mod client;

mod batch;
mod calendars;
mod control;
mod delta;
mod events;
mod faults;
mod own_libraries;
mod push;
mod reading;
mod sign_in;
