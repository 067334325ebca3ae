//! The conformance suite of `connection`, against the sandbox's Google.

use async_trait::async_trait;
use calendar::ical::Object;
use calendar::ical::Place::Master;
use connection::RemoteId;
use connection::conformance::{FarSide, Subject, conforms};
use sandbox::GoogleLevers;
use serde_json::json;

use crate::house::{House, WHO};

/// The calendar of a person, changed by its owner's own program.
struct Behind(GoogleLevers);

/// Google's names have no dots and no capitals.
fn name(file: &str) -> String {
    file.bytes().fold(String::from("suite"), |name, byte| format!("{name}{byte:02x}"))
}

#[async_trait]
impl FarSide for Behind {
    async fn put(&self, file: &str, text: &str) {
        let object = Object::read(text).unwrap();
        let said = |property: &str| object.get(Master, property).unwrap();
        let at = |property: &str| {
            let at = jiff::fmt::strtime::parse("%Y%m%dT%H%M%SZ", said(property)).unwrap();
            json!({ "dateTime": format!("{}Z", at.to_datetime().unwrap()), "timeZone": "UTC" })
        };
        let event = json!({
            "id": name(file), "summary": said("SUMMARY"), "iCalUID": said("UID"),
            "start": at("DTSTART"), "end": at("DTEND"),
        });
        self.0.put_event(WHO, "primary", event).unwrap();
    }

    async fn delete(&self, file: &str) {
        // The suite clears up without asking what is left.
        let _ = self.0.delete_event(WHO, "primary", &name(file));
    }

    async fn forget(&self) -> Option<()> {
        self.0.expire_sync_tokens(WHO).unwrap();
        Some(())
    }
}

async fn conforms_with(pages_of: Option<usize>, empty_pages: bool) {
    let house = House::new();
    let mut manners = house.google.manners();
    manners.page_max = pages_of;
    manners.empty_pages = empty_pages;
    house.google.set_manners(manners);
    let (access, calendar) = (house.access().await, RemoteId::new(WHO));
    let far_side = Behind(house.google.clone());
    let calendars = &*house.adapter.calendars;
    let subject = Subject { calendars, access: &access, calendar: &calendar, far_side: &far_side };
    conforms(subject).await;
}

#[tokio::test]
async fn google_conforms() {
    conforms_with(None, false).await;
}

#[tokio::test]
async fn google_conforms_in_small_pages_and_empty_ones() {
    conforms_with(Some(7), true).await;
}
