//! A copy of a calendar as the house keeps one: pulled page by page, parts joined to their series.

use std::collections::BTreeMap;

use calendar::{Horizon, IntervalSet, Owner, Switches, busy_kind, expand, series};
use connection::{Access, Cursor, Extent, ProviderError, RemoteEvent, RemoteId};
use jiff::tz::TimeZone;

use crate::house::House;

/// What is known of one calendar.
#[derive(Default)]
pub(crate) struct Copy {
    events: BTreeMap<RemoteId, RemoteEvent>,
    place: Option<Cursor>,
    pub(crate) pages: usize,
    /// Each time that the bookmark was no longer known.
    pub(crate) restarts: usize,
}

impl Copy {
    /// Pulls to the end; starts over where the bookmark is no longer known.
    pub(crate) async fn pull(&mut self, house: &House, access: &Access) {
        let mut cursor = self.place.take().unwrap_or(Cursor::Beginning);
        let mut seen = Vec::new();
        for _ in 0..200 {
            self.pages += 1;
            let page = match house.page(access, &cursor).await {
                Err(ProviderError::CursorExpired) => {
                    assert_ne!(cursor, Cursor::Beginning, "the beginning never expires");
                    self.restarts += 1;
                    cursor = Cursor::Beginning;
                    seen.clear();
                    continue;
                }
                page => page.unwrap(),
            };
            for listed in page.listed {
                seen.push(listed.id.clone());
                self.events.insert(listed.id, listed.event.expect("bodies come along"));
            }
            for id in page.removed {
                self.events.retain(|name, event| *name != id && event.series.as_ref() != Some(&id));
            }
            cursor = page.next;
            if matches!(cursor, Cursor::Settled(_)) {
                if page.extent == Extent::Everything {
                    self.events.retain(|name, _| seen.contains(name));
                }
                self.place = Some(cursor);
                return;
            }
        }
        panic!("a pull ends");
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// One object for each event, with its parts in it.
    pub(crate) fn objects(&self) -> Vec<String> {
        let is_part = |event: &&RemoteEvent| {
            event.series.as_ref().is_some_and(|series| self.events.contains_key(series))
        };
        let whole = self.events.values().filter(|event| !is_part(event));
        let join = |event: &RemoteEvent| {
            let parts = self.events.values().filter(|it| it.series.as_ref() == Some(&event.id));
            series::join(&event.text, parts.map(|part| part.text.as_str()))
        };
        whole.map(join).collect()
    }

    /// When it is busy, within that time.
    pub(crate) fn busy(&self, within: Horizon, zone: &str) -> IntervalSet {
        let local = TimeZone::get(zone).unwrap();
        let switches = Switches { counts_as_busy: true, all_day_is_busy: false };
        let mut busy = Vec::new();
        for object in self.objects() {
            let reading = calendar::read(&object).unwrap();
            assert!(reading.problems.is_empty(), "{:?} in {object}", reading.problems);
            for event in &reading.events {
                for occurrence in expand(event, within, &local).occurrences {
                    let says = occurrence.blocking(&Owner::nobody());
                    if busy_kind(says, occurrence.all_day, switches).is_some() {
                        busy.extend(occurrence.interval());
                    }
                }
            }
        }
        let edges = calendar::Interval::new(within.from, within.until).into_iter().collect();
        busy.into_iter().collect::<IntervalSet>().intersect(&edges)
    }

    /// Google's own answer to the same question is the same.
    pub(crate) async fn agrees(&self, house: &House, access: &Access, zone: &str) {
        let within = crate::house::horizon();
        let ours: Vec<_> = self.busy(within, zone).iter().collect();
        let theirs = house.adapter.free_busy.busy(access, &house.primary, within).await.unwrap();
        assert_eq!(ours, theirs);
    }
}
