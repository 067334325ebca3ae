//! The outbound crate.
