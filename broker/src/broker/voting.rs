//! A broker whose replicas elect their leaders: what they ask of each other, and what clients are told of it.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::Broker;
use crate::authority::consensus::{Consensus, Standing};
use crate::log::Log;
use crate::replica::Replica;
use crate::rng::Rng;
use crate::wire::consensus::{Request, Response};
use crate::{
    Authority, BrokerState, Catalogue, ClusterConfig, ConnId, Controller, Epoch, FileId, Frame, Micros,
    NodeId, Outputs, PartitionState, Policies, RequestId, StoredFile, TopicPartition,
};

/// Who leads a log that is kept elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Elsewhere {
    topic_partition: TopicPartition,
    epoch: Epoch,
    leader: NodeId,
}

impl ClusterConfig {
    /// What must be on a broker's disk before the cluster starts for the first time: where replicas elect their leaders, which disk it
    /// is. A disk that holds nothing of it is another one.
    #[must_use]
    pub fn format(&self, node: NodeId) -> Vec<StoredFile> {
        if self.controllers.len() > 1 && self.controllers.contains(&node) {
            return vec![Consensus::format(node, Controller::BALLOTS)];
        }
        if self.authority != Authority::Consensus || !self.brokers.contains(&node) {
            return Vec::new();
        }
        let numbered = (0..).zip(self.topic_partitions());
        let kept = numbered.filter(|&(_, topic_partition)| self.placement(topic_partition).contains(&node));
        kept.map(|(number, _)| Consensus::format(node, FileId(2 * number + 1))).collect()
    }
}

impl Broker {
    pub(super) fn recover_voter<F>(
        &self,
        now: Micros,
        topic_partition: TopicPartition,
        policies: Policies,
        files: [(FileId, Vec<u8>); 2],
        out: &mut Outputs<F>,
    ) -> Replica {
        let place = u64::from(topic_partition.topic.0) << 16 | u64::from(topic_partition.partition);
        let standing = Standing {
            topic_partition,
            node: self.node,
            replicas: &self.config.placement(topic_partition),
            brokers: &self.config.brokers,
            policies,
            patience: self.config.timing.election,
            seed: Rng::new(self.incarnation ^ place).next(),
        };
        let [(file, bytes), ballots] = files;
        Replica::recover_voter(now, &standing, Log::recover(file, policies.flush, bytes), ballots, out)
    }

    /// Another replica asks for a vote, or tells that it leads.
    pub(super) fn consult<F: From<Frame>>(
        &mut self,
        now: Micros,
        conn: ConnId,
        id: RequestId,
        request: Request,
        out: &mut Outputs<F>,
    ) {
        let topic_partition = request.topic_partition();
        let Some(replica) = self.replica(topic_partition) else {
            let response = match request {
                Request::BeginEpoch { epoch, leader, .. } => {
                    let term = self.leads_elsewhere(Elsewhere { topic_partition, epoch, leader });
                    Response::Acknowledged { term }
                }
                Request::Vote(_) => Response::Voted { term: 0, granted: false, leader: None },
            };
            return out.send(conn, response.frame(id));
        };
        replica.consult(now, conn, id, request, out);
    }

    /// Takes note of who leads a log that is kept elsewhere; returns the newest epoch known.
    fn leads_elsewhere(&mut self, told: Elsewhere) -> Epoch {
        match self.elsewhere.iter_mut().find(|known| known.topic_partition == told.topic_partition) {
            Some(known) if known.epoch > told.epoch => return known.epoch,
            Some(known) => *known = told,
            None => self.elsewhere.push(told),
        }
        told.epoch
    }

    /// Another replica answered.
    pub(super) fn consulted<F: From<Frame>>(
        &mut self,
        now: Micros,
        conn: ConnId,
        id: RequestId,
        response: Response,
        out: &mut Outputs<F>,
    ) {
        let purpose = self.peer_of(conn).and_then(|peer| peer.answered(id));
        let about = purpose.and_then(|purpose| Some((purpose, purpose.log()?)));
        if let Some((purpose, log)) = about
            && let Some(replica) = self.replica(log)
        {
            replica.consulted(now, purpose, response, out);
        }
    }

    /// Has leaders confirmed; one that votes alone is at once, and answers.
    pub(super) fn ask_voters_for_confirmation<F: From<Frame>>(&mut self, out: &mut Outputs<F>) {
        if self.controller.is_none() {
            self.replicas.for_each_touched(|replica| replica.ask_voters_for_confirmation(out));
        }
    }

    /// Asks for votes, and tells who leads.
    pub(super) fn talk_to_voters<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        let peers = &mut self.peers;
        self.replicas.for_each_touched(|replica| replica.ask_voters(now, peers, out));
    }

    /// What clients are told of who leads: by the catalogue, or as far as this broker's own replicas have heard.
    pub(super) fn known_catalogue(&self) -> Arc<Catalogue> {
        match self.config.authority {
            Authority::Controller => Arc::clone(&self.catalogue),
            Authority::Consensus => Arc::new(self.heard()),
        }
    }

    fn heard(&self) -> Catalogue {
        let brokers = self.config.brokers.iter();
        let brokers = brokers.map(|&node| BrokerState { node, incarnation: 0, epoch: 0, alive: true });
        let heard = self.config.topic_partitions().map(|log| Arc::new(self.heard_of(log)));
        let partitions: Vec<Arc<PartitionState>> = heard.collect();
        // Grows with every term and every leader that is heard of.
        let version = partitions.iter().map(|state| 2 * state.leader_epoch + state.version).sum();
        Catalogue { version, brokers: brokers.collect(), partitions }
    }

    fn heard_of(&self, topic_partition: TopicPartition) -> PartitionState {
        let kept = self.replicas.get(topic_partition);
        let kept = kept.map(|replica| (replica.epoch(), replica.knows_leader()));
        let elsewhere = || self.elsewhere.iter().find(|known| known.topic_partition == topic_partition);
        let told = || elsewhere().map_or((0, None), |known| (known.epoch, Some(known.leader)));
        let (leader_epoch, leader) = kept.unwrap_or_else(told);
        PartitionState {
            topic_partition,
            replicas: self.config.placement(topic_partition),
            isr: Vec::new(),
            eligible: Vec::new(),
            leader,
            last_leader: leader,
            leader_epoch,
            version: u32::from(leader.is_some()),
        }
    }
}
