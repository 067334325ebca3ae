//! What events are about leaves the store through one gate: nothing else at the doors asks for it.

use super::Finding;
use super::repository::Repository;

/// The gate, `door::details`.
const GATE: &str = "crates/door/src/details.rs";
/// The crates that answer people and programs.
const DOORS: &[&str] = &["door", "api", "web"];
/// What leads to the texts of events.
const ASKS: &[&str] =
    &["events::texts", "events::bodies", "events::not_understood", "calendar::read(", "EventText"];

/// The doors' code, the gate apart.
pub(super) fn asks(repository: &Repository) -> Vec<Finding> {
    let mut found = Vec::new();
    let at_doors = |name| DOORS.contains(&name);
    for file in repository.ending("rs").filter(|file| file.of_crate().is_some_and(at_doors)) {
        if file.path == GATE {
            continue;
        }
        for (number, line) in file.production_code() {
            for ask in ASKS.iter().filter(|ask| line.contains(*ask)) {
                let says = format!("{ask} is asked for in {GATE} only");
                found.push(Finding::new(&file.path, number, says));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_that_goes_past_the_gate_is_found() {
        let text = "//! x\nlet texts = events::texts(tx);\n";
        let repository = Repository::of(&[
            (GATE, text),
            ("crates/web/src/pages/week.rs", text),
            ("crates/web/tests/pages/week.rs", text),
            ("crates/sync/src/pull.rs", text),
        ]);
        let says = format!("events::texts is asked for in {GATE} only");
        assert_eq!(asks(&repository), [Finding::new("crates/web/src/pages/week.rs", 2, says)]);
    }
}
