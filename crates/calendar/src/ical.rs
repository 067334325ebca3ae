//! iCalendar as text (RFC 5545 §3): read line by line, edited without touching anything else.

mod decode;
pub(crate) mod read;
mod split;
mod times;
pub(crate) mod value;
mod write;

pub use decode::decode;
pub use read::{Block, COMPONENTS_MAX, DEPTH_MAX, Line};
pub use split::{Feed, Part, content_hash, split};
pub use times::{TIMES_ONLY, times_of_file, times_only};
pub use write::{Object, Place, Property};

/// The VEVENTs of a text with all their lines, in order: for who writes them in another form.
pub fn events(text: &str) -> Result<Vec<Block<'_>>, Unreadable> {
    let whole = read::tree(text)?;
    let blocks = whole.calendars().iter().flat_map(|calendar| &calendar.blocks);
    Ok(blocks.filter(|block| block.name == "VEVENT").cloned().collect())
}

/// Why a text is no calendar that can be read at all. Each is a sentence for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Nothing but blanks.
    #[error("The answer is empty; a calendar was expected.")]
    Empty,
    /// A web page.
    #[error(
        "This is a web page and not a calendar. Perhaps it asks to sign in; copy the address of \
         the calendar file itself."
    )]
    WebPage,
    /// Anything else that is no calendar.
    #[error("This is not a calendar: it has no BEGIN:VCALENDAR.")]
    NotACalendar,
    /// Components within components, deeper than any calendar needs.
    #[error("This calendar is nested deeper than {DEPTH_MAX} levels and is not read.")]
    TooDeep,
    /// More components than are read.
    #[error("This calendar has more than {components_max} entries, more than are read.")]
    TooLarge {
        /// The limit that was passed.
        components_max: usize,
    },
}
