//! Subscriptions: made, renewed, listed, and ended. The handshake comes before all of it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::MICROSOFT_CLIENT_ID;
use super::answer::{Outcome, Refusal, Reply};
use super::desk::{Desk, no_such_path};
use super::moment::stamp;
use super::push::{Subscription, Watched};
use super::world::{Event, MicrosoftPerson, Sharing, text};

const CLIENT_STATE_MAX: usize = 128;
const OF_MAILBOX_MAX: usize = 1_000;
const KINDS: [&str; 3] = ["created", "updated", "deleted"];

fn bad(says: &str) -> Refusal {
    Refusal::new(400, "InvalidRequest", says)
}

/// The addresses that a new subscription names: of its notices, and of its lifecycle.
pub(crate) fn addresses(sent: &Event) -> Vec<&str> {
    ["notificationUrl", "lifecycleNotificationUrl"]
        .into_iter()
        .filter_map(|name| text(sent, name))
        .collect()
}

impl Desk<'_> {
    pub(crate) fn subscriptions(&mut self, rest: &[&str], shaken: Result<(), Refusal>) -> Outcome {
        match (self.ask.method.as_str(), rest) {
            ("POST", []) => {
                let made = self.made()?;
                shaken?;
                let mut shown = show(&made, self.person()?);
                shown["clientState"] = json!(made.client_state);
                self.remind(&made);
                self.world.microsoft.push.open(made, self.now);
                let context = self.context("subscriptions/$entity");
                match Reply::within(&context, shown) {
                    Reply::Json(shown) => Ok(Reply::Created(shown)),
                    other => Ok(other),
                }
            }
            ("GET", []) => {
                let me = self.person()?;
                let theirs = self.theirs().map(|it| (show(it, me), Event::new()));
                self.listed("subscriptions", theirs.collect())
            }
            (method, [id, rest @ ..]) => {
                let known = self.theirs().find(|it| it.id == *id).cloned().ok_or_else(|| {
                    Refusal::new(404, "ResourceNotFound", "The object was not found.")
                })?;
                match (method, rest) {
                    ("GET", []) => Ok(Reply::Json(show(&known, self.person()?))),
                    ("PATCH", []) => self.renew(known),
                    ("DELETE", []) => {
                        self.world.microsoft.push.close(&known.id);
                        Ok(Reply::Nothing)
                    }
                    ("POST", ["reauthorize"]) => Ok(Reply::Nothing),
                    _ => Err(no_such_path()),
                }
            }
            _ => Err(no_such_path()),
        }
    }

    fn theirs(&self) -> impl Iterator<Item = &Subscription> {
        let living = self.microsoft().push.living(self.now);
        living.filter(|it| it.person == self.caller.person && it.client == self.caller.client)
    }

    /// The end of a subscription: as asked, and not below the least.
    fn end(&self, sent: &Event) -> Result<Timestamp, Refusal> {
        let says = "expirationDateTime is missing or no time.";
        let asked = text(sent, "expirationDateTime").and_then(|it| it.parse::<Timestamp>().ok());
        let life = asked.ok_or_else(|| bad(says))?.duration_since(self.now);
        let manners = &self.microsoft().manners;
        let max = SignedDuration::from_secs(manners.subscription_life_max_s);
        if life <= SignedDuration::ZERO {
            return Err(bad("Subscription expiration can only be in the future."));
        }
        if life > max {
            let minutes = max.as_mins();
            return Err(bad(&format!(
                "Subscription expiration can only be {minutes} minutes in the future."
            )));
        }
        let least = SignedDuration::from_secs(manners.subscription_life_min_s);
        self.now.checked_add(life.max(least)).map_err(|_| bad(says))
    }

    /// What `resource` names, if it lies in the caller's own mailbox.
    fn watched(&self, resource: &str) -> Result<Watched, Refusal> {
        let me = self.person()?;
        let plain = resource.split('?').next().unwrap_or_default().trim_matches('/');
        let segments: Vec<&str> = plain.split('/').collect();
        match segments.as_slice() {
            ["me", rest @ ..] => self.watched_of(rest),
            ["users" | "Users", who, rest @ ..]
                if *who == me.oid || me.email.eq_ignore_ascii_case(who) =>
            {
                self.watched_of(rest)
            }
            ["users" | "Users", ..] => Err(Refusal::denied()),
            _ => Err(bad("The resource is not supported.")),
        }
    }

    fn watched_of(&self, rest: &[&str]) -> Result<Watched, Refusal> {
        match rest {
            ["events"] => Ok(Watched::Mailbox),
            ["calendar", "events"] => Ok(Watched::Calendar(self.entry(None)?.calendar)),
            ["calendars", id, "events"] => {
                let entry = self.entry(Some(&crate::net::decode(id)))?;
                if entry.sharing != Sharing::Owner {
                    return Err(Refusal::denied());
                }
                Ok(Watched::Calendar(entry.calendar))
            }
            _ => Err(bad("The resource is not supported.")),
        }
    }

    /// Checks what was sent; nothing is opened yet.
    pub(crate) fn made(&mut self) -> Result<Subscription, Refusal> {
        let (person, sent) = (self.caller.person, self.object()?);
        if let Some(status) =
            self.microsoft().faults.said(person, |faults| faults.subscription_refused)
        {
            return Err(super::answer::ordered(status, None));
        }
        let required = |name: &str| {
            text(&sent, name).ok_or_else(|| bad(&format!("The property '{name}' is missing.")))
        };
        let change_type = required("changeType")?;
        if !change_type.split(',').all(|kind| KINDS.contains(&kind.trim())) {
            return Err(bad("The change type is not supported."));
        }
        required("notificationUrl")?;
        let plain = !self.microsoft().manners.push_https_only;
        let good = |it: &&str| it.starts_with("https://") || (plain && it.starts_with("http://"));
        if !addresses(&sent).iter().all(good) {
            return Err(bad("Notification endpoints have to be reachable over https."));
        }
        let client_state = text(&sent, "clientState");
        if client_state.is_some_and(|it| it.chars().count() > CLIENT_STATE_MAX) {
            return Err(bad("The client state is longer than 128 characters."));
        }
        let (resource, expires_at) = (required("resource")?, self.end(&sent)?);
        let watched = self.watched(resource)?;
        if self.theirs().any(|it| it.watched == watched && it.change_type == change_type) {
            let says = "A subscription for this application, resource and change type exists.";
            return Err(Refusal::new(409, "Conflict", says));
        }
        let of_mailbox = self.microsoft().push.living(self.now).filter(|it| it.person == person);
        if of_mailbox.count() >= OF_MAILBOX_MAX {
            let says = "The mailbox has reached its limit of subscriptions.";
            return Err(Refusal::new(403, "ErrorAccessDenied", says));
        }
        let own = |name: &str| text(&sent, name).map(str::to_owned);
        Ok(Subscription {
            id: self.world.dice.uid().to_lowercase(),
            person,
            client: self.caller.client.clone(),
            watched,
            resource: resource.to_owned(),
            change_type: change_type.to_owned(),
            address: own("notificationUrl").unwrap_or_default(),
            lifecycle_address: own("lifecycleNotificationUrl"),
            client_state: own("clientState"),
            immutable_ids: self.look.immutable,
            expires_at,
        })
    }

    fn renew(&mut self, mut known: Subscription) -> Outcome {
        let sent = self.object()?;
        if sent.contains_key("lifecycleNotificationUrl") {
            return Err(bad("lifecycleNotificationUrl cannot be changed."));
        }
        known.expires_at = self.end(&sent)?;
        self.world.microsoft.push.renew(&known.id, known.expires_at);
        self.remind(&known);
        Ok(Reply::Json(show(&known, self.person()?)))
    }

    /// Puts the reminder on its way that comes unless it is renewed before.
    fn remind(&mut self, subscription: &Subscription) {
        let Some(before) = self.microsoft().manners.reauthorize_before_s else { return };
        let before = SignedDuration::from_secs(before);
        let Ok(due_at) = subscription.expires_at.checked_sub(before) else { return };
        if due_at <= self.now {
            return;
        }
        let tenant = self.microsoft().tenant_of(subscription.person).map(|it| it.id.clone());
        let when = (due_at, Some(subscription.expires_at));
        let (event, tenant) = ("reauthorizationRequired", tenant.unwrap_or_default());
        self.world.microsoft.push.send_lifecycle(subscription, event, &tenant, when);
    }
}

fn show(subscription: &Subscription, person: &MicrosoftPerson) -> Value {
    json!({
        "id": subscription.id,
        "resource": subscription.resource,
        "applicationId": MICROSOFT_CLIENT_ID,
        "changeType": subscription.change_type,
        "clientState": null,
        "notificationUrl": subscription.address,
        "lifecycleNotificationUrl": subscription.lifecycle_address,
        "expirationDateTime": stamp(subscription.expires_at),
        "creatorId": person.oid,
        "latestSupportedTlsVersion": "v1_2",
        "notificationQueryOptions": null,
        "includeResourceData": null,
        "notificationContentType": "application/json",
    })
}
