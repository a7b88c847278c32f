//! The lab's own system: brokers and their controller, producers, consumer groups with their sinks, and the auditor who
//! reads everything at the end. A plain value; every setting has the default of a careful operator.

mod availability;
mod group;
mod hosts;
mod produce;
mod sizes;

use std::time::Duration;

use broker::client::{ConsumerConfig, ProducerConfig};
use broker::policy::Ack;
use broker::{
    Authority, ClusterConfig, GroupId, Micros, NodeId, Policies, Timing, TopicConfig, TopicId, TopicPartition,
};

use checkers::Availability;

use crate::chaos::cast::Cast;
use crate::chaos::fault::FaultKind;
use crate::engine::Host;
use crate::engine::costs::Costs;
use crate::seed::knob::{Knob, Knobs};
use crate::system::System;
use crate::system::frame::LabFrame;

pub use group::Group;
pub use produce::Produce;

/// How old a consumer's picture of who leads what may become, in microseconds: Kafka's five minutes at a three-hundredth.
const METADATA_AGE: Micros = 1_000_000;

/// A cluster and its clients.
#[derive(Clone)]
pub struct Cluster {
    brokers: u32,
    /// In how many racks they stand; 0 where each stands alone.
    racks: u32,
    /// How many topics there are, all alike.
    topics: u16,
    topic: TopicConfig,
    offsets: Policies,
    offsets_acks: Ack,
    timing: Timing,
    costs: Costs,
    producing: Produce,
    groups: Vec<Group>,
    /// Whether seeds draw more than the number of records.
    varies: bool,
    /// How many replicas, and brokers, seeds draw at the least; `None` where they are as many as is said.
    least_replicas: Option<u16>,
    authority: Authority,
    /// How many controllers; none where the replicas elect.
    controllers: u32,
}

impl Default for Cluster {
    fn default() -> Self {
        Self::new()
    }
}

impl Cluster {
    /// Three brokers, one topic `payments` of two partitions with three replicas of which two must be in sync.
    #[must_use]
    pub fn new() -> Self {
        Cluster {
            brokers: 3,
            racks: 0,
            topics: 1,
            topic: TopicConfig {
                name: "payments".to_owned(),
                partitions: 2,
                replicas: 3,
                policies: Policies::default(),
            },
            offsets: Policies::default(),
            offsets_acks: Ack::default(),
            timing: Timing::default(),
            costs: Costs::default(),
            producing: Produce::default(),
            groups: Vec::new(),
            varies: false,
            least_replicas: Some(1),
            authority: Authority::Controller,
            controllers: 1,
        }
    }

    /// How many brokers.
    #[must_use]
    pub fn brokers(mut self, brokers: u32) -> Self {
        self.brokers = brokers;
        self
    }

    /// In how many racks the brokers stand, each of which loses power as one. Without it each broker stands alone.
    #[must_use]
    pub fn racks(mut self, racks: u32) -> Self {
        self.racks = racks;
        self
    }

    /// How many partitions the topic has.
    #[must_use]
    pub fn partitions(mut self, partitions: u16) -> Self {
        self.topic.partitions = partitions;
        self
    }

    /// On how many brokers each partition is kept, and how many of them must be in sync for `acks=all`.
    #[must_use]
    pub fn replicas(mut self, replicas: u16, min_isr: u16) -> Self {
        self.topic.replicas = replicas;
        self.topic.policies.min_isr = min_isr;
        self.offsets.min_isr = min_isr;
        self
    }

    /// On how many brokers each partition is kept, whatever must be in sync.
    #[must_use]
    pub fn copies(mut self, replicas: u16) -> Self {
        self.topic.replicas = replicas;
        self
    }

    /// Where the promise rests on other replicas, seeds draw no cluster with fewer than so many.
    #[must_use]
    pub fn at_least(mut self, replicas: u16) -> Self {
        self.least_replicas = Some(replicas);
        self
    }

    /// Seeds draw neither brokers nor replicas: there are as many as is said.
    #[must_use]
    pub fn of_this_size(mut self) -> Self {
        self.least_replicas = None;
        self
    }

    /// The replicas of every log elect its leader; whoever holds a record has synced it (RabbitMQ's quorum queues).
    #[must_use]
    pub fn elects(mut self) -> Self {
        (self.authority, self.controllers) = (Authority::Consensus, 0);
        for policies in [&mut self.topic.policies, &mut self.offsets] {
            *policies = Policies { min_isr: policies.min_isr, ..self.authority.policies() };
        }
        self
    }

    /// How many controllers there are, an odd number: several keep the catalogue in a log of their own and elect which of them decides
    /// (KRaft).
    #[must_use]
    pub fn controllers(mut self, controllers: u32) -> Self {
        self.controllers = controllers;
        self
    }

    /// Changes the policies of the topic.
    #[must_use]
    pub fn policies(mut self, change: impl FnOnce(&mut Policies)) -> Self {
        change(&mut self.topic.policies);
        self
    }

    /// Changes the policies of the log that keeps committed offsets.
    #[must_use]
    pub fn offsets_policies(mut self, change: impl FnOnce(&mut Policies)) -> Self {
        change(&mut self.offsets);
        self
    }

    /// Changes intervals and timeouts.
    #[must_use]
    pub fn timing(mut self, change: impl FnOnce(&mut Timing)) -> Self {
        change(&mut self.timing);
        self
    }

    /// Changes what things cost.
    #[must_use]
    pub fn costs(mut self, change: impl FnOnce(&mut Costs)) -> Self {
        change(&mut self.costs);
        self
    }

    /// Changes how producers send.
    #[must_use]
    pub fn producing(mut self, change: impl FnOnce(&mut Produce)) -> Self {
        change(&mut self.producing);
        self
    }

    /// Changes the groups that there are.
    #[must_use]
    pub fn consuming(mut self, change: impl Fn(Group) -> Group) -> Self {
        self.groups = self.groups.into_iter().map(change).collect();
        self
    }

    /// Adds a consumer group.
    #[must_use]
    pub fn group(mut self, group: Group) -> Self {
        self.groups.push(group);
        self
    }

    /// The brokers' part, as the `broker` process reads it.
    #[must_use]
    pub fn config(&self) -> ClusterConfig {
        let offsets = TopicConfig {
            name: "committed-offsets".to_owned(),
            partitions: 1,
            replicas: self.topic.replicas,
            policies: self.offsets,
        };
        let topics = (1..=self.topics).map(|number| self.topic_config(number));
        ClusterConfig {
            authority: self.authority,
            controllers: self.controller_nodes(),
            brokers: (1..=self.brokers).map(NodeId).collect(),
            racks: self.brokers_by_rack(),
            topics: topics.chain([offsets]).collect(),
            offsets_topic: TopicId(self.topics),
            offsets_acks: self.offsets_acks,
            timing: self.timing,
        }
    }

    /// The first brokers stand in the first rack, and so on, in all of them as many as can be.
    fn brokers_by_rack(&self) -> Vec<Vec<NodeId>> {
        let rack_of = |broker: &u32| (broker - 1) * self.racks / self.brokers;
        let stands = |rack| (1..=self.brokers).filter(|broker| rack_of(broker) == rack).map(NodeId).collect();
        let racks = (0..self.racks).map(stands);
        racks.filter(|brokers: &Vec<NodeId>| !brokers.is_empty()).collect()
    }

    /// The n-th topic, from 1.
    fn topic_config(&self, number: u16) -> TopicConfig {
        let name = match number {
            1 => self.topic.name.clone(),
            _ => format!("{}-{number}", self.topic.name),
        };
        TopicConfig { name, ..self.topic.clone() }
    }

    fn topic_partitions(&self) -> Vec<TopicPartition> {
        let partitions = || 0..self.topic.partitions;
        let logs =
            (0..self.topics).flat_map(|topic| partitions().map(move |partition| (TopicId(topic), partition)));
        logs.map(|(topic, partition)| TopicPartition { topic, partition }).collect()
    }

    fn producer_config(&self, config: &ClusterConfig) -> ProducerConfig {
        let settings = &self.producing;
        ProducerConfig {
            brokers: config.brokers.clone(),
            acks: settings.acks,
            idempotent: settings.idempotent,
            in_flight: settings.in_flight,
            batch_records: settings.batch_records,
            retry_backoff: 20_000,
            request_timeout: micros(settings.request_timeout),
            metadata_age: micros(settings.metadata_age),
            delivery_timeout: micros(settings.delivery_timeout),
        }
    }

    fn consumer_config(&self, config: &ClusterConfig, group: usize) -> ConsumerConfig {
        let settings = &self.groups[group];
        ConsumerConfig {
            brokers: config.brokers.clone(),
            group: GroupId(group as u16),
            offsets_partition: config.offsets_partition(),
            subscription: self.topic_partitions(),
            session_timeout: 600_000,
            heartbeat: 150_000,
            rebalance_timeout: 2 * self.timing.rebalance,
            max_records: settings.poll,
            fetch_wait: 300_000,
            commit: settings.commit,
            work: settings.work,
            request_timeout: self.timing.request_timeout,
            retry_backoff: 20_000,
            max_buffered: 4 * settings.poll as usize,
            metadata_age: METADATA_AGE,
        }
    }
}

fn micros(duration: Duration) -> Micros {
    Micros::try_from(duration.as_micros()).unwrap_or(Micros::MAX)
}

impl System for Cluster {
    type Frame = LabFrame;

    fn knobs(&self) -> Vec<Knob> {
        self.sizes()
    }

    fn cast(&self, knobs: &Knobs) -> Cast {
        self.sized(knobs).whole_cast()
    }

    fn hosts(&self, knobs: &Knobs) -> Vec<Host<LabFrame>> {
        self.sized(knobs).all_hosts()
    }

    fn widened(mut self) -> Self {
        self.varies = true;
        self
    }

    fn processes(&self, knobs: &Knobs) -> Option<ClusterConfig> {
        Some(self.sized(knobs).config())
    }

    fn flaw(&self, knobs: &Knobs) -> Option<String> {
        self.sized(knobs).config().flaw()
    }

    /// No node of the cluster reads wall time, and a handler cannot.
    fn notices(&self, kind: FaultKind) -> bool {
        !kind.is_of_wall_time()
    }

    fn costs(&self, knobs: &Knobs) -> Costs {
        self.sized(knobs).costs
    }

    fn spread(&self, knobs: &Knobs, span: Micros) -> Option<(&'static str, u64)> {
        Some(self.pace_over(knobs, span))
    }

    fn availability(&self, knobs: &Knobs, tick: Micros) -> Option<Availability> {
        self.sized(knobs).promise(tick)
    }

    fn busiest_second(&self, knobs: &Knobs) -> Option<u64> {
        Some(self.sized(knobs).steps_at_most())
    }
}

impl Cluster {
    /// In the busiest second of 150,000 runs of the catalogue 8,800 steps were taken, most of them for records. This is ten times as
    /// much for a load as seeds draw it, and a hundred steps for every fact that may come within a second of a larger one.
    fn steps_at_most(&self) -> u64 {
        let Produce { producers, every, at_once, .. } = &self.producing;
        let at_once = u64::from(*at_once);
        let a_second = at_once.max(1_000_000 / micros(*every).max(1));
        80_000 + 100 * u64::from(*producers) * a_second
    }
}
