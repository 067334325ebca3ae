//! `docs/failures.md`, held against what the adapters and the pulls really do. The document is the
//! input: each row of its first table is answered to a real call of a real adapter, and each row
//! of its second is given to a pull with a store. A row that nothing here can play fails.
#![cfg(test)]

mod answers;
mod consequences;
mod far;
mod museum;
mod network;
mod races;
mod stand_in;
mod table;
#[path = "../world/mod.rs"]
mod world;
