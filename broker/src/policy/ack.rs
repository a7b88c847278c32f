//! When a leader answers a produce request (Kafka's `acks`).

use serde::{Deserialize, Serialize};

/// What must have happened before the producer is told "stored".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ack {
    /// Nothing: there is no answer at all (`acks=0`).
    None,
    /// The leader appended (`acks=1`).
    Leader,
    /// Every in-sync replica appended, and there are at least min ISR of them (`acks=all`).
    AllInSync,
}
