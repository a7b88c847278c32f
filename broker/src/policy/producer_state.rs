//! Where a leader takes the producers' last sequence numbers from.

use serde::{Deserialize, Serialize};

/// Whether deduplication survives a change of leaders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProducerState {
    /// Rebuilt from the log by every replica, so that a new leader knows what the old one appended.
    DerivedFromLog,
    /// Kept in the leader's memory alone: a new leader has never seen any producer.
    Volatile,
}
