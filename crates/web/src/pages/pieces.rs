//! Pieces that several pages are made of.

pub(crate) mod about_you;
pub(crate) mod admin_step;
pub(crate) mod banner;
pub(crate) mod calendar_choice;
pub(crate) mod chip;
pub(crate) mod copy;
pub(crate) mod empty;
pub(crate) mod enrol;
pub(crate) mod field;
pub(crate) mod hearing;
pub(crate) mod icon;
pub(crate) mod linked;
pub(crate) mod renewal;
pub(crate) mod said;
pub(crate) mod strip;
pub(crate) mod tag;
pub(crate) mod tip;
pub(crate) mod words;
pub(crate) mod zone;

/// The letters that stand for a person.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}
