//! The conformance suite of `connection`, against the sandbox's Microsoft.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use calendar::ical::Object;
use calendar::ical::Place::Master;
use connection::conformance::{FarSide, Subject, conforms};
use sandbox::{MicrosoftLevers, MicrosoftManners, Repeated};
use serde_json::json;

use crate::house::{House, WHO};

/// The calendar of a person, changed by its owner's own program. Graph chooses the names.
struct Behind {
    levers: MicrosoftLevers,
    names: Mutex<HashMap<String, String>>,
}

#[async_trait]
impl FarSide for Behind {
    async fn put(&self, file: &str, text: &str) {
        let object = Object::read(text).unwrap();
        let said = |property: &str| object.get(Master, property).unwrap();
        let at = |property: &str| {
            let at = jiff::fmt::strtime::parse("%Y%m%dT%H%M%SZ", said(property)).unwrap();
            json!({ "dateTime": at.to_datetime().unwrap().to_string(), "timeZone": "UTC" })
        };
        let event =
            json!({ "subject": said("SUMMARY"), "start": at("DTSTART"), "end": at("DTEND") });
        let known = self.names.lock().unwrap().get(file).cloned();
        if let Some(id) = known {
            return self.levers.patch_event(WHO, ("default", &id), event).unwrap();
        }
        let id = self.levers.put_event(WHO, "default", event).unwrap();
        self.names.lock().unwrap().insert(file.to_owned(), id);
    }

    async fn delete(&self, file: &str) {
        if let Some(id) = self.names.lock().unwrap().remove(file) {
            self.levers.delete_event(WHO, "default", &id).unwrap();
        }
    }

    async fn forget(&self) -> Option<()> {
        self.levers.expire_delta_tokens(WHO).unwrap();
        Some(())
    }
}

async fn conforms_with(change: impl FnOnce(&mut MicrosoftManners)) {
    let house = House::new();
    house.manners(change);
    let access = house.access().await;
    let calendar = house.calendar(&access).await.id;
    let far_side = Behind { levers: house.levers.clone(), names: Mutex::default() };
    let calendars = house.calendars();
    conforms(Subject { calendars, access: &access, calendar: &calendar, far_side: &far_side })
        .await;
}

#[tokio::test]
async fn outlook_conforms() {
    conforms_with(|_| ()).await;
}

#[tokio::test]
async fn outlook_conforms_in_small_pages_empty_ones_and_repeated_rows() {
    conforms_with(|manners| {
        manners.page_max = Some(7);
        manners.empty_pages = true;
        manners.repeated_ids = true;
    })
    .await;
}

#[tokio::test]
async fn outlook_conforms_whatever_it_answers_to_a_second_creation() {
    conforms_with(|manners| manners.repeated_transaction = Repeated::BadRequest).await;
    conforms_with(|manners| manners.repeated_transaction = Repeated::Existing).await;
}
