//! The pages from outside: request in, page out; the sandbox behind real adapters, no script.
#![expect(clippy::unwrap_used, reason = "a test fails where something is not as it must be")]

mod at_provider;
mod audit;
mod bad_input;
mod choices;
mod coming_back;
mod connecting;
mod developers;
mod every_route;
mod google;
mod ground;
mod hooks;
mod house;
mod interrupted;
mod live;
mod managing;
mod mending;
mod messages;
mod open_id;
mod outlook;
mod passkeys;
mod people;
mod privacy;
#[expect(dead_code, reason = "these tests use a part of it")]
#[path = "../../../sync/tests/world/receiver.rs"]
mod receiver;
mod replacing;
mod second_step;
mod set_up;
mod signing_in;
mod uploads;
mod week;
