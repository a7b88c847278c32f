//! Who may become leader when the last one is gone.

use serde::{Deserialize, Serialize};

use crate::{Epoch, NodeId, Offset, PartitionState};

/// Which replicas an election may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Election {
    /// One that holds what was acknowledged, as far as the controller knows: unavailable rather than lossy.
    ///
    /// Keeps O2: who is chosen is one of those that acknowledgements waited for.
    Clean,
    /// Such a one, else any that is alive (`unclean.leader.election.enable`): lossy rather than unavailable.
    Unclean,
    /// Whoever a majority of voters finds no less complete than itself: by the epoch of the last entry, then by length (Raft, section 5.4.1).
    ///
    /// Keeps O2: of every majority one holds what is committed, and its last entry is no older.
    NewestEntry,
}

/// How complete a log is: the epoch of its last entry, and its end.
pub type Completeness = (Epoch, Offset);

impl Election {
    /// Whether the replicas vote.
    #[must_use]
    pub fn is_by_votes(self) -> bool {
        self == Election::NewestEntry
    }

    /// Whether only such replicas are chosen as hold what was acknowledged.
    #[must_use]
    pub fn is_clean(self) -> bool {
        self != Election::Unclean
    }

    /// The new leader, of replicas that are alive the first in the order of placement: an in-sync one, else an eligible one,
    /// else, when both sets are empty, whoever led last (KIP-966). Nobody where the replicas vote.
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
            Election::NewestEntry => None,
        }
    }

    /// Whether a voter with such a log may vote for a candidate with such a one. Nobody does where a controller chooses.
    #[must_use]
    pub fn grants(self, own: Completeness, candidate: Completeness) -> bool {
        let behind = defect!(VotesForAnyLog: false, candidate < own);
        self.is_by_votes() && !behind
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    fn some_of_three() -> impl Strategy<Value = Vec<u32>> {
        prop::sample::subsequence(vec![1, 2, 3], 0..=3)
    }

    proptest! {
        #[test]
        fn a_clean_election_chooses_who_is_alive_and_was_waited_for(
            in_sync in some_of_three(), eligible in some_of_three(), alive in some_of_three()
        ) {
            let chosen = elected(Election::Clean, &in_sync, &eligible, &alive);
            if let Some(chosen) = chosen {
                let nobody = in_sync.is_empty() && eligible.is_empty();
                prop_assert!(alive.contains(&chosen));
                prop_assert!(in_sync.contains(&chosen) || eligible.contains(&chosen) || nobody && chosen == 3);
            }
            let unclean = elected(Election::Unclean, &in_sync, &eligible, &alive);
            prop_assert_eq!(unclean.is_none(), alive.is_empty());
            prop_assert!(chosen.is_none() || chosen == unclean);
        }

        #[test]
        fn whoever_a_majority_votes_for_holds_what_another_majority_held_of_the_newest_term(
            logs in prop::collection::vec((1..4_u32, 0..6_u64), 3..6), candidate in 0..6_usize
        ) {
            let candidate = logs[candidate % logs.len()];
            let votes = logs.iter().filter(|&&own| Election::NewestEntry.grants(own, candidate)).count();
            let newest = logs.iter().map(|&(epoch, _)| epoch).max().unwrap_or(0);
            let mut ends: Vec<_> = logs.iter().map(|&(epoch, end)| if epoch == newest { end } else { 0 }).collect();
            ends.sort_unstable_by(|one, other| other.cmp(one));
            let committed = ends[logs.len() / 2];
            let elected = 2 * votes > logs.len() && committed > 0;
            prop_assert!(!elected || candidate >= (newest, committed));
        }
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

    #[test]
    fn where_replicas_vote_no_controller_chooses_and_where_one_chooses_nobody_votes() {
        assert_eq!(elected(Election::NewestEntry, &[1], &[2], &[1, 2, 3]), None);
        assert!(!Election::Clean.grants((1, 1), (2, 2)));
    }
}
