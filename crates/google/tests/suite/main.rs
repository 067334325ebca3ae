//! The adapter against the sandbox's Google, and against servers that nobody here wrote.
#![cfg(test)]

mod conformance;
mod copy;
mod emulate;
mod fixed;
mod free_busy;
mod house;
mod museum;
mod myworld;
mod pull;
mod refresh;
mod sign_in;
mod watch;
mod write;
