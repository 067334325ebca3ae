//! Being rung: channels on the events of one calendar (events.watch, channels.stop).

use async_trait::async_trait;
use connection::{Access, Bell, Channel, ProviderError, RemoteId, Result, Watch};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::call::{Api, Ask};
use crate::wire::OpenChannel;

/// How long a channel is asked for: what Google gives by itself. It may give less.
const LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

pub(crate) struct GoogleWatch(pub(crate) Api);

#[async_trait]
impl Watch for GoogleWatch {
    async fn open(
        &self,
        access: &Access,
        calendar: &RemoteId,
        bell: &Bell,
        now: Timestamp,
    ) -> Result<Channel> {
        let until = now.checked_add(LIFE).unwrap_or(now);
        let asked = json!({
            "id": bell.channel.as_str(),
            "type": "web_hook",
            "address": bell.address,
            "token": bell.secret.reveal(),
            "expiration": until.as_millisecond().to_string(),
        });
        let url = self.0.hosts.calendar(&["calendars", calendar.as_str(), "events", "watch"]);
        let opened: OpenChannel =
            self.0.json(access, Ask::new(Method::POST, url).body(asked)).await?;
        Ok(Channel {
            id: bell.channel.clone(),
            remote: RemoteId::new(opened.resource_id),
            expires_at: end(opened.expiration.as_ref(), until)?,
        })
    }

    /// Google's channels cannot be made longer: another one opens beside it, and both ring until
    /// the caller closes the old one.
    async fn renew(
        &self,
        access: &Access,
        (calendar, _old): (&RemoteId, &Channel),
        bell: &Bell,
        now: Timestamp,
    ) -> Result<Channel> {
        self.open(access, calendar, bell, now).await
    }

    async fn close(&self, access: &Access, channel: &Channel) -> Result<()> {
        let asked = json!({ "id": channel.id.as_str(), "resourceId": channel.remote.as_str() });
        let url = self.0.hosts.calendar(&["channels", "stop"]);
        match self.0.done(access, Ask::new(Method::POST, url).body(asked)).await {
            Err(ProviderError::Gone) => Ok(()),
            other => other,
        }
    }
}

/// When Google says that it ends (milliseconds, as text); what was asked for where it says nothing.
fn end(said: Option<&Value>, asked: Timestamp) -> Result<Timestamp> {
    let Some(said) = said else { return Ok(asked) };
    let millis = said.as_i64().or_else(|| said.as_str()?.parse().ok());
    let end = millis.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    end.ok_or_else(|| ProviderError::Unintelligible {
        say: "Google opened a channel without a readable end.".into(),
    })
}
