//! Who may still lead when the in-sync set has become too small.

use serde::{Deserialize, Serialize};

use crate::NodeId;

/// What becomes of a replica that leaves the in-sync set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Eligibility {
    /// It stays eligible while fewer than min ISR are in sync, because meanwhile the high watermark stands still: whatever was
    /// acknowledged to `acks=all` it still holds. So the last one in sync may leave too (KIP-966, on in Kafka since 4.1).
    Kept,
    /// Only who is in sync may lead, and the last one stays in sync whatever becomes of it, because nobody else is known to
    /// hold what was acknowledged (Kafka before 4.1).
    InSyncOnly,
}

impl Eligibility {
    /// The eligible set, in ascending order, once the in-sync set has become `in_sync`: those of the members of both sets
    /// before (`were`) that may still be elected. With `enough` in sync there are none.
    #[must_use]
    pub fn keep(self, were: impl Iterator<Item = NodeId>, in_sync: &[NodeId], enough: usize) -> Vec<NodeId> {
        if self == Eligibility::InSyncOnly || in_sync.len() >= enough {
            return Vec::new();
        }
        let mut eligible: Vec<NodeId> = were.filter(|node| !in_sync.contains(node)).collect();
        eligible.sort_unstable();
        eligible
    }

    /// Whether the last member may leave the in-sync set.
    #[must_use]
    pub fn lets_the_last_go(self) -> bool {
        self == Eligibility::Kept
    }

    /// Whether a leader may move its high watermark with so many in sync.
    #[must_use]
    pub fn moves_watermark(self, in_sync: usize, enough: usize) -> bool {
        self == Eligibility::InSyncOnly || in_sync >= enough
    }
}
