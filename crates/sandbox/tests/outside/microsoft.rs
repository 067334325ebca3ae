//! Microsoft's side, seen from outside.

mod client;

mod delta;
