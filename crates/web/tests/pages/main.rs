//! The pages from outside: request in, page out; the sandbox behind real adapters, no script.
#![expect(clippy::unwrap_used, reason = "a test fails where something is not as it must be")]

mod bad_input;
mod connecting;
mod house;
mod interrupted;
mod live;
mod managing;
mod signing_in;
mod uploads;
mod week;
