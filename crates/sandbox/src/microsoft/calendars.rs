//! The person, their mailbox, and their calendars, in groups and all together.

use serde_json::{Value, json};

use super::answer::{Outcome, Refusal, Reply};
use super::desk::{Desk, no_such_path};
use super::ids::{self, Key, change_key};
use super::world::{AccountKind, Entry, Event, Sharing, text};
use super::zones;

const COLORS: [&str; 10] = [
    "auto",
    "lightBlue",
    "lightGreen",
    "lightOrange",
    "lightGray",
    "lightYellow",
    "lightTeal",
    "lightPink",
    "lightBrown",
    "lightRed",
];

impl Desk<'_> {
    pub(crate) fn profile(&self) -> Outcome {
        let me = self.person()?;
        let shown = json!({
            "id": me.oid, "displayName": me.name, "userPrincipalName": me.email, "mail": me.mail,
            "givenName": me.name.split(' ').next(), "surname": me.name.split(' ').nth(1),
            "businessPhones": [], "preferredLanguage": "en-GB",
        });
        Ok(Reply::within(&self.context("users/$entity"), self.selected(shown)))
    }

    pub(crate) fn settings(&self) -> Outcome {
        let me = self.person()?;
        let shown = json!({
            "timeZone": me.time_zone, "userPurpose": "user",
            "dateFormat": "yyyy-MM-dd", "timeFormat": "HH:mm",
            "language": { "locale": "en-GB", "displayName": "English (United Kingdom)" },
            "workingHours": Self::working_hours(&me.time_zone),
        });
        Ok(Reply::within(&self.context("me/mailboxSettings"), self.selected(shown)))
    }

    pub(crate) fn working_hours(zone: &str) -> Value {
        json!({
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000",
            "timeZone": { "name": zone },
        })
    }

    pub(crate) fn zones(&self) -> Reply {
        let iana = self.ask.path.last().is_some_and(|it| it.contains("Iana"));
        let one = |(windows, name): (&str, &str)| {
            let alias = if iana { name } else { windows };
            json!({ "alias": alias, "displayName": windows })
        };
        let zones: Vec<Value> = zones::pairs().map(one).collect();
        Reply::Json(json!({ "value": zones }))
    }

    fn show_calendar(&self, entry: &Entry) -> Result<Value, Refusal> {
        let calendar = self.calendar_at(entry.calendar)?;
        let (name, address) = self.microsoft().card(calendar.owner);
        let tenant = self.microsoft().tenant_of(calendar.owner);
        let work = tenant.is_some_and(|it| it.kind != AccountKind::Personal);
        let (owned, writes) = (entry.sharing == Sharing::Owner, entry.sharing >= Sharing::Write);
        Ok(json!({
            "id": calendar.id, "name": calendar.name, "color": calendar.color, "hexColor": "",
            "isDefaultCalendar": entry.default, "changeKey": change_key(calendar.epoch),
            "canShare": owned && !calendar.fixed, "canEdit": writes && !calendar.fixed,
            "canViewPrivateItems": entry.sharing >= Sharing::Delegate,
            "allowedOnlineMeetingProviders": if work { vec!["teamsForBusiness"] } else { vec![] },
            "defaultOnlineMeetingProvider": if work { "teamsForBusiness" } else { "unknown" },
            "isTallyingResponses": entry.default, "isRemovable": !entry.default,
            "owner": { "name": name, "address": address },
        }))
    }

    /// All calendars, or those of one group.
    pub(crate) fn calendars(&mut self, group: Option<usize>) -> Outcome {
        if self.ask.method == "POST" {
            return self.add(group);
        }
        let entries = self.person()?.entries.iter();
        let wanted = entries.filter(|entry| group.is_none_or(|group| entry.group == group));
        let rows: Result<Vec<(Value, Event)>, Refusal> =
            wanted.map(|entry| Ok((self.show_calendar(entry)?, Event::new()))).collect();
        self.listed("me/calendars", rows?)
    }

    fn add(&mut self, group: Option<usize>) -> Outcome {
        let sent = self.object()?;
        let name = text(&sent, "name").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Refusal::property("A calendar needs a name."))?;
        self.check_name(name)?;
        let person = self.caller.person;
        let at = self.world.microsoft.add_calendar(person, name);
        if let Some(known) = self.world.microsoft.people.get_mut(person) {
            let entries = known.entries.iter_mut().filter(|entry| entry.calendar == at);
            entries.for_each(|entry| entry.group = group.unwrap_or(0));
        }
        self.paint(at, &sent)?;
        let id = self.calendar_at(at)?.id.clone();
        Ok(Reply::Created(self.show_calendar(&self.entry(Some(&id))?)?))
    }

    fn check_name(&self, name: &str) -> Result<(), Refusal> {
        let mut owned = self.person()?.entries.iter().filter(|it| it.sharing == Sharing::Owner);
        if owned.any(|it| self.calendar_at(it.calendar).is_ok_and(|it| it.name == name)) {
            let says = "A folder with the specified name already exists.";
            return Err(Refusal::new(409, "ErrorFolderExists", says));
        }
        Ok(())
    }

    fn paint(&mut self, at: usize, sent: &Event) -> Result<(), Refusal> {
        let Some(color) = text(sent, "color") else { return Ok(()) };
        if !COLORS.contains(&color) {
            return Err(Refusal::property("The color is not valid."));
        }
        let calendar = self.world.microsoft.calendars.get_mut(at);
        if let Some(it) = calendar {
            color.clone_into(&mut it.color);
        }
        Ok(())
    }

    /// One calendar: read, changed, or deleted.
    pub(crate) fn calendar(&mut self, id: Option<&str>) -> Outcome {
        let entry = self.entry(id)?;
        let shared = entry.sharing != Sharing::Owner;
        match self.ask.method.as_str() {
            "GET" => {}
            "PATCH" if shared => return Err(Refusal::denied()),
            "PATCH" => {
                let sent = self.object()?;
                if let Some(name) = text(&sent, "name").map(str::to_owned)
                    && self.calendar_at(entry.calendar)?.name != name
                {
                    self.check_name(&name)?;
                    let calendar = self.world.microsoft.calendars.get_mut(entry.calendar);
                    if let Some(it) = calendar {
                        it.name.clone_from(&name);
                    }
                }
                self.paint(entry.calendar, &sent)?;
            }
            "DELETE" if entry.default => {
                let says = "The default calendar cannot be deleted.";
                return Err(Refusal::new(400, "ErrorDeleteDistinguishedFolder", says));
            }
            "DELETE" => {
                self.world.microsoft.unlist(self.caller.person, entry.calendar);
                return Ok(Reply::Nothing);
            }
            _ => return Err(no_such_path()),
        }
        let shown = self.selected(self.show_calendar(&entry)?);
        Ok(Reply::within(&self.context("me/calendars/$entity"), shown))
    }

    /// The groups that calendars lie in.
    pub(crate) fn groups(&mut self, rest: &[&str]) -> Outcome {
        let groups = self.person()?.groups.clone();
        let show = |(id, name): &(String, String)| {
            json!({ "id": id, "name": name, "classId": "0006f0b7-0000-0000-c000-000000000046",
                "changeKey": change_key(1) })
        };
        let at = |id: &str| groups.iter().position(|(known, _)| known == id);
        match (self.ask.method.as_str(), rest) {
            ("GET", []) => {
                let rows = groups.iter().map(|group| (show(group), Event::new())).collect();
                self.listed("me/calendarGroups", rows)
            }
            ("POST", []) => {
                let sent = self.object()?;
                let name = text(&sent, "name").unwrap_or_default().to_owned();
                let id = ids::write(Key::of(self.world.microsoft.next_number()), Some(0));
                let made = (id, name);
                let person = self.world.microsoft.people.get_mut(self.caller.person);
                if let Some(it) = person {
                    it.groups.push(made.clone());
                }
                Ok(Reply::Created(show(&made)))
            }
            (method, [id, rest @ ..]) => {
                let group = at(id).ok_or_else(Refusal::not_found)?;
                match (method, rest) {
                    ("GET", []) => {
                        let found = groups.get(group).map(show).unwrap_or_default();
                        Ok(Reply::within(&self.context("me/calendarGroups/$entity"), found))
                    }
                    (_, ["calendars"]) => self.calendars(Some(group)),
                    (_, ["calendars", id]) => self.calendar(Some(id)),
                    _ => Err(no_such_path()),
                }
            }
            _ => Err(no_such_path()),
        }
    }
}
