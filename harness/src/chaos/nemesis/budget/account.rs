//! Who holds what of one log for certain.

use broker::policy::who_left;
use broker::{Mark, NodeId, Observation, Policies, TopicPartition};

use super::{Account, Durable};
use crate::chaos::fault::Takes;
use crate::sabotage::sabotage;

/// How many must be in sync at the least for one disk to be spared: what is acknowledged then, two have.
const SPARES_A_DISK: usize = 2;

/// One log.
pub(super) struct LogAccount {
    pub(super) log: TopicPartition,
    policies: Policies,
    pub(super) replicas: Vec<NodeId>,
    pub(super) in_sync: Vec<NodeId>,
    pub(super) eligible: Vec<NodeId>,
    pub(super) harmed: Vec<Harmed>,
    /// Whoever was ever unsound.
    struck: Vec<NodeId>,
}

/// A replica that was struck.
#[derive(Clone, Copy, Debug)]
pub(super) struct Harmed {
    pub(super) node: NodeId,
    harm: Harm,
    progress: Progress,
}

/// What a strike did to a replica; the worst comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Harm {
    /// It was killed: it will lose its place.
    Killed,
    /// Its disk lied.
    Lied,
    /// What it holds was taken, or may have been.
    Taken,
}

/// How far a replica has come since it was struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Struck,
    /// A new incarnation has read the files.
    Recovered,
    /// The controller knows of that incarnation.
    Registered,
}

impl LogAccount {
    /// All of its replicas are in sync at the beginning: they are empty.
    pub(super) fn new(log: TopicPartition, policies: Policies, nodes: &[NodeId]) -> Self {
        LogAccount {
            log,
            policies,
            replicas: nodes.to_vec(),
            in_sync: nodes.to_vec(),
            eligible: Vec::new(),
            harmed: Vec::new(),
            struck: Vec::new(),
        }
    }

    /// The controller decided the sets. Whoever enters the in-sync set from outside of both, in a registration made since it was
    /// struck, has fetched what it lost.
    pub(super) fn decided(&mut self, in_sync: &[NodeId], eligible: &[NodeId]) {
        let (was_in_sync, was_eligible) = (&self.in_sync, &self.eligible);
        let was_member = |node: &NodeId| was_in_sync.contains(node) || was_eligible.contains(node);
        self.harmed.retain(|harmed| {
            let admitted = in_sync.contains(&harmed.node)
                && !was_member(&harmed.node)
                && !sabotage!(SoundnessNeverClears);
            !admitted || harmed.progress != Progress::Registered
        });
        self.eligible = if self.controller_keeps_the_eligible() {
            eligible.to_vec()
        } else {
            let enough = self.policies.enough_in_sync(self.replicas.len()).max(SPARES_A_DISK);
            who_left(self.members(), in_sync, enough)
        };
        self.in_sync = in_sync.to_vec();
    }

    /// Whether the controller decides who is eligible such that a disk can be spared. Where it keeps no such set, or keeps it with one in
    /// sync being enough, the account has those who would be eligible if it did: either way, the same is struck.
    fn controller_keeps_the_eligible(&self) -> bool {
        self.policies.eligibility.keeps_any() && usize::from(self.policies.min_isr) >= SPARES_A_DISK
    }

    /// A new incarnation of this replica has read its files.
    pub(super) fn recovered(&mut self, node: NodeId) {
        self.advance(node, Progress::Struck, Progress::Recovered);
        if !self.controller_keeps_the_eligible() {
            self.eligible.retain(|&member| member != node);
        }
    }

    pub(super) fn registered(&mut self, node: NodeId) {
        self.advance(node, Progress::Recovered, Progress::Registered);
    }

    fn advance(&mut self, node: NodeId, from: Progress, to: Progress) {
        let harmed = self.harmed.iter_mut().filter(|harmed| harmed.node == node);
        harmed.filter(|harmed| harmed.progress == from).for_each(|harmed| harmed.progress = to);
    }

    fn members(&self) -> impl Iterator<Item = NodeId> {
        self.in_sync.iter().chain(&self.eligible).copied()
    }

    /// The members of its sets but these.
    fn others(&self, nodes: &[NodeId]) -> impl Iterator<Item = NodeId> {
        self.members().filter(move |other| !nodes.contains(other))
    }

    /// Whether this takes from all replicas at once what none of them syncs before it counts: they stand in one rack.
    fn nobody_stands_elsewhere(&self, harmed: &[(NodeId, Harm)]) -> bool {
        !self.policies.flush.is_before_ack()
            && self.replicas.iter().all(|&node| harmed.contains(&(node, Harm::Taken)))
    }

    pub(super) fn is_sound(&self, node: NodeId) -> bool {
        self.harm_of(node).is_none_or(|harm| harm == Harm::Killed)
    }

    pub(super) fn is_unharmed(&self, node: NodeId) -> bool {
        self.harm_of(node).is_none()
    }

    fn harm_of(&self, node: NodeId) -> Option<Harm> {
        self.harmed.iter().find(|harmed| harmed.node == node).map(|harmed| harmed.harm)
    }
}

impl Account for LogAccount {
    fn log(&self) -> TopicPartition {
        self.log
    }

    fn see(&mut self, node: NodeId, observation: &Observation) {
        match observation {
            Observation::Members { topic_partition, in_sync, eligible, .. }
                if *topic_partition == self.log =>
            {
                self.decided(in_sync, eligible);
            }
            Observation::Recover { topic_partition, .. } if *topic_partition == self.log => {
                self.recovered(node)
            }
            Observation::Mark(Mark::RegisterBroker) => self.registered(node),
            Observation::Halted { .. } if self.keeps(node) => self.strike(node, Harm::Killed),
            _ => {}
        }
    }

    fn trusts(&self, node: NodeId) -> bool {
        self.is_unharmed(node)
    }

    fn believe_honest_disks(&mut self, durable: Durable<'_>) {
        if !sabotage!(SoundnessNeverClears) {
            self.harmed.retain(|harmed| harmed.harm != Harm::Lied || !durable(harmed.node));
        }
    }

    fn harm(&self, takes: Takes, owes_syncs: bool) -> Option<Harm> {
        let stays = self.policies.unclean_stop.keeps_its_place(false, false);
        let place = (!stays).then_some(Harm::Killed);
        match takes {
            Takes::Nothing => None,
            Takes::Place => place,
            Takes::Unsynced if self.policies.flush.is_before_ack() && !owes_syncs => place,
            Takes::WhatSyncsPromise { lied: true } => Some(Harm::Lied),
            Takes::Unsynced | Takes::WhatSyncsPromise { .. } | Takes::Anything => Some(Harm::Taken),
        }
    }

    fn survives(
        &self,
        harmed: &[(NodeId, Harm)],
        touched: &[NodeId],
        at_risk: &dyn Fn(NodeId) -> bool,
    ) -> bool {
        let worst = harmed.iter().map(|(_, harm)| *harm).max();
        let takes_data = worst.is_some_and(|worst| worst > Harm::Killed);
        let all_sound = self.harmed.iter().all(|harmed| harmed.harm == Harm::Killed);
        // With all sound, it does not matter who is elected.
        if all_sound && !takes_data {
            return true;
        }
        if self.nobody_stands_elsewhere(harmed) {
            return true;
        }
        let is_struck = |node: NodeId| harmed.iter().any(|(its, _)| *its == node);
        // Whoever is unsound has left the sets already, and is elected only where everybody leaves them.
        if !takes_data && self.members().all(|node| self.is_sound(node)) {
            return worst.is_none() || self.members().any(|node| !is_struck(node) && self.is_unharmed(node));
        }
        let lied = worst == Some(Harm::Lied);
        let holds = |node: NodeId| if lied { self.is_sound(node) } else { self.is_unharmed(node) };
        // Who is eligible and not in sync keeps its place when its session ends.
        let may_leave = |node: NodeId| !self.eligible.contains(&node);
        let safe = self.members().filter(|&node| holds(node) && !(may_leave(node) && at_risk(node)));
        let (lost, kept): (Vec<NodeId>, Vec<NodeId>) =
            safe.partition(|&node| (may_leave(node) && touched.contains(&node)) || is_struck(node));
        // What only touches, and nobody that is left to fall back on, takes nothing.
        !kept.is_empty() || (worst.is_none() && lost.is_empty())
    }

    fn keeps(&self, node: NodeId) -> bool {
        self.replicas.contains(&node)
    }

    fn relies_on_recovered(&self, nodes: &[NodeId]) -> bool {
        let mut unharmed = self.others(nodes).filter(|&other| self.is_unharmed(other)).peekable();
        unharmed.peek().is_some() && unharmed.all(|other| self.struck.contains(&other))
    }

    fn strike(&mut self, node: NodeId, harm: Harm) {
        let worst = match self.harm_of(node) {
            None => harm,
            Some(before) if before == harm => harm,
            // A lie can be made up for, and a place admitted to again; both together, only by the latter.
            Some(_) => Harm::Taken,
        };
        self.harmed.retain(|harmed| harmed.node != node);
        self.harmed.push(Harmed { node, harm: worst, progress: Progress::Struck });
        if harm > Harm::Killed && !self.struck.contains(&node) {
            self.struck.push(node);
        }
    }
}
