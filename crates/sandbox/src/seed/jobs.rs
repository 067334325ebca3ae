//! The many appointments of a trade, by the dice: what makes a calendar long.

use std::borrow::Cow;

use super::sketch::{Length, Sketch};
use super::{Week, store};
use crate::world::World;

/// How many weeks, and how full their days.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) weeks_back: i32,
    pub(super) weeks_ahead: i32,
    pub(super) a_day: u64,
}

const TASKS: [&str; 10] = [
    "Boiler service",
    "Drain repair",
    "Estimate",
    "Leak",
    "Radiator swap",
    "Tap replacement",
    "Heating check",
    "Bathroom fitting",
    "Pipe inspection",
    "Water heater",
];
const PLACES: [&str; 8] = [
    "Linden Street 4",
    "Mill Lane 12",
    "Harbour Road 7",
    "Station Square 2",
    "Oak Avenue 31",
    "Market Street 9",
    "River Walk 18",
    "Castle Hill 5",
];
const STARTS: [i8; 4] = [8, 10, 13, 15];
const LENGTHS: [i64; 4] = [45, 60, 90, 120];

/// A place as Apple's Maps attaches it: long, folded, with blanks at its end.
const STRUCTURED: &[&str] = &[
    "X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC",
    "X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-APPLE-MAPKIT-HANDLE=CAESvAEIrk0Q4N\
     r8q8Wv6LWoARoSCQAAAAAAUEpAEQAAAAAAoCpAIlYKB0dlcm1hbnkSAkRFGgZCZXJsaW4qBk1p\
     dHRlMgUxMDExNToNTGluZGVuc3RyYcOfZUIBNFIPTGluZGVuc3RyYcOfZSA0;X-APPLE-RADIUS=70\
     ;X-TITLE=Linden Street 4:geo:52.625000,13.312500  ",
];

pub(super) fn fill(world: &mut World, calendar: usize, week: &Week, pace: Pace) {
    for day in -7 * pace.weeks_back..7 * pace.weeks_ahead {
        if day.rem_euclid(7) > 4 {
            continue;
        }
        let mut starts = STARTS.to_vec();
        for _ in 0..world.dice.below(pace.a_day + 1) {
            let at = usize::try_from(world.dice.below(starts.len() as u64)).unwrap_or_default();
            let hour = starts.remove(at);
            let text = one(world, day, hour, week);
            store(world, calendar, text);
        }
    }
}

fn one(world: &mut World, day: i32, hour: i8, week: &Week) -> String {
    let task = world.dice.pick(&TASKS).copied().unwrap_or_default();
    let place = world.dice.pick(&PLACES).copied().unwrap_or_default();
    let minutes = world.dice.pick(&LENGTHS).copied().unwrap_or(60);
    let mapped = world.dice.below(6) == 0;
    let sketch = Sketch {
        summary: Cow::Owned(format!("{task}, {place}")),
        day,
        hour,
        minute: 0,
        length: Length::Minutes(minutes),
        lines: if mapped { STRUCTURED } else { &[] },
    };
    let uid = world.dice.uid();
    let mut draft = sketch.draft(&uid, week);
    draft.lines.push(format!("LOCATION:{place}"));
    if mapped {
        // Apple repeats DTSTAMP in what its devices have edited.
        draft.lines.push(format!("DTSTAMP:{}", crate::ical::write::utc(week.stamp)));
    }
    week.object(&draft, &[])
}
