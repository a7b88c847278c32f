//! How a follower finds the part of its log that its leader does not have.

use serde::{Deserialize, Serialize};

/// What a follower cuts before it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truncation {
    /// What parts from the leader's lineage of epochs (KIP-101, KIP-279).
    ByEpoch,
    /// Everything above the high watermark it remembers, which lags behind what was acknowledged: Kafka before 0.11.
    ToOwnHighWatermark,
}
