//! Names of our own things: a prefix that says what it is, then a time-ordered UUID (version 7).

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::Dice;

/// The text is no id of this kind: wrong prefix, wrong length, or not hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not an id that starts with {prefix}")]
pub struct NotAnId {
    prefix: &'static str,
}

fn text(prefix: &str, now: Timestamp, dice: &dyn Dice) -> String {
    let mut chance = [0; 10];
    dice.fill(&mut chance);
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    let uuid = uuid::Builder::from_unix_timestamp_millis(millis, &chance).into_uuid();
    format!("{prefix}{}", uuid.simple())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// A new id; ids made later sort later.
            pub fn new(now: Timestamp, dice: &dyn Dice) -> Self {
                Self(text($prefix, now, dice))
            }

            /// As it is stored and shown.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let tail = text.strip_prefix($prefix).ok_or(NotAnId { prefix: $prefix })?;
                let hex = tail.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                if tail.len() != 32 || !hex {
                    return Err(NotAnId { prefix: $prefix });
                }
                Ok(Self(text.to_owned()))
            }
        }
    )*};
}

ids! {
    /// A tenant: one business.
    AccountId "acc_";
    /// A person who signs in to Daymark.
    UserId "usr_";
    /// One authorised link to one principal at a provider.
    ConnectionId "con_";
    /// One calendar collection of a connection.
    CalendarId "cal_";
    /// One event of a calendar: a UID with its master and overrides.
    EventId "evt_";
    /// A unit of background work.
    JobId "job_";
    /// One recorded execution of a pull.
    RunId "run_";
    /// One try to connect, with its checks.
    AttemptId "att_";
    /// A standing request to be rung by a provider.
    ChannelId "cha_";
    /// A key to the HTTP API.
    ApiKeyId "key_";
    /// One change of how a connection stands.
    StatusChangeId "sta_";
    /// One message to a person.
    MessageId "msg_";
    /// One row of the audit log.
    AuditId "aud_";
    /// An address of another program that is told what happens here.
    WebhookId "whk_";
    /// One event on its way to one webhook.
    DeliveryId "dlv_";
    /// One invitation.
    InvitationId "inv_";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FixedDice;

    #[test]
    fn later_ids_sort_later_and_survive_a_round_trip() {
        let dice = FixedDice::new(7);
        let early = ConnectionId::new(Timestamp::from_second(1_000).unwrap(), &dice);
        let late = ConnectionId::new(Timestamp::from_second(2_000).unwrap(), &dice);
        assert!(early < late);
        assert_eq!(early.as_str().parse(), Ok(early.clone()));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let id = UserId::new(Timestamp::UNIX_EPOCH, &FixedDice::new(1));
        assert!(id.as_str().parse::<ConnectionId>().is_err());
        assert!("con_ABC".parse::<ConnectionId>().is_err());
        assert!("con_\0".parse::<ConnectionId>().is_err());
    }
}
