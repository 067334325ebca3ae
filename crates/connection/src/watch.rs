//! Channels: standing requests to be rung when a calendar changes. A ring carries no news, it only
//! says "look again" (law 4).

use jiff::Timestamp;

use crate::{ChannelId, RemoteId, Secret};

/// Where and how a channel is to ring.
#[derive(Debug, Clone)]
pub struct Bell {
    /// Our name for the channel; at Google the channel's own id.
    pub channel: ChannelId,
    /// The public address that is called.
    pub address: String,
    /// Comes back with every ring, and proves it.
    pub secret: Secret,
    /// No other connection of this installation is rung for the same calendar: what stands in the
    /// way at the far side and rings here is left over, and may be taken away.
    pub is_only: bool,
}

/// An open channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Our name for it.
    pub id: ChannelId,
    /// The far side's name for it (Google: the resource id; Graph: the subscription's id).
    pub remote: RemoteId,
    /// When it ends unless it is renewed.
    pub expires_at: Timestamp,
}
