//! Subscriptions and the notices that go out for them: gathered by address, tried again for hours,
//! and the lifecycle notices beside them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::ids::{Key, change_key, write};
use super::moment::stamp;
use super::world::Microsoft;
use crate::rings::{Heard, Log, Queue, Ring, RingAnswer, Sender};

/// How long an answer is waited for: to the first try, and to later ones and to handshakes.
const PATIENCE_S: (u64, u64) = (3, 10);
/// Notices are tried again for so long.
const TRIED_FOR: SignedDuration = SignedDuration::from_hours(4);
const WAIT_FIRST_S: i64 = 10;
const WAIT_MAX_S: i64 = 1_800;
/// One ring holds at most so many notices.
const GATHERED_MAX: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watched {
    /// The events of all calendars that a person owns.
    Mailbox,
    Calendar(usize),
}

#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) person: usize,
    pub(crate) client: String,
    pub(crate) watched: Watched,
    pub(crate) resource: String,
    pub(crate) change_type: String,
    pub(crate) address: String,
    pub(crate) lifecycle_address: Option<String>,
    pub(crate) client_state: Option<String>,
    pub(crate) immutable_ids: bool,
    pub(crate) expires_at: Timestamp,
}

#[derive(Debug, Clone)]
struct Notice {
    subscription: String,
    address: String,
    lifecycle: bool,
    due_at: Timestamp,
    body: Value,
    /// Sent only if the subscription still ends then.
    if_ends_at: Option<Timestamp>,
}

#[derive(Debug)]
enum Due {
    Notice(Box<Notice>),
    Ring(Box<Ring>),
}

pub(crate) type Handshake = oneshot::Receiver<Option<RingAnswer>>;

#[derive(Debug, Default)]
pub(crate) struct Push {
    subscriptions: BTreeMap<String, Subscription>,
    due: Queue<Due>,
    heard: Log,
    rings: u64,
    handshakes: BTreeMap<u64, oneshot::Sender<Option<RingAnswer>>>,
    /// Somebody carries rings, so that handshakes can be waited for.
    pub(crate) carried: bool,
}

impl Push {
    pub(crate) fn living(&self, now: Timestamp) -> impl Iterator<Item = &Subscription> {
        self.subscriptions.values().filter(move |it| it.expires_at > now)
    }

    pub(crate) fn subscription(&self, id: &str, now: Timestamp) -> Option<&Subscription> {
        self.subscriptions.get(id).filter(|it| it.expires_at > now)
    }

    pub(crate) fn open(&mut self, subscription: Subscription, now: Timestamp) {
        self.subscriptions.retain(|_, known| known.expires_at > now);
        self.subscriptions.insert(subscription.id.clone(), subscription);
    }

    pub(crate) fn renew(&mut self, id: &str, expires_at: Timestamp) {
        if let Some(it) = self.subscriptions.get_mut(id) {
            it.expires_at = expires_at;
        }
    }

    pub(crate) fn close(&mut self, id: &str) {
        self.subscriptions.remove(id);
    }

    /// Subscriptions on a calendar that is gone, for one person or for everyone.
    pub(crate) fn forget(&mut self, calendar: usize, person: Option<usize>) {
        self.subscriptions.retain(|_, known| {
            known.watched != Watched::Calendar(calendar)
                || person.is_some_and(|person| known.person != person)
        });
    }

    pub(crate) fn close_all_of(&mut self, person: usize) {
        self.subscriptions.retain(|_, known| known.person != person);
    }

    pub(crate) fn next_due_at(&self) -> Option<Timestamp> {
        self.due.next_due_at()
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.all()
    }

    fn ring(
        &mut self,
        (address, state): (&str, &'static str),
        channel: &str,
        at: Timestamp,
    ) -> Ring {
        self.rings += 1;
        Ring {
            sender: Sender::Microsoft,
            address: address.to_owned(),
            channel: channel.to_owned(),
            state,
            number: self.rings,
            due_at: at,
            tries: 0,
            patience_s: PATIENCE_S.0,
            first_at: at,
            headers: vec![("content-type", "application/json; charset=utf-8".into())],
            body: String::new(),
        }
    }

    /// The question that an address has to answer before it is subscribed.
    pub(crate) fn ask_address(&mut self, address: &str, token: &str, now: Timestamp) -> Handshake {
        let address = crate::oauth::form::with_pairs(address, &[("validationToken", token)]);
        let mut ring = self.ring((&address, "validation"), "", now);
        ring.headers = vec![("content-type", "text/plain; charset=utf-8".into())];
        ring.patience_s = PATIENCE_S.1;
        let (answer, heard) = oneshot::channel();
        self.handshakes.insert(ring.number, answer);
        self.due.push(now, Due::Ring(Box::new(ring)));
        heard
    }

    /// The next ring: one that is tried again, or all notices that wait for the same address.
    pub(crate) fn take(&mut self, now: Timestamp) -> Option<Ring> {
        loop {
            let first = match self.due.take(now)? {
                Due::Ring(ring) => return Some(*ring),
                Due::Notice(notice) => *notice,
            };
            let alike = |other: &Due| match other {
                Due::Notice(other) => {
                    other.address == first.address && other.lifecycle == first.lifecycle
                }
                Due::Ring(_) => false,
            };
            let rest = self.due.take_alike(now, alike).into_iter().filter_map(|due| match due {
                Due::Notice(notice) => Some(*notice),
                Due::Ring(_) => None,
            });
            let mut all: Vec<Notice> = [first].into_iter().chain(rest).collect();
            all.retain(|notice| self.is_wanted(notice, now));
            let later = all.split_off(all.len().min(GATHERED_MAX));
            for notice in later {
                self.due.push(notice.due_at, Due::Notice(Box::new(notice)));
            }
            let Some(first) = all.first() else { continue };
            let state = if first.lifecycle { "lifecycle" } else { "notices" };
            let mut ring = self.ring((&first.address, state), &first.subscription, first.due_at);
            let bodies: Vec<&Value> = all.iter().map(|notice| &notice.body).collect();
            ring.body = json!({ "value": bodies }).to_string();
            return Some(ring);
        }
    }

    fn is_wanted(&self, notice: &Notice, now: Timestamp) -> bool {
        let known = self.subscription(&notice.subscription, now);
        match notice.if_ends_at {
            Some(end) => known.is_some_and(|known| known.expires_at == end),
            None => notice.lifecycle || known.is_some(),
        }
    }

    /// What a ring was answered with decides whether it is tried again.
    pub(crate) fn answered(&mut self, mut ring: Ring, answer: Option<RingAnswer>, now: Timestamp) {
        let status = answer.as_ref().map(|answer| answer.status);
        let over = now.duration_since(ring.first_at) >= TRIED_FOR;
        let outcome = match status {
            _ if ring.state == "validation" => "answered",
            Some(200..=299) => "answered",
            _ if over => "given up",
            _ => "tried again",
        };
        self.heard.note(&ring, status, outcome, now);
        if let Some(handshake) = self.handshakes.remove(&ring.number) {
            // Whoever asked may have gone away.
            let _ = handshake.send(answer);
        } else if outcome == "tried again" {
            let wait = (WAIT_FIRST_S << ring.tries.min(10)).min(WAIT_MAX_S);
            ring.due_at = now.checked_add(SignedDuration::from_secs(wait)).unwrap_or(now);
            (ring.tries, ring.patience_s) = (ring.tries + 1, PATIENCE_S.1);
            self.due.push(ring.due_at, Due::Ring(Box::new(ring)));
        } else if outcome == "given up" && ring.state == "notices" {
            let lost = self.subscriptions.get(&ring.channel).cloned();
            if let Some(lost) = lost {
                self.send_lifecycle(&lost, "missed", "", (now, None));
            }
        }
    }

    /// A lifecycle notice, if the subscription has an address for them.
    pub(crate) fn send_lifecycle(
        &mut self,
        subscription: &Subscription,
        event: &str,
        tenant: &str,
        (due_at, if_ends_at): (Timestamp, Option<Timestamp>),
    ) {
        let Some(address) = subscription.lifecycle_address.clone() else { return };
        let body = json!({
            "subscriptionId": subscription.id,
            "subscriptionExpirationDateTime": stamp(subscription.expires_at),
            "tenantId": tenant,
            "clientState": subscription.client_state,
            "lifecycleEvent": event,
        });
        let subscription = subscription.id.clone();
        let notice = Notice { subscription, address, lifecycle: true, due_at, body, if_ends_at };
        self.due.push(due_at, Due::Notice(Box::new(notice)));
    }
}

impl Microsoft {
    /// Tells whoever has subscribed that an event has changed.
    pub(crate) fn tell(&mut self, calendar: usize, key: Key, change: &str, now: Timestamp) {
        let Some(owner) = self.calendars.get(calendar).map(|it| it.owner) else { return };
        let hears = |it: &&Subscription| {
            let watched = match it.watched {
                Watched::Mailbox => it.person == owner,
                Watched::Calendar(at) => at == calendar,
            };
            watched && it.change_type.split(',').any(|kind| kind.trim() == change)
        };
        let all: Vec<Subscription> = self.push.living(now).filter(hears).cloned().collect();
        for subscription in all {
            let body = self.notice(&subscription, (calendar, key), change, now);
            self.send(&subscription, body, now);
        }
    }

    fn notice(
        &mut self,
        subscription: &Subscription,
        (calendar, key): (usize, Key),
        change: &str,
        now: Timestamp,
    ) -> Value {
        let known = self.calendars.get(calendar);
        let generation = known.map_or(0, |it| it.generation(key));
        let revision = known.and_then(|it| it.stored(key)).map_or(0, |stored| stored.revision);
        let id = write(key, (!subscription.immutable_ids).then_some(generation));
        let oid = self.people.get(subscription.person).map_or("", |person| &person.oid);
        let resource = format!("Users/{oid}/Events/{id}");
        let tenant = self.tenant_of(subscription.person).map(|tenant| tenant.id.clone());
        let mut of_event = json!({ "@odata.type": "#Microsoft.Graph.Event",
            "@odata.id": resource, "id": id });
        if change != "deleted" {
            of_event["@odata.etag"] = json!(format!("W/\"{}\"", change_key(revision)));
        }
        json!({
            "id": format!("{:016x}", crate::net::fingerprint(&(&subscription.id, revision, now))),
            "subscriptionId": subscription.id,
            "subscriptionExpirationDateTime": stamp(subscription.expires_at),
            "clientState": subscription.client_state,
            "changeType": change,
            "resource": resource,
            "tenantId": tenant,
            "resourceData": of_event,
        })
    }

    /// Puts a notice on its way, as far as the faults of its person let it.
    fn send(&mut self, subscription: &Subscription, body: Value, now: Timestamp) {
        let person = subscription.person;
        let due_at = self.faults.due_at(person, now);
        if self.faults.struck(person, |faults| faults.push_dropped.strike()) {
            let to = (subscription.address.as_str(), "notices");
            let ring = self.push.ring(to, &subscription.id, now);
            self.push.heard.note(&ring, None, "dropped", now);
            return;
        }
        let mut bodies = vec![body];
        if self.faults.struck(person, |faults| faults.push_doubled.strike()) {
            bodies.extend(bodies.first().cloned());
        }
        if self.faults.struck(person, |faults| faults.push_forged.strike()) {
            let mut forged = bodies.first().cloned().unwrap_or_default();
            forged["clientState"] = json!("forged");
            bodies.insert(0, forged);
        }
        for body in bodies {
            let notice = Notice {
                subscription: subscription.id.clone(),
                address: subscription.address.clone(),
                lifecycle: false,
                due_at,
                body,
                if_ends_at: None,
            };
            self.push.due.push(due_at, Due::Notice(Box::new(notice)));
        }
    }

    /// A lifecycle notice for each subscription of a person.
    pub(crate) fn lifecycle(&mut self, person: usize, event: &str, now: Timestamp) {
        let tenant = self.tenant_of(person).map_or_else(String::new, |it| it.id.clone());
        let theirs = self.push.living(now).filter(|it| it.person == person);
        for subscription in theirs.cloned().collect::<Vec<_>>() {
            self.push.send_lifecycle(&subscription, event, &tenant, (now, None));
        }
        if event == "subscriptionRemoved" {
            self.push.close_all_of(person);
        }
    }
}
