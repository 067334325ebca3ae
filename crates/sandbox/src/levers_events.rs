//! Control in code, continued: events as a person would change them, and feeds.

use jiff::Span;
use jiff::civil::DateTime;

use crate::Sandbox;
use crate::faults::Faults;
use crate::feeds::{Feed, Switches};
use crate::ical::{self, edit, write};
use crate::levers::Unknown;

/// A single event of today, for a person to change.
#[derive(Debug)]
pub(crate) struct Today {
    pub(crate) calendar: String,
    pub(crate) name: String,
    pub(crate) summary: String,
    pub(crate) starts: String,
}

/// Events, by resource name.
impl Sandbox {
    /// A new event at a time on the wall of the sandbox's zone; returns its resource name.
    pub fn add_event(
        &self,
        username: &str,
        calendar: &str,
        summary: &str,
        (start, minutes): (DateTime, i64),
    ) -> Result<String, Unknown> {
        let stamp = self.now();
        self.with(|world| {
            let (uid, name) = (world.dice.uid(), format!("{}.ics", world.dice.uid()));
            let zone = world.time_zone.clone();
            let draft = write::Draft {
                uid,
                summary: summary.to_owned(),
                when: write::When::Zoned { start, minutes, zone },
                lines: Vec::new(),
                stamp,
            };
            world.known_calendar(username, calendar)?.put(&name, draft.object(&[]));
            Ok(name)
        })
    }

    /// The single events that begin today, by their time.
    pub(crate) fn events_of_today(&self, username: &str) -> Result<Vec<Today>, Unknown> {
        let date = self.today().strftime("%Y%m%d").to_string();
        self.with(|world| {
            let person = world.person(username).ok_or(Unknown)?;
            let mut found = Vec::new();
            for (_, calendar) in world.seen_by(person) {
                let segment = calendar.member(person).map(|it| it.segment.clone());
                let of_today = calendar.objects().filter_map(|(name, object)| {
                    today(segment.clone()?, name, &object.text, &date)
                });
                found.extend(of_today);
            }
            found.sort_by(|a, b| a.starts.cmp(&b.starts));
            Ok(found)
        })
    }

    pub fn rename_event(
        &self,
        username: &str,
        calendar: &str,
        name: &str,
        summary: &str,
    ) -> Result<(), Unknown> {
        self.edit(username, calendar, name, |text| edit::renamed(text, summary))
    }

    /// Shifts an event by the clock on the wall.
    pub fn move_event(
        &self,
        username: &str,
        calendar: &str,
        name: &str,
        by: Span,
    ) -> Result<(), Unknown> {
        self.edit(username, calendar, name, |text| edit::shifted(text, by))
    }

    fn edit(
        &self,
        username: &str,
        calendar: &str,
        name: &str,
        change: impl FnOnce(&str) -> String,
    ) -> Result<(), Unknown> {
        self.on(username, calendar, |calendar| {
            let text = calendar.object(name).map(|object| change(&object.text)).ok_or(Unknown)?;
            calendar.put(name, text);
            Ok(())
        })?
    }
}

fn today(calendar: String, name: &str, text: &str, date: &str) -> Option<Today> {
    let object = ical::read(text)?;
    let event = object.entries().find(|entry| entry.kind == "VEVENT")?;
    let start = event.text("DTSTART")?;
    if event.line("RRULE").is_some() || !start.starts_with(date) {
        return None;
    }
    let clock = start.get(9..13).and_then(|clock| Some((clock.get(..2)?, clock.get(2..)?)));
    Some(Today {
        calendar,
        name: name.to_owned(),
        summary: edit::unescape(event.text("SUMMARY").unwrap_or_default()),
        starts: clock.map_or("all day".into(), |(hour, minute)| format!("{hour}:{minute}")),
    })
}

/// Feeds, by name: `holidays` is served at `/feeds/holidays.ics`.
impl Sandbox {
    /// A new feed, or another text for one that keeps its habits.
    pub fn put_feed(&self, name: &str, text: &str) {
        let now = self.now();
        self.with(|world| {
            let fresh = || Feed::new(name, String::new(), now, Faults::default());
            let feed = world.feeds.entry(name.to_owned()).or_insert_with(fresh);
            text.clone_into(&mut feed.text);
            feed.changed_at = now;
        });
    }

    pub fn feeds(&self) -> Vec<String> {
        self.with(|world| world.feeds.keys().cloned().collect())
    }

    /// What a feed is called, and how many events it has.
    pub(crate) fn feed_summary(&self, name: &str) -> Option<(String, usize)> {
        self.with(|world| world.feeds.get(name).map(|feed| (feed.title.clone(), feed.events())))
    }

    pub fn remove_feed(&self, name: &str) -> Result<(), Unknown> {
        self.with(|world| world.feeds.remove(name).map(|_| ()).ok_or(Unknown))
    }

    pub fn feed_text(&self, name: &str) -> Result<String, Unknown> {
        self.with(|world| world.feeds.get(name).map(|feed| feed.text.clone()).ok_or(Unknown))
    }

    pub fn switches(&self, feed: &str) -> Result<Switches, Unknown> {
        self.with(|world| world.feeds.get(feed).map(|feed| feed.switches.clone()).ok_or(Unknown))
    }

    /// Turns the habits of a feed.
    pub fn change_switches(
        &self,
        feed: &str,
        change: impl FnOnce(&mut Switches),
    ) -> Result<(), Unknown> {
        self.with(|world| {
            world.feeds.get_mut(feed).map(|feed| change(&mut feed.switches)).ok_or(Unknown)
        })
    }
}
