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
    /// every partition so that leaders spread.
    #[must_use]
    pub fn placement(&self, topic_partition: TopicPartition) -> Vec<NodeId> {
        let brokers = self.brokers.len();
        let replicas =
            self.topics.get(usize::from(topic_partition.topic.0)).map_or(0, |t| usize::from(t.replicas));
        let first = usize::from(topic_partition.partition) + usize::from(topic_partition.topic.0);
        (0..replicas.min(brokers)).map(|i| self.brokers[(first + i) % brokers]).collect()
    }
}
