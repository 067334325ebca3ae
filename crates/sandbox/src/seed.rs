//! The seeded world: who lives there, and what their weeks look like.

use jiff::civil::Date;

use crate::manners::{Manners, Preset};
use crate::world::World;
use crate::world::calendar::{Access, CalendarKind};

pub(crate) fn people(world: &mut World, today: Date) {
    let dana = world.add_person("dana.reyes@icloud.example", "Dana Reyes", "hazy-lime-bird-song");
    for (name, kind) in [
        ("Home", CalendarKind::Events),
        ("Work", CalendarKind::Events),
        ("Family", CalendarKind::Events),
        ("Reminders", CalendarKind::Reminders),
    ] {
        world.add_calendar(dana, name, kind, Access::Owner);
    }
    world.add_calendar(dana, "School", CalendarKind::Events, Access::Read);
    let noor = world.add_person("noor@cloud.example", "Noor Haddad", "mild-tree-sand-rope");
    if let Some(person) = world.people.get_mut(noor) {
        person.manners = Some(Manners::of(Preset::Nextcloud));
    }
    world.add_calendar(noor, "Personal", CalendarKind::Events, Access::Owner);
    let _ = today;
}
