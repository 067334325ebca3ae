//! The calendar crate.
