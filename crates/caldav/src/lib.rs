//! The caldav crate.
