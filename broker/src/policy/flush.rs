//! When appended bytes are made to survive a power loss.

use serde::{Deserialize, Serialize};

use crate::Micros;

/// When a replica syncs its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flush {
    /// Every so many microseconds (RocketMQ's `ASYNC_FLUSH`, Kafka's reliance on the page cache).
    Interval(Micros),
    /// Before the replica counts a record as held (RocketMQ's `SYNC_FLUSH`, RabbitMQ's quorum queues).
    BeforeAck,
}
