//! Who plays which role right now, as a fold over observations.

use broker::{Epoch, NodeId, Observation, TopicId, TopicPartition};

use super::{Cast, Part, Target};

/// The roles.
#[derive(Clone, Debug)]
pub struct Roles {
    cast: Cast,
    leaders: Vec<(TopicPartition, Epoch, NodeId)>,
    /// By group: the member that was handed a record last.
    active: Vec<Option<NodeId>>,
}

impl Roles {
    /// The roles at the start.
    #[must_use]
    pub fn new(cast: &Cast) -> Self {
        Roles { cast: cast.clone(), leaders: Vec::new(), active: vec![None; cast.groups.len()] }
    }

    /// Takes note of what a node observed.
    pub fn see(&mut self, node: NodeId, observation: &Observation) {
        match *observation {
            Observation::Lead { topic_partition, epoch, .. } => self.leads(topic_partition, epoch, node),
            Observation::Poll { group, .. } => {
                if let Some(active) = self.active.get_mut(usize::from(group.0)) {
                    *active = Some(node);
                }
            }
            _ => {}
        }
    }

    fn leads(&mut self, log: TopicPartition, epoch: Epoch, node: NodeId) {
        match self.leaders.iter_mut().find(|(known, ..)| *known == log) {
            Some(leader) if leader.1 <= epoch => *leader = (log, epoch, node),
            Some(_) => {}
            None => self.leaders.push((log, epoch, node)),
        }
    }

    /// The node that plays a role; `actor` is the one in whose step the moment came.
    #[must_use]
    pub fn resolve(&self, target: &Target, actor: Option<NodeId>) -> Option<NodeId> {
        match target {
            Target::Controller => self.nth(Part::Controller, 1),
            Target::Coordinator => self.leader(self.cast.offsets?),
            Target::Actor => actor.filter(|&node| self.may_be_struck(node)),
            Target::Broker(n) => self.nth(Part::Broker, *n),
            Target::Producer(n) => self.nth(Part::Producer, *n),
            Target::Leader(log) => self.leader(self.log(&log.topic, log.partition)?),
            Target::Follower(of) => {
                let log = self.log(&of.topic, of.partition)?;
                let leader = self.leader(log);
                self.replicas(log)
                    .iter()
                    .copied()
                    .filter(|&node| Some(node) != leader)
                    .nth(of.nth.checked_sub(1)?)
            }
            Target::Member(member) => self.member(&member.group, actor),
        }
    }

    /// Every host, for faults that concern the whole network.
    pub fn everybody(&self) -> impl Iterator<Item = NodeId> {
        self.cast.players.iter().map(|player| player.id)
    }

    /// Every broker.
    pub fn brokers(&self) -> impl Iterator<Item = NodeId> {
        self.cast.of(Part::Broker).map(|player| player.id)
    }

    /// A host's name.
    #[must_use]
    pub fn name(&self, node: NodeId) -> &str {
        self.cast.name(node)
    }

    /// The member that acted, if one did; else the one that was handed a record last; else the first.
    fn member(&self, group: &str, actor: Option<NodeId>) -> Option<NodeId> {
        let group = self.cast.groups.iter().position(|name| name == group)?;
        let member = |node: &NodeId| self.cast.of(Part::Consumer(group)).any(|player| player.id == *node);
        actor.filter(member).or(self.active[group]).or_else(|| self.nth(Part::Consumer(group), 1))
    }

    fn may_be_struck(&self, node: NodeId) -> bool {
        let part = self.cast.players.iter().find(|player| player.id == node).map(|player| player.part);
        part.is_some_and(|part| !matches!(part, Part::Sink | Part::Auditor))
    }

    fn nth(&self, part: Part, n: usize) -> Option<NodeId> {
        self.cast.of(part).nth(n.checked_sub(1)?).map(|player| player.id)
    }

    fn log(&self, topic: &str, partition: u16) -> Option<TopicPartition> {
        let topic = self.cast.topics.iter().position(|name| name == topic)?;
        Some(TopicPartition { topic: TopicId(u16::try_from(topic).ok()?), partition })
    }

    fn leader(&self, log: TopicPartition) -> Option<NodeId> {
        let elected = self.leaders.iter().find(|(known, ..)| *known == log).map(|&(_, _, node)| node);
        elected.or_else(|| self.replicas(log).first().copied())
    }

    fn replicas(&self, log: TopicPartition) -> &[NodeId] {
        self.cast.placement.iter().find(|(known, _)| *known == log).map_or(&[], |(_, nodes)| nodes)
    }
}

impl Roles {
    /// Every host that runs from the beginning and that faults may be aimed at.
    pub fn mortals(&self) -> impl Iterator<Item = NodeId> {
        self.everybody().filter(|&node| self.may_be_struck(node))
    }
}
