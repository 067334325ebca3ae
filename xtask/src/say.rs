//! What the chores print, in one place: lines on standard output, flushed as they come.

use std::fmt::Display;
use std::io::{Write, stdout};

/// Prints one line. A closed pipe is no reason to stop a chore half-way.
pub(crate) fn say(line: impl Display) {
    let mut out = stdout().lock();
    let _closed = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Announces a part of the work.
pub(crate) fn headline(text: impl Display) {
    say(format!("\n── {text}"));
}
