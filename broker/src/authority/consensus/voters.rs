//! Who votes: disks, not nodes. A node whose disk was lost comes back as somebody else (KIP-853).

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::policy::held_by_majority;
use crate::{NodeId, Offset};

/// Names a disk for good: drawn when it is found empty, and never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DirectoryId(pub u64);

impl DirectoryId {
    /// The one that a node's disk is formatted with before the cluster starts for the first time; no drawn one is so small.
    #[must_use]
    pub fn first(node: NodeId) -> Self {
        DirectoryId(u64::from(node.0))
    }

    /// The one of a disk that was found empty later, made of a random number.
    #[must_use]
    pub fn drawn(draw: u64) -> Self {
        DirectoryId(draw | 1 << 63)
    }
}

/// One voter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Voter {
    /// On which node.
    pub node: NodeId,
    /// With which disk.
    pub directory: DirectoryId,
}

/// The voters of one log, of each node one at the most, in the order of their nodes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Voters(Vec<Voter>);

impl Voters {
    /// Those of a log that begins on these nodes.
    #[must_use]
    pub fn first(nodes: &[NodeId]) -> Self {
        let mut nodes = nodes.to_vec();
        nodes.sort_unstable();
        Voters(nodes.iter().map(|&node| Voter { node, directory: DirectoryId::first(node) }).collect())
    }

    /// How many of them make a majority: any two majorities have one in common.
    #[must_use]
    pub fn majority(&self) -> usize {
        defect!(HalfIsAMajority: self.0.len().div_ceil(2), self.0.len() / 2 + 1)
    }

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Voter> {
        self.0.iter().copied()
    }

    /// Whether it votes.
    #[must_use]
    pub fn contains(&self, voter: Voter) -> bool {
        self.0.contains(&voter)
    }

    /// The voter on this node.
    #[must_use]
    pub fn on(&self, node: NodeId) -> Option<Voter> {
        self.0.iter().copied().find(|voter| voter.node == node)
    }

    /// These and one more, whose node has none.
    #[must_use]
    pub fn with(&self, voter: Voter) -> Self {
        let mut voters = self.without(voter.node).0;
        voters.push(voter);
        voters.sort_unstable();
        Voters(voters)
    }

    /// These without the one on this node.
    #[must_use]
    pub fn without(&self, node: NodeId) -> Self {
        Voters(self.0.iter().copied().filter(|voter| voter.node != node).collect())
    }

    /// What a control batch says of them. Serialising plain integers into memory cannot fail; an entry that does not read back changes
    /// nothing.
    #[must_use]
    pub fn payload(&self) -> Bytes {
        postcard::to_stdvec(self).unwrap_or_default().into()
    }

    /// How far a majority of them holds the log, by what each holds.
    #[must_use]
    pub fn held_by_majority(&self, holds: impl Fn(Voter) -> Offset) -> Offset {
        held_by_majority(self.iter().map(holds).collect())
    }
}

/// The voters as the log says: those it began with, and every change that stands in it. A change counts from the moment that it is
/// in a replica's log, committed or not, and goes with its entry (Ongaro's thesis, 4.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VoterHistory {
    first: Voters,
    /// Where the entry of each change ends, and the voters from then on.
    changes: Vec<(Offset, Voters)>,
}

impl VoterHistory {
    /// Of a log without changes.
    #[must_use]
    pub fn new(first: Voters) -> Self {
        VoterHistory { first, changes: Vec::new() }
    }

    /// The voters now.
    #[must_use]
    pub fn current(&self) -> &Voters {
        self.changes.last().map_or(&self.first, |(_, voters)| voters)
    }

    /// Where the entry of the last change ends; 0 without one.
    #[must_use]
    pub fn changed_at(&self) -> Offset {
        self.changes.last().map_or(0, |(end, _)| *end)
    }

    /// The log now ends here, with a change.
    pub fn appended(&mut self, end: Offset, voters: Voters) {
        self.changes.push((end, voters));
    }

    /// The log was cut to this end.
    pub fn truncated(&mut self, end: Offset) {
        self.changes.retain(|(at, _)| *at <= end);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn voters(nodes: &[u32]) -> Voters {
        Voters::first(&nodes.iter().copied().map(NodeId).collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn any_two_majorities_before_and_after_one_change_share_a_voter(nodes in 1..8_u32, left: u64, right: u64, gone in 1..8_u32) {
            let before = voters(&(1..=nodes).collect::<Vec<_>>());
            let after = [before.without(NodeId(gone)), before.with(Voter { node: NodeId(nodes + 1), directory: DirectoryId(9) })];
            for after in after {
                let pick = |voters: &Voters, bits: u64| -> Vec<Voter> {
                    voters.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|(_, voter)| voter).collect()
                };
                let (one, other) = (pick(&before, left), pick(&after, right));
                if one.len() >= before.majority() && other.len() >= after.majority() {
                    prop_assert!(one.iter().any(|voter| other.contains(voter)));
                }
            }
        }

        #[test]
        fn what_a_majority_holds_so_many_hold(ends in proptest::collection::vec(0..9_u64, 1..7)) {
            let all = voters(&(0..ends.len() as u32).collect::<Vec<_>>());
            let held = all.held_by_majority(|voter| ends[voter.node.0 as usize]);
            let holders = |upto| ends.iter().filter(|&&end| end >= upto).count();
            prop_assert!(holders(held) >= all.majority());
            prop_assert!(holders(held + 1) < all.majority());
        }
    }

    #[test]
    fn a_change_goes_with_its_entry() {
        let mut history = VoterHistory::new(voters(&[1, 2, 3]));
        history.appended(5, voters(&[1, 2]));
        history.appended(8, voters(&[1, 2, 4]));
        history.truncated(7);
        assert_eq!((history.current(), history.changed_at()), (&voters(&[1, 2]), 5));
        history.truncated(4);
        assert_eq!((history.current(), history.changed_at()), (&voters(&[1, 2, 3]), 0));
    }

    #[test]
    fn a_node_votes_with_one_disk() {
        let other = Voter { node: NodeId(2), directory: DirectoryId::drawn(7) };
        let now = voters(&[1, 2, 3]).with(other);
        assert_eq!((now.iter().len(), now.on(NodeId(2))), (3, Some(other)));
        assert!(!now.contains(Voter { node: NodeId(2), directory: DirectoryId::first(NodeId(2)) }));
    }
}
