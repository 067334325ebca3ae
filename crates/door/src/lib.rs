//! What both doors share, the pages for people and the API for programs: the gate to what events
//! are about, how acts are written down, keys, what is done with webhooks, seats at a stream, and
//! addresses of ours.

pub mod acts;
pub mod addresses;
pub mod details;
pub mod keys;
pub mod outgoing;
pub mod seats;
pub mod totp;
