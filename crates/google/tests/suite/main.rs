//! The adapter against the sandbox's Google, and against servers that nobody here wrote.
#![cfg(test)]

mod conformance;
mod house;
mod pull;
mod sign_in;
