//! Who may become leader when the last one is gone.

use serde::{Deserialize, Serialize};

use crate::{NodeId, PartitionState};

/// Which replicas an election may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Election {
    /// One that holds what was acknowledged, as far as is known: unavailable rather than lossy.
    Clean,
    /// Such a one, else any that is alive (`unclean.leader.election.enable`): lossy rather than unavailable.
    Unclean,
}

impl Election {
    /// The new leader, of replicas that are alive the first in the order of placement: an in-sync one, else an eligible one,
    /// else, when both sets are empty, whoever led last (KIP-966).
    #[must_use]
    pub fn choose(self, state: &PartitionState, alive: impl Fn(NodeId) -> bool) -> Option<NodeId> {
        let living = || state.replicas.iter().copied().filter(|&node| alive(node));
        let of = |set: &[NodeId]| living().find(|node| set.contains(node));
        let nobody = state.isr.is_empty() && state.eligible.is_empty();
        let last = || state.last_leader.filter(|&node| nobody && alive(node));
        let known = of(&state.isr).or_else(|| of(&state.eligible)).or_else(last);
        match self {
            Election::Clean => defect!(AnyoneElected: known.or_else(|| living().next()), known),
            Election::Unclean => known.or_else(|| living().next()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TopicId, TopicPartition};

    fn nodes(ids: &[u32]) -> Vec<NodeId> {
        ids.iter().copied().map(NodeId).collect()
    }

    /// Who is elected of replicas 1, 2 and 3, of which 3 led last.
    fn elected(election: Election, in_sync: &[u32], eligible: &[u32], alive: &[u32]) -> Option<u32> {
        let state = PartitionState {
            topic_partition: TopicPartition { topic: TopicId(0), partition: 0 },
            replicas: nodes(&[1, 2, 3]),
            isr: nodes(in_sync),
            eligible: nodes(eligible),
            leader: None,
            last_leader: Some(NodeId(3)),
            leader_epoch: 4,
            version: 9,
        };
        election.choose(&state, |node| alive.contains(&node.0)).map(|node| node.0)
    }

    #[test]
    fn an_in_sync_replica_comes_before_an_eligible_one_and_the_last_leader_only_where_both_sets_are_empty() {
        let clean = |in_sync: &[u32], eligible: &[u32], alive: &[u32]| {
            elected(Election::Clean, in_sync, eligible, alive)
        };
        assert_eq!(clean(&[2], &[1], &[1, 2, 3]), Some(2));
        assert_eq!(clean(&[2], &[1], &[1, 3]), Some(1));
        assert_eq!(clean(&[2], &[1], &[3]), None);
        assert_eq!(clean(&[], &[1], &[2, 3]), None);
        assert_eq!(clean(&[], &[], &[1, 2]), None);
        assert_eq!(clean(&[], &[], &[1, 2, 3]), Some(3));
    }

    #[test]
    fn an_unclean_election_takes_anybody_where_a_clean_one_finds_nobody() {
        assert_eq!(elected(Election::Unclean, &[2], &[], &[1, 3]), Some(1));
        assert_eq!(elected(Election::Unclean, &[2], &[3], &[1, 3]), Some(3));
    }
}
