//! Which replicas may be elected: how the in-sync set and the eligible set of a log change.

use super::Controller;
use crate::{
    BrokerState, Catalogue, Epoch, NodeId, Observation, Outputs, PartitionState, Policies, TopicPartition,
};

impl PartitionState {
    /// The in-sync set becomes this.
    pub(super) fn set_in_sync(&mut self, in_sync: Vec<NodeId>, policies: &Policies) {
        let were = self.isr.iter().chain(&self.eligible).copied();
        let enough = policies.enough_in_sync(self.replicas.len());
        self.eligible = policies.eligibility.keep(were, &in_sync, enough);
        self.isr = in_sync;
    }

    /// Replicas cannot be relied on to fetch any longer: they leave the in-sync set.
    fn leave(&mut self, nodes: &[NodeId], policies: &Policies) {
        let staying: Vec<NodeId> =
            self.isr.iter().copied().filter(|member| !nodes.contains(member)).collect();
        let may_leave = !staying.is_empty() || policies.eligibility.lets_the_last_go();
        if may_leave && staying.len() < self.isr.len() {
            self.set_in_sync(staying, policies);
        }
    }

    /// A replica may have lost what it held: it leaves both sets.
    fn disown(&mut self, node: NodeId, policies: &Policies) {
        self.leave(&[node], policies);
        self.eligible.retain(|&member| member != node);
    }
}

impl Controller {
    /// Gives up on brokers: they leave the in-sync sets, and what they led gets other leaders.
    ///
    /// All of them leave at once. One after another, those who are to leave next would be elected, and who left first would not be
    /// eligible, although nobody was told of the sets in between and nothing was acknowledged by them: of a log on A, B and C whose
    /// disks B and C have lost while the controller was away, A would be forgotten.
    pub(super) fn fence<F>(&mut self, nodes: &[NodeId], out: &mut Outputs<F>) {
        self.sessions.retain(|session| !nodes.contains(&session.node));
        for broker in self.catalogue.brokers.iter_mut().filter(|broker| nodes.contains(&broker.node)) {
            broker.alive = false;
        }
        self.catalogue.version += 1;
        for topic_partition in self.kept_by(nodes) {
            self.change(topic_partition, out, |state, policies| {
                state.leave(nodes, policies);
                state.leader = state.leader.filter(|leader| !nodes.contains(leader));
            });
        }
        self.elect_missing(out);
    }

    /// Another incarnation of a broker registers: the one known so far is gone. If that one stopped in good order, and so by
    /// the marker it left behind, the broker keeps its place in the sets; otherwise it leaves them. In either case it leads no
    /// longer in the epoch of the former incarnation, of whose role the new one knows nothing.
    pub(super) fn replace<F>(&mut self, former: BrokerState, clean: bool, out: &mut Outputs<F>) {
        let node = former.node;
        for topic_partition in self.kept_by(&[node]) {
            self.change(topic_partition, out, |state, policies| {
                let empty = state.leader_epoch == 0;
                let goes = defect!(LastOneStays: state.isr != [node], true);
                if goes && !policies.unclean_stop.keeps_its_place(clean, empty) {
                    state.disown(node, policies);
                }
                state.leader = state.leader.filter(|&leader| leader != node);
            });
        }
    }

    /// The logs that any of these keeps.
    fn kept_by(&self, nodes: &[NodeId]) -> Vec<TopicPartition> {
        let any = |replicas: &[NodeId]| replicas.iter().any(|replica| nodes.contains(replica));
        let kept = self.catalogue.partitions.iter().filter(|state| any(&state.replicas));
        kept.map(|state| state.topic_partition).collect()
    }

    /// Changes one log's state; its version and the catalogue's grow. What the one controller decides of its sets is observed in this step, so
    /// before anybody is told; of several, what one decides may come to nothing.
    pub(super) fn change<F>(
        &mut self,
        topic_partition: TopicPartition,
        out: &mut Outputs<F>,
        change: impl FnOnce(&mut PartitionState, &Policies),
    ) {
        let policies = self.config.policies(topic_partition);
        let Some(state) = self.catalogue.partition_mut(topic_partition) else {
            return;
        };
        let sets = (state.isr.clone(), state.eligible.clone());
        change(state, &policies);
        state.version += 1;
        if self.journal.is_alone() && sets != (state.isr.clone(), state.eligible.clone()) {
            observe_members(state, 0, out);
        }
        self.catalogue.version += 1;
    }

    /// What has come to count, before anybody is told: the sets that differ from those that were published before.
    pub(super) fn observe_counted<F>(&self, before: &Catalogue, out: &mut Outputs<F>) {
        if self.journal.is_alone() {
            return;
        }
        let sets = |state: &PartitionState| (state.isr.clone(), state.eligible.clone());
        let term = self.office.unwrap_or(0);
        for state in &self.published.partitions {
            if before.partition(state.topic_partition).map(&sets) != Some(sets(state)) {
                observe_members(state, term, out);
            }
        }
    }

    /// What stands at the start.
    pub(super) fn observe_all_members<F>(&self, out: &mut Outputs<F>) {
        self.catalogue.partitions.iter().for_each(|state| observe_members(state, 0, out));
    }
}

fn observe_members<F>(state: &PartitionState, term: Epoch, out: &mut Outputs<F>) {
    let topic_partition = state.topic_partition;
    let (in_sync, eligible) = (state.isr.clone(), state.eligible.clone());
    out.observe(Observation::Members { topic_partition, term, in_sync, eligible });
}
