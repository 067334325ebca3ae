//! Outlook's adapter as the house sees it: against far sides that answer what a test says, and
//! against the sandbox.
#![cfg(test)]

mod answers;
mod busy;
mod changes;
mod conformance;
mod documented;
mod emulate;
mod errors;
mod far;
mod house;
mod list;
mod museum;
mod page;
mod push;
mod round_trip;
mod sign_in;
mod write;
