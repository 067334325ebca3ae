//! What other programs are told: which events there are, what each of them says, and how it is
//! sent. Never a title, never a secret: whoever hears it looks again through the API.

mod address;
mod send;
mod told;

pub use address::{AddressFault, check_address};
pub use told::{EVENTS, tell_test};

pub(crate) use send::handle;
pub(crate) use told::{tell_calendar, tell_connection, tell_disconnected};

/// A new secret, as it is shown to whoever will verify by it.
pub fn new_secret(ctx: &crate::Context) -> connection::Secret {
    let mut chance = [0; 32];
    ctx.dice.fill(&mut chance);
    connection::Secret::new(outbound::webhook::secret(&chance))
}
