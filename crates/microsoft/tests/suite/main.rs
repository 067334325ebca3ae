//! Outlook's adapter as the house sees it: against far sides that answer what a test says, and
//! against the sandbox.
#![cfg(test)]

mod changes;
mod errors;
mod far;
mod list;
mod museum;
mod push;
mod sign_in;
mod write;
