//! What was not understood of an event, in a sentence that a person can read.

use std::fmt;

/// Something that was not understood. The event stays, and what is understood of it blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whose problem it is, where the event has a UID.
    pub uid: Option<String>,
    /// Which of the known kinds it is.
    pub code: ProblemCode,
    /// A plain sentence; it never repeats titles, places or people.
    pub say: String,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $text:literal, $say:literal;)*) => {
        /// The kinds of things that are not understood.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemCode { $($(#[$doc])* $code,)* }

        impl ProblemCode {
            /// Every kind there is.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// The stable spelling, for rows and answers.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$code => $text,)* }
            }

            fn sentence(self) -> &'static str {
                match self { $(Self::$code => $say,)* }
            }
        }
    };
}

codes! {
    /// A TZID that is neither a known name nor defined in the object.
    UnknownZone = "unknown_zone",
        "Its time zone is not known; its times are read in the calendar's own zone.";
    /// DTSTART is missing or unreadable.
    NoStart = "no_start",
        "It does not say when it starts, so it cannot block any time.";
    /// The end comes before the start, or cannot be read.
    BadEnd = "bad_end",
        "Its end is unreadable or lies before its start; it is read as having no length.";
    /// RRULE or EXRULE cannot be read, or asks for something that is not supported.
    BadRule = "bad_rule",
        "How it repeats is not understood; only the dates that are certain block time.";
    /// A date of RDATE, EXDATE or RECURRENCE-ID cannot be read.
    BadDate = "bad_date",
        "One of its extra, excluded or changed dates is unreadable and is left aside.";
    /// It repeats more often than the limits allow.
    TooMany = "too_many",
        "It repeats too often to be followed to the end; only its first occurrences block time.";
    /// A part of the object begins or ends where it should not.
    Damaged = "damaged",
        "The calendar's text is damaged around it; it is read as far as it goes.";
    /// A date or a length lies beyond the calendar of the program.
    OutOfRange = "out_of_range",
        "One of its dates or lengths lies beyond the year 9999 and is cut off there.";
}

impl Problem {
    /// A problem of the event with this UID.
    pub(crate) fn new(uid: &str, code: ProblemCode) -> Self {
        let uid = (!uid.is_empty()).then(|| uid.to_owned());
        Self { uid, code, say: code.sentence().to_owned() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say)
    }
}
