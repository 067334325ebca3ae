//! Faults as they are ordered: for everyone, and for single people.

use std::collections::BTreeMap;

use super::{Door, Strike, Strikes};

/// What goes wrong for everyone, and for each person by their place among all.
#[derive(Debug, Default)]
pub struct Trouble<F> {
    everyone: F,
    own: BTreeMap<usize, F>,
}

impl<F: Default> Trouble<F> {
    /// The faults of one person, or (`None`) of everyone.
    pub(crate) fn of(&mut self, person: Option<usize>) -> &mut F {
        match person {
            Some(person) => self.own.entry(person).or_default(),
            None => &mut self.everyone,
        }
    }

    /// A person's own faults, then those of everyone.
    fn both(&mut self, person: Option<usize>) -> impl Iterator<Item = &mut F> {
        let own = person.and_then(|person| self.own.get_mut(&person));
        own.into_iter().chain([&mut self.everyone])
    }

    /// What a fault that strikes now comes to.
    pub(crate) fn first<T>(
        &mut self,
        person: Option<usize>,
        strike: impl FnMut(&mut F) -> Option<T>,
    ) -> Option<T> {
        self.both(person).find_map(strike)
    }

    /// Whether a fault strikes a person now.
    pub(crate) fn struck(&mut self, person: usize, strike: impl FnMut(&mut F) -> bool) -> bool {
        self.both(Some(person)).any(strike)
    }

    /// What is set for a person, or else for everyone.
    pub(crate) fn said<T>(&self, person: usize, of: impl Fn(&F) -> Option<T>) -> Option<T> {
        self.own.get(&person).and_then(&of).or_else(|| of(&self.everyone))
    }

    /// The most of a figure.
    pub(super) fn most(&mut self, person: usize, of: impl Fn(&mut F) -> u64) -> u64 {
        self.both(Some(person)).map(of).max().unwrap_or_default()
    }
}

impl<F: Strikes + Default> Trouble<F> {
    /// What strikes a request. What comes instead of an answer comes once.
    pub(crate) fn strike(&mut self, person: Option<usize>, method: &str, door: Door) -> Strike {
        let mut strike = Strike::default();
        for faults in self.both(person) {
            strike = strike.and(faults.strike(method, door));
            if strike.instead.is_some() {
                break;
            }
        }
        strike
    }
}
