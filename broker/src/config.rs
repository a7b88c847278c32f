//! What a cluster is made of, as plain data: the same for every node, and the file the `broker` process is started with.

use serde::{Deserialize, Serialize};

use crate::policy::{Ack, Policies};
use crate::{Micros, NodeId, TopicId, TopicPartition};

/// A whole cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClusterConfig {
    /// Who says who leads.
    pub authority: Authority,
    /// The controllers' nodes, in ascending order: none where the replicas elect, one, or several that elect which of them decides. An odd
    /// number, since with one more no more of them may be lost.
    pub controllers: Vec<NodeId>,
    /// The brokers' nodes, in ascending order.
    pub brokers: Vec<NodeId>,
    /// The racks in which several brokers stand on one power feed, and the brokers in each (Kafka's `broker.rack`); a broker that is in none
    /// stands alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub racks: Vec<Vec<NodeId>>,
    /// The topics; a topic's id is its place here.
    pub topics: Vec<TopicConfig>,
    /// Which topic keeps the committed offsets; it must have one partition.
    pub offsets_topic: TopicId,
    /// When the coordinator answers a commit.
    pub offsets_acks: Ack,
    /// How long things take before somebody gives up on them.
    pub timing: Timing,
}

/// Who says which replica leads a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authority {
    /// A controller (Kafka; RocketMQ's controller mode).
    Controller,
    /// The replicas of the log, by the votes of a majority (Raft: RabbitMQ's quorum queues, RocketMQ's DLedger, NATS).
    Consensus,
}

impl Authority {
    /// How a log is kept under it, if nothing else is said.
    #[must_use]
    pub fn policies(self) -> Policies {
        match self {
            Authority::Controller => Policies::IN_SYNC,
            Authority::Consensus => Policies::VOTERS,
        }
    }
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TopicConfig {
    /// Its name, for people.
    pub name: String,
    /// How many topic partitions; at least 1.
    pub partitions: u16,
    /// On how many brokers each is kept; at least 1 and at most the number of brokers.
    pub replicas: u16,
    /// How the replicated log behaves.
    pub policies: Policies,
}

impl ClusterConfig {
    /// What keeps this from being a cluster, in words; `None` for a sound one.
    #[must_use]
    pub fn flaw(&self) -> Option<String> {
        let is_broker = |node: NodeId| self.brokers.contains(&node);
        if self.brokers.is_empty() || self.controllers.iter().any(|&node| is_broker(node)) {
            return Some("it needs brokers, and controllers that are none of them".to_owned());
        }
        let ascending = |nodes: &[NodeId]| nodes.is_sorted_by(|one, next| one < next);
        if !ascending(&self.brokers) || !ascending(&self.controllers) {
            return Some("its brokers or its controllers are not in ascending order".to_owned());
        }
        let stands = |node: NodeId| self.racks.iter().flatten().filter(|&&other| other == node).count();
        if self.racks.iter().flatten().any(|&node| !is_broker(node) || stands(node) > 1) {
            return Some("its racks have somebody who is no broker, or a broker twice".to_owned());
        }
        let controllers = self.controllers.len();
        match self.authority {
            Authority::Controller if controllers.is_multiple_of(2) => {
                return Some(format!(
                    "it has {controllers} controllers: one, three or five of them decide by majority"
                ));
            }
            Authority::Consensus if controllers > 0 => {
                return Some(
                    "its replicas elect their leaders, and a controller would have nothing to decide"
                        .to_owned(),
                );
            }
            Authority::Controller | Authority::Consensus => {}
        }
        for topic in &self.topics {
            if topic.partitions == 0
                || topic.replicas == 0
                || usize::from(topic.replicas) > self.brokers.len()
            {
                let (name, brokers) = (&topic.name, self.brokers.len());
                return Some(format!(
                    "topic {name} needs at least 1 partition and 1 to {brokers} replicas, as many as there are brokers"
                ));
            }
            if let Some(reason) = topic.policies.misfit(self.authority) {
                return Some(format!("topic {} cannot be kept like that: {reason}", topic.name));
            }
        }
        let offsets = self.topics.get(usize::from(self.offsets_topic.0));
        if !self.offsets_acks.is_answered() {
            return Some(
                "its offsets-acks must be `leader` or `all`: a group waits for the answer to its commit"
                    .to_owned(),
            );
        }
        let sound = offsets.is_some_and(|topic| topic.partitions == 1);
        (!sound).then(|| "its offsets-topic must be the place of a topic with one partition".to_owned())
    }

    /// Three brokers and a controller, and one topic of two partitions that all three keep.
    #[must_use]
    pub fn example() -> Self {
        let topic = |name: &str, partitions| TopicConfig {
            name: name.to_owned(),
            partitions,
            replicas: 3,
            policies: Policies::default(),
        };
        ClusterConfig {
            authority: Authority::Controller,
            controllers: vec![NodeId(0)],
            brokers: (1..=3).map(NodeId).collect(),
            racks: Vec::new(),
            topics: vec![topic("payments", 2), topic("committed-offsets", 1)],
            offsets_topic: TopicId(1),
            offsets_acks: Ack::default(),
            timing: Timing::default(),
        }
    }
}

/// Intervals and timeouts, in microseconds. The defaults keep Kafka's proportions at a tenth of its times or less, so that a
/// run of seconds holds many elections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Timing {
    /// How often a broker tells the controller that it lives.
    pub broker_heartbeat: Micros,
    /// How long the controller waits for a heartbeat before it fences the broker.
    pub broker_session: Micros,
    /// How long a follower may lag before the leader asks for it to leave the in-sync set.
    pub replica_lag: Micros,
    /// How long a leader holds back a follower's fetch while there is nothing to tell.
    pub follower_wait: Micros,
    /// How long a request to a node may stay unanswered before its connection is given up.
    pub request_timeout: Micros,
    /// How long a coordinator waits for the members of a group to join again.
    pub rebalance: Micros,
    /// How long a voter hears nothing from a leader before it asks the others for their votes; up to twice as long, since each draws
    /// its own time.
    pub election: Micros,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            broker_heartbeat: 100_000,
            broker_session: 500_000,
            replica_lag: 400_000,
            follower_wait: 200_000,
            request_timeout: 500_000,
            rebalance: 300_000,
            election: 400_000,
        }
    }
}

impl ClusterConfig {
    /// Every topic partition, in ascending order.
    pub fn topic_partitions(&self) -> impl Iterator<Item = TopicPartition> + '_ {
        self.topics.iter().enumerate().flat_map(|(topic, config)| {
            let topic = TopicId(u16::try_from(topic).unwrap_or(u16::MAX));
            (0..config.partitions).map(move |partition| TopicPartition { topic, partition })
        })
    }

    /// The policies of a topic partition; the defaults for a topic that does not exist.
    #[must_use]
    pub fn policies(&self, topic_partition: TopicPartition) -> Policies {
        self.topics.get(usize::from(topic_partition.topic.0)).map(|topic| topic.policies).unwrap_or_default()
    }

    /// The log in which several controllers keep the catalogue; no topic's.
    #[must_use]
    pub fn catalogue_partition(&self) -> TopicPartition {
        let behind_all = u16::try_from(self.topics.len()).unwrap_or(u16::MAX);
        TopicPartition { topic: TopicId(behind_all), partition: 0 }
    }

    /// The one topic partition that keeps committed offsets.
    #[must_use]
    pub fn offsets_partition(&self) -> TopicPartition {
        TopicPartition { topic: self.offsets_topic, partition: 0 }
    }

    /// On which brokers a topic partition is kept, the preferred leader first: consecutive brokers, starting one further for
    /// every partition so that leaders spread; but whoever stands in a rack that has fewer of the replicas comes first (KIP-36).
    #[must_use]
    pub fn placement(&self, topic_partition: TopicPartition) -> Vec<NodeId> {
        let replicas =
            self.topics.get(usize::from(topic_partition.topic.0)).map_or(0, |t| usize::from(t.replicas));
        let mut free = self.across_racks();
        let first = usize::from(topic_partition.partition) + usize::from(topic_partition.topic.0);
        let brokers = free.len().max(1);
        free.rotate_left(first % brokers);
        let mut placed: Vec<NodeId> = Vec::new();
        while placed.len() < replicas
            && let Some(next) = (0..free.len()).min_by_key(|&at| self.in_rack_of(free[at], &placed))
        {
            placed.push(free.remove(next));
        }
        placed
    }

    /// The brokers such that those who follow each other stand in different racks, as far as they can: the first of every rack, then the
    /// second of every rack.
    fn across_racks(&self) -> Vec<NodeId> {
        let place =
            |node: &NodeId| self.racks.iter().find_map(|rack| rack.iter().position(|one| one == node));
        let mut brokers = self.brokers.clone();
        brokers.sort_by_key(|node| place(node).unwrap_or(0));
        brokers
    }

    /// How many of these stand in the rack of this broker.
    fn in_rack_of(&self, broker: NodeId, of: &[NodeId]) -> usize {
        let rack = self.racks.iter().find(|rack| rack.contains(&broker));
        rack.map_or(0, |rack| of.iter().filter(|other| rack.contains(other)).count())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// So many racks of so many brokers each, one after the other, and one topic of so many replicas.
    fn config(racks: u32, each: u32, replicas: u16) -> ClusterConfig {
        let mut config = ClusterConfig::example();
        let rack = |rack| (1..=each).map(|n| NodeId(rack * each + n)).collect();
        config.racks = (0..racks).map(rack).collect();
        config.brokers = config.racks.concat();
        config.topics.iter_mut().for_each(|topic| topic.replicas = replicas);
        config
    }

    fn placed(config: &ClusterConfig, partition: u16) -> Vec<u32> {
        let log = TopicPartition { topic: TopicId(0), partition };
        config.placement(log).into_iter().map(|node| node.0).collect()
    }

    #[test]
    fn replicas_of_consecutive_brokers_stand_in_different_racks() {
        let config = config(3, 2, 3);
        assert_eq!(placed(&config, 0), [1, 3, 5]);
        assert_eq!(placed(&config, 1), [3, 5, 2]);
        let alone = ClusterConfig { racks: Vec::new(), ..config };
        assert_eq!(placed(&alone, 5), [6, 1, 2]);
    }

    #[test]
    fn a_rack_that_is_larger_than_the_others_gets_no_more_than_they_do() {
        let mut config = config(1, 5, 2);
        config.racks = vec![(1..=4).map(NodeId).collect(), vec![NodeId(5)]];
        for partition in 0..5 {
            assert!(placed(&config, partition).contains(&5), "{:?}", placed(&config, partition));
        }
    }

    proptest! {
        #[test]
        fn no_rack_has_two_replicas_more_than_another(racks in 1..5_u32, each in 1..4_u32, drawn: u16, partition in 0..20_u16) {
            let replicas = 1 + drawn % u16::try_from(racks * each).unwrap();
            let config = config(racks, each, replicas);
            prop_assert_eq!(config.flaw(), None);
            let placed = placed(&config, partition);
            prop_assert_eq!(placed.len(), usize::from(replicas));
            let share = |rack: &Vec<NodeId>| rack.iter().filter(|node| placed.contains(&node.0)).count();
            let shares: Vec<usize> = config.racks.iter().map(share).collect();
            prop_assert!(shares.iter().max().unwrap() - shares.iter().min().unwrap() <= 1, "{:?}", shares);
        }
    }
}
