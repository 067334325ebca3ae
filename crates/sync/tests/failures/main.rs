//! `docs/failures.md`, held against what the adapters and the pulls really do. The document is the
//! input: each row of its first table is answered to a real call of a real adapter, and each row
//! of its second is given to a pull with a store. A row that nothing here can play fails.
//! Beside it the rows of the museum about what breaks for a while, or for good.
#![cfg(test)]

mod answers;
mod calendars;
mod consequences;
mod endless;
mod far;
mod ids;
mod museum;
mod network;
mod places;
mod races;
mod stale;
mod stand_in;
mod table;
mod three;
#[path = "../world/mod.rs"]
mod world;
