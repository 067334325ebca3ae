//! The adapters as the house sees them: against the sandbox in this process, against servers that
//! always answer the same, and against real ones.
#![cfg(test)]

mod conformance;
mod examine;
mod feeds;
mod place;
mod pull;
mod write;
