//! What follows from a broker's death or return: who leaves the in-sync sets, who leads.

use super::Controller;
use crate::{Mark, Micros, NodeId, Outputs, PartitionState, TopicPartition};

impl Controller {
    /// Gives up on a broker: it leaves every in-sync set that can do without it, and what it led gets another leader.
    pub(super) fn fence<F>(&mut self, node: NodeId, out: &mut Outputs<F>) {
        self.sessions.retain(|session| session.node != node);
        for broker in self.catalogue.brokers.iter_mut().filter(|broker| broker.node == node) {
            broker.alive = false;
        }
        self.catalogue.version += 1;
        let concerned = self.catalogue.partitions.iter().filter(|state| state.replicas.contains(&node));
        let concerned: Vec<TopicPartition> = concerned.map(|state| state.topic_partition).collect();
        for topic_partition in concerned {
            self.change(topic_partition, |state| {
                // The last in-sync replica stays: nobody else is known to hold what was acknowledged.
                if state.isr.len() > 1 {
                    state.isr.retain(|&member| member != node);
                }
                state.leader = state.leader.filter(|&leader| leader != node);
            });
        }
        self.elect_missing(out);
    }

    /// Elects a leader for every log that has none, where the policy finds one.
    pub(super) fn elect_missing<F>(&mut self, out: &mut Outputs<F>) {
        let missing = self.catalogue.partitions.iter().filter(|state| state.leader.is_none());
        let elected: Vec<(TopicPartition, NodeId)> =
            missing.filter_map(|state| Some((state.topic_partition, self.choose(state)?))).collect();
        for (topic_partition, leader) in elected {
            out.mark(Mark::ElectionStarted);
            self.change(topic_partition, |state| {
                state.leader = Some(leader);
                state.leader_epoch += 1;
                if defect!(ElectedAlone: state.isr.contains(&leader), !state.isr.contains(&leader)) {
                    // An unclean election: what the others hold is given up.
                    state.isr = vec![leader];
                }
            });
        }
    }

    /// Brokers register one after another, and the first would be elected everywhere. So a log that never had a leader waits
    /// for the first of its replicas, as Kafka prefers it, and after the time of one session takes whoever is there.
    ///
    /// Nothing moves a leader back to the preferred replica later: Kafka looks for that every five minutes
    /// (`leader.imbalance.check.interval.seconds`), which at a tenth of its times is longer than a run.
    pub(super) fn hold_first_elections<F>(&mut self, now: Micros, out: &mut Outputs<F>) {
        if self.first_elections_at.take_if(|at| *at <= now).is_some() {
            self.elect_missing(out);
        }
    }

    fn choose(&self, state: &PartitionState) -> Option<NodeId> {
        let waits = state.leader_epoch == 0 && self.first_elections_at.is_some();
        if waits && !state.replicas.first().is_some_and(|&preferred| self.alive(preferred)) {
            return None;
        }
        let election = self.config.policies(state.topic_partition).election;
        election.choose(&state.replicas, &state.isr, |node| self.alive(node))
    }

    /// Whether every replica that would enter is alive in the registration in which it caught up.
    pub(super) fn eligible(&self, state: &PartitionState, wanted: &[(NodeId, u64)]) -> bool {
        let registered = |node, epoch| {
            self.catalogue.brokers.iter().any(|b| b.node == node && b.epoch == epoch && b.alive)
        };
        wanted.iter().all(|&(node, epoch)| state.isr.contains(&node) || registered(node, epoch))
    }

    fn alive(&self, node: NodeId) -> bool {
        self.catalogue.brokers.iter().any(|broker| broker.node == node && broker.alive)
    }

    /// Changes one log's state; its version and the catalogue's grow.
    pub(super) fn change(
        &mut self,
        topic_partition: TopicPartition,
        change: impl FnOnce(&mut PartitionState),
    ) {
        let partitions = &mut self.catalogue.partitions;
        if let Some(state) = partitions.iter_mut().find(|state| state.topic_partition == topic_partition) {
            change(state);
            state.version += 1;
            self.catalogue.version += 1;
        }
    }
}
