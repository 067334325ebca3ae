//! The HTTP API from outside: requests in, answers out, over a store in memory and the sandbox of
//! the providers in the same process.

#![cfg(test)]

mod calendars;
mod connections;
mod document;
#[path = "../../../web/tests/pages/google.rs"]
mod google;
#[path = "../../../web/tests/pages/ground.rs"]
mod ground;
mod house;
mod idempotency;
mod input;
mod isolation;
mod live;
#[expect(dead_code, reason = "these tests use a part of it")]
#[path = "../../../sync/tests/world/receiver.rs"]
mod receiver;
mod sign_in;
mod webhooks;
