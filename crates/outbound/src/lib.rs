//! Every byte that leaves: one HTTP client that guards addresses given by people, keeps a pace
//! with each host, and has a named limit for everything; and letters by mail. It does not know
//! whom it calls for.

mod address;
mod body;
mod certificate;
mod client;
mod date;
mod error;
mod guard;
pub mod mail;
mod network;
pub mod oauth;
pub mod oidc;
mod pace;
mod redirect;
mod request;
pub mod webhook;

pub use address::{AddressRanges, NotARange};
pub use certificate::Validity;
pub use client::{Client, NotSetUp, Now, Settings};
pub use date::http_date;
pub use error::{CertificateFault, Error, ErrorKind, ForbiddenWhy};
pub use guard::{Resolve, guard};
pub use redirect::{is_below, is_same_site};
pub use request::{Basic, Limits, Ports, Request, Response};
