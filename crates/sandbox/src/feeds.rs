//! The feed host: read-only calendars at `/feeds/{name}.ics`, with the habits of feeds in the wild.

use crate::faults::Faults;

#[derive(Debug, Clone, Default)]
pub(crate) struct Feed {
    pub(crate) faults: Faults,
}
