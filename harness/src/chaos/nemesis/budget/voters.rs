//! Who of the voters on one log's leader holds what it promised.
//!
//! A majority must be left that does: whoever has lost its disk has no vote until the leader has removed it as what it was and let it in
//! as what it is, so with two of three lost nobody is elected again, and nothing is lost.

use broker::{NodeId, Observation, Policies, TopicPartition};

use super::account::Harm;
use super::{Account, Durable};
use crate::chaos::fault::Takes;

/// One log.
pub(super) struct VoterAccount {
    log: TopicPartition,
    policies: Policies,
    replicas: Vec<Replica>,
}

struct Replica {
    node: NodeId,
    /// The disk under whose name it came up last; the first one is called like the node.
    directory: u64,
    standing: Standing,
    /// Whether its disk was struck since it came up, and may hold less than it promised.
    damaged: bool,
    /// Whether it was ever struck.
    struck: bool,
}

/// How far a replica has come since it was struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It holds what it said it holds.
    Sound,
    /// Its disk lied.
    Lied,
    /// It came up as somebody else.
    Renamed,
    /// The voters are known to be others than the one that it was.
    Removed,
}

impl VoterAccount {
    pub(super) fn new(log: TopicPartition, policies: Policies, nodes: &[NodeId]) -> Self {
        let replica = |&node| Replica {
            node,
            directory: u64::from(node.0),
            standing: Standing::Sound,
            damaged: false,
            struck: false,
        };
        VoterAccount { log, policies, replicas: nodes.iter().map(replica).collect() }
    }

    /// By its name a replica says whether its disk has kept all that it had promised. One that was not let in yet is not let in by that.
    fn came_up(&mut self, node: NodeId, now: u64) {
        for replica in self.replicas.iter_mut().filter(|replica| replica.node == node) {
            replica.damaged = false;
            if replica.directory != now {
                replica.standing = Standing::Renamed;
            }
            replica.directory = now;
        }
    }

    fn told(&mut self, voters: &[NodeId]) {
        for replica in &mut self.replicas {
            replica.standing = match (replica.standing, voters.contains(&replica.node)) {
                (Standing::Renamed, false) => Standing::Removed,
                (Standing::Removed, true) => Standing::Sound,
                (standing, _) => standing,
            };
        }
    }

    fn sound(&self) -> impl Iterator<Item = &Replica> {
        self.replicas.iter().filter(|replica| replica.standing == Standing::Sound && !replica.damaged)
    }

    fn majority(&self) -> usize {
        self.replicas.len() / 2 + 1
    }
}

impl Account for VoterAccount {
    fn log(&self) -> TopicPartition {
        self.log
    }

    fn keeps(&self, node: NodeId) -> bool {
        self.replicas.iter().any(|replica| replica.node == node)
    }

    fn see(&mut self, node: NodeId, observation: &Observation) {
        match observation {
            Observation::Voter { topic_partition, directory } if *topic_partition == self.log => {
                self.came_up(node, *directory);
            }
            Observation::Voters { topic_partition, voters, .. } if *topic_partition == self.log => {
                self.told(voters);
            }
            _ => {}
        }
    }

    fn believe_honest_disks(&mut self, durable: Durable<'_>) {
        for replica in self.replicas.iter_mut().filter(|replica| replica.standing == Standing::Lied) {
            if durable(replica.node) {
                replica.standing = Standing::Sound;
            }
        }
    }

    fn harm(&self, takes: Takes, owes_syncs: bool) -> Option<Harm> {
        match takes {
            // Who was killed comes back with all that it promised.
            Takes::Nothing | Takes::Place => None,
            Takes::Unsynced if self.policies.flush.is_before_ack() && !owes_syncs => None,
            Takes::WhatSyncsPromise { lied: true } => Some(Harm::Lied),
            Takes::Unsynced | Takes::WhatSyncsPromise { .. } | Takes::Anything => Some(Harm::Taken),
        }
    }

    fn survives(&self, harmed: &[(NodeId, Harm)], _: &[NodeId], _: &dyn Fn(NodeId) -> bool) -> bool {
        let is_struck = |node: NodeId| harmed.iter().any(|(its, _)| *its == node);
        harmed.is_empty()
            || self.sound().filter(|replica| !is_struck(replica.node)).count() >= self.majority()
    }

    fn strike(&mut self, node: NodeId, harm: Harm) {
        for replica in self.replicas.iter_mut().filter(|replica| replica.node == node) {
            replica.struck = true;
            match (harm, replica.standing) {
                (Harm::Lied, Standing::Sound) => replica.standing = Standing::Lied,
                (Harm::Lied, _) => {}
                _ => replica.damaged = true,
            }
        }
    }

    fn trusts(&self, node: NodeId) -> bool {
        self.sound().any(|replica| replica.node == node)
    }

    fn relies_on_recovered(&self, nodes: &[NodeId]) -> bool {
        let never_struck = self.sound().filter(|replica| !nodes.contains(&replica.node) && !replica.struck);
        never_struck.count() < self.majority()
    }
}

#[cfg(test)]
mod tests {
    use broker::TopicId;

    use super::*;

    const LOG: TopicPartition = TopicPartition { topic: TopicId(0), partition: 0 };
    const NODES: [NodeId; 3] = [NodeId(1), NodeId(2), NodeId(3)];

    fn account() -> VoterAccount {
        let mut account = VoterAccount::new(LOG, Policies::default(), &NODES);
        NODES.iter().for_each(|&node| up(&mut account, node, u64::from(node.0)));
        account
    }

    fn up(account: &mut VoterAccount, node: NodeId, directory: u64) {
        account.see(node, &Observation::Voter { topic_partition: LOG, directory });
    }

    fn told(account: &mut VoterAccount, voters: &[NodeId]) {
        let voters = voters.to_vec();
        account.see(NODES[0], &Observation::Voters { topic_partition: LOG, term: 1, voters });
    }

    fn survives_another(account: &VoterAccount) -> bool {
        account.survives(&[(NODES[0], Harm::Taken)], &[], &|_| false)
    }

    #[test]
    fn a_majority_that_holds_what_it_promised_is_left() {
        let mut account = account();
        assert!(survives_another(&account));
        account.strike(NODES[2], Harm::Taken);
        assert!(!survives_another(&account));
        up(&mut account, NODES[2], 3);
        assert!(survives_another(&account), "its disk had kept everything");
    }

    #[test]
    fn who_lost_its_disk_before_it_was_ever_up_is_somebody_else_from_the_first() {
        let mut account = VoterAccount::new(LOG, Policies::default(), &NODES);
        account.strike(NODES[2], Harm::Taken);
        for (node, directory) in [(NODES[0], 1), (NODES[1], 2), (NODES[2], 77)] {
            up(&mut account, node, directory);
        }
        assert!(!survives_another(&account));
    }

    #[test]
    fn who_was_struck_again_before_it_was_let_in_is_not_let_in_by_coming_up() {
        let mut account = account();
        account.strike(NODES[2], Harm::Taken);
        up(&mut account, NODES[2], 77);
        account.strike(NODES[2], Harm::Taken);
        up(&mut account, NODES[2], 77);
        told(&mut account, &NODES);
        assert!(!survives_another(&account));
        told(&mut account, &NODES[..2]);
        assert!(!survives_another(&account));
        told(&mut account, &NODES);
        assert!(survives_another(&account));
    }

    #[test]
    fn who_is_let_in_while_its_disk_is_lost_again_is_not_counted() {
        let mut account = account();
        up(&mut account, NODES[2], 77);
        told(&mut account, &NODES[..2]);
        account.strike(NODES[2], Harm::Taken);
        told(&mut account, &NODES);
        assert!(!survives_another(&account));
    }
}
