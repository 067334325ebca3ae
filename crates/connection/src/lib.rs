//! The connection crate.
