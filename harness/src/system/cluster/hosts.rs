//! The cluster's hosts: who takes part, under which ids and names, and what each of them runs.

use std::rc::Rc;
use std::sync::Arc;

use broker::{Micros, NodeId, Policies};

use super::{Cluster, micros};
use crate::chaos::cast::{Cast, Part, Player};
use crate::engine::Host;
use crate::system::frame::LabFrame;
use crate::system::node::{Auditor, BrokerNode, ConsumerNode, ControllerNode, ProducerNode};
use crate::system::sink::Sink;
use crate::system::workload::{Intents, Kept};

/// Node ids by part; a group's consumers and its sink follow each other.
const CONTROLLER: NodeId = NodeId(0);
const FIRST_OF_SEVERAL_CONTROLLERS: u32 = 51;
pub(super) const FIRST_PRODUCER: u32 = 100;
pub(super) const FIRST_CONSUMER: u32 = 200;
pub(super) const PER_GROUP: u32 = 20;
const FIRST_SINK: u32 = 400;
const AUDITOR: NodeId = NodeId(500);

/// Producers meet a cluster that had time to elect its leaders, as in life.
const WARM_UP: Micros = 100_000;

impl Cluster {
    pub(super) fn controller_nodes(&self) -> Vec<NodeId> {
        match self.controllers {
            1 => vec![CONTROLLER],
            several => (0..several).map(|nth| NodeId(FIRST_OF_SEVERAL_CONTROLLERS + nth)).collect(),
        }
    }

    pub(super) fn producers(&self) -> impl Iterator<Item = (u32, NodeId)> {
        (1..=self.producing.producers).map(|number| (number, NodeId(FIRST_PRODUCER + number)))
    }

    /// Every consumer: its group's number, its own number, its node.
    pub(super) fn consumers(&self) -> impl Iterator<Item = (usize, u32, NodeId)> {
        self.groups.iter().enumerate().flat_map(|(group, settings)| {
            let first = FIRST_CONSUMER + PER_GROUP * group as u32;
            (1..=settings.consumers).map(move |number| (group, number, NodeId(first + number)))
        })
    }

    pub(super) fn sink(group: usize) -> NodeId {
        NodeId(FIRST_SINK + group as u32)
    }

    pub(super) fn whole_cast(&self) -> Cast {
        let config = self.config();
        let mut players = self.deciders();
        players.extend(
            config.brokers.iter().map(|&id| Player::new(id, format!("broker-{}", id.0), Part::Broker)),
        );
        players
            .extend(self.producers().map(|(n, id)| Player::new(id, format!("producer-{n}"), Part::Producer)));
        players.extend(self.consumers().map(|(group, n, id)| {
            let name = format!("consumer-{}-{n}", self.groups[group].name);
            Player::new(id, name, Part::Consumer(group))
        }));
        players.extend(self.groups.iter().enumerate().map(|(group, settings)| {
            Player::new(Self::sink(group), format!("sink-{}", settings.name), Part::Sink(group))
        }));
        players.push(Player::new(AUDITOR, "auditor".to_owned(), Part::Auditor));
        players.sort_by_key(|player| player.id);
        let mut cast = Cast {
            players,
            topics: config.topics.iter().map(|topic| topic.name.clone()).collect(),
            groups: self.groups.iter().map(|group| group.name.to_owned()).collect(),
            placement: config.topic_partitions().map(|log| (log, config.placement(log))).collect(),
            policies: config.topic_partitions().map(|log| (log, config.policies(log))).collect(),
            offsets: Some(config.offsets_partition()),
            steadies_after: self.steadies_after(),
            racks: config.racks.clone(),
            catalogue: None,
        };
        if self.controllers > 1 {
            let log = config.catalogue_partition();
            cast.catalogue = Some(log);
            cast.topics.push("catalogue".to_owned());
            cast.placement.push((log, config.controllers.clone()));
            cast.policies.push((log, Policies::VOTERS));
        }
        cast
    }

    fn deciders(&self) -> Vec<Player> {
        let named = |(nth, id): (usize, NodeId)| match self.controllers {
            1 => Player::new(id, "controller", Part::Controller),
            _ => Player::new(id, format!("controller-{}", nth + 1), Part::Controller),
        };
        self.controller_nodes().into_iter().enumerate().map(named).collect()
    }

    /// A connection may be dead, and nobody knows before a request on it times out; meanwhile a session ends, or a lag.
    pub(super) fn steadies_after(&self) -> Micros {
        self.timing.request_timeout + self.timing.broker_session.max(self.timing.replica_lag)
    }

    pub(super) fn all_hosts(&self) -> Vec<Host<LabFrame>> {
        let records = u32::try_from(*self.producing.records.start()).unwrap_or(u32::MAX);
        let config = Arc::new(self.config());
        let cast = self.whole_cast();
        let host = |id: NodeId, factory| Host {
            id,
            name: cast.name(id).to_owned(),
            autostart: id != AUDITOR,
            factory,
            disk: config.format(id),
        };
        let deciders = config.controllers.iter().map(|&id| host(id, ControllerNode::factory(&config, id)));
        let mut hosts: Vec<Host<LabFrame>> = deciders.collect();
        hosts.extend(config.brokers.iter().map(|&id| host(id, BrokerNode::factory(&config, id))));
        hosts.extend(self.producers().map(|(number, id)| {
            let settings = &self.producing;
            let begin = WARM_UP + Micros::from(number) * 1_000;
            let every = micros(settings.every);
            let intents = Intents::new(number, records, begin, every, settings.keys, settings.payload)
                .at_once(settings.at_once)
                .hot_key(settings.hot_key_percent);
            host(id, ProducerNode::factory(self.producer_config(&config), self.topic_partitions(), intents))
        }));
        let kept: Vec<Kept> = self.groups.iter().map(|_| Kept::default()).collect();
        hosts.extend(self.consumers().map(|(group, number, id)| {
            let settings = Rc::new(self.consumer_config(&config, group));
            let of = &self.groups[group];
            let life = of.life(number, kept[group].clone());
            let workers = Arc::clone(&of.handlers);
            host(id, ConsumerNode::factory(settings, of.stay(number), Self::sink(group), workers, life))
        }));
        hosts.extend((0..self.groups.len()).map(|group| host(Self::sink(group), Sink::factory())));
        hosts.push(host(AUDITOR, Auditor::factory(&config, self.topic_partitions())));
        hosts.sort_by_key(|host| host.id);
        hosts
    }
}
