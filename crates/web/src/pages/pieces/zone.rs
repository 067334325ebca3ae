//! The list of time zones, by region, as a choice of a form.

use jiff::tz;
use maud::{Markup, html};

/// Regions of the names that people look for; the rest are old spellings.
const REGIONS: [&str; 10] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];

/// The choice. Where `guess` is set and there is a script, it begins with the browser's zone.
pub(crate) fn choice(chosen: &str, guess: bool) -> Markup {
    let names: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
    let of = |region: &str| {
        let mut own: Vec<_> = names
            .iter()
            .filter(|name| name.split_once('/').is_some_and(|(first, _)| first == region))
            .collect();
        own.sort();
        own
    };
    html! {
        select .select #time_zone name="time_zone" data-guess[guess]
            aria-describedby="time_zone-error" {
            option value="UTC" selected[chosen == "UTC"] { "UTC" }
            @if chosen != "UTC" && !is_listed(chosen) {
                option value=(chosen) selected { (chosen) }
            }
            @for region in REGIONS {
                optgroup label=(region) {
                    @for name in of(region) {
                        option value=(name) selected[name == chosen] {
                            (name.replace('_', " "))
                        }
                    }
                }
            }
        }
    }
}

/// May a person choose it?
pub(crate) fn is_known(name: &str) -> bool {
    (name == "UTC" || is_listed(name)) && calendar::timezone::named(name).is_some()
}

fn is_listed(name: &str) -> bool {
    let region = name.split_once('/').map(|(region, _)| region);
    region.is_some_and(|region| REGIONS.contains(&region))
        && tz::db().available().any(|known| known.to_string() == name)
}
