//! Who may still lead when the in-sync set has become too small.

use serde::{Deserialize, Serialize};

use super::View;
use crate::NodeId;

/// What becomes of a replica that leaves the in-sync set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Eligibility {
    /// It stays eligible while fewer than min ISR are in sync, because meanwhile the high watermark stands still: whatever was
    /// acknowledged to `acks=all` it still holds. So the last one in sync may leave too (KIP-966, on in Kafka since 4.1).
    ///
    /// Keeps O1 where members leave: whoever is consulted then, one of them held what was acknowledged before.
    Kept,
    /// Only who is in sync may lead, and the last one stays in sync whatever becomes of it, because nobody else is known to
    /// hold what was acknowledged (Kafka before 4.1).
    InSyncOnly,
}

impl Eligibility {
    /// Whether replicas outside the in-sync set may lead.
    #[must_use]
    pub fn keeps_any(self) -> bool {
        self == Eligibility::Kept
    }

    /// The eligible set, in ascending order, once the in-sync set has become `in_sync`: those of the members of both sets
    /// before (`were`) that may still be elected. With `enough` in sync there are none.
    #[must_use]
    pub fn keep(self, were: impl Iterator<Item = NodeId>, in_sync: &[NodeId], enough: usize) -> Vec<NodeId> {
        if self.keeps_any() { who_left(were, in_sync, enough) } else { Vec::new() }
    }

    /// Whether the last member may leave the in-sync set.
    #[must_use]
    pub fn lets_the_last_go(self) -> bool {
        self.keeps_any()
    }

    /// Whether a leader may move its high watermark.
    #[must_use]
    pub fn moves_watermark(self, view: &View) -> bool {
        !self.keeps_any() || view.has_enough_of_those_there_are()
    }
}

/// Of the members of both sets before, those that hold what was acknowledged and are not in sync now: none once `enough` are in sync,
/// since what comes then is acknowledged without them.
#[must_use]
pub fn who_left(were: impl Iterator<Item = NodeId>, in_sync: &[NodeId], enough: usize) -> Vec<NodeId> {
    if in_sync.len() >= enough {
        return Vec::new();
    }
    let mut left: Vec<NodeId> = were.filter(|node| !in_sync.contains(node)).collect();
    left.sort_unstable();
    left
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::view::any::view;
    use super::*;

    proptest! {
        #[test]
        fn whoever_left_can_be_elected_only_while_nothing_more_becomes_safe(view in view(), were in prop::collection::btree_set(0..9_u32, 0..6)) {
            let in_sync: Vec<_> = (0..view.members as u32).map(|id| NodeId(100 + id)).collect();
            let enough = view.wanted.min(view.replicas);
            let kept = Eligibility::Kept.keep(were.into_iter().map(NodeId), &in_sync, enough);
            prop_assert!(kept.is_empty() || !Eligibility::Kept.moves_watermark(&view));
        }

        #[test]
        fn where_only_those_in_sync_may_lead_nobody_else_does_and_the_watermark_moves(view in view()) {
            let none = Eligibility::InSyncOnly.keep([NodeId(1)].into_iter(), &[], 2);
            prop_assert_eq!(none, []);
            prop_assert!(Eligibility::InSyncOnly.moves_watermark(&view));
        }
    }
}
