//! Asking the sandbox's Zoom, and others that answer in its place, about a client.
#![cfg(test)]

mod check;
