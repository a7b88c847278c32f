//! Who leads: elections among the replicas that may be elected.

use super::Controller;
use crate::{Mark, Micros, NodeId, Outputs, PartitionState, TopicPartition};

impl Controller {
    /// Elects a leader for every log that has none, where the policy finds one.
    pub(super) fn elect_missing<F>(&mut self, out: &mut Outputs<F>) {
        let missing = self.catalogue.partitions.iter().filter(|state| state.leader.is_none());
        let elected: Vec<(TopicPartition, NodeId)> =
            missing.filter_map(|state| Some((state.topic_partition, self.choose(state)?))).collect();
        for (topic_partition, leader) in elected {
            out.mark(Mark::ElectionStarted);
            self.change(topic_partition, out, |state, policies| {
                state.leader = Some(leader);
                state.last_leader = Some(leader);
                state.leader_epoch += 1;
                if state.eligible.contains(&leader) {
                    state.set_in_sync(vec![leader], policies);
                } else if !state.isr.contains(&leader) {
                    // What the others hold is given up.
                    (state.isr, state.eligible) = (vec![leader], Vec::new());
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
        election.choose(state, |node| self.alive(node))
    }

    /// Whether every replica that would enter the in-sync set is alive in the registration in which it caught up.
    pub(super) fn may_enter(&self, state: &PartitionState, wanted: &[(NodeId, u64)]) -> bool {
        let registered = |node, epoch| {
            self.catalogue.brokers.iter().any(|b| b.node == node && b.epoch == epoch && b.alive)
        };
        wanted.iter().all(|&(node, epoch)| state.isr.contains(&node) || registered(node, epoch))
    }

    fn alive(&self, node: NodeId) -> bool {
        self.catalogue.brokers.iter().any(|broker| broker.node == node && broker.alive)
    }
}
