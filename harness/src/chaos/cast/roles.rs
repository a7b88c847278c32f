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
    /// The node at which the last fault that struck was aimed first.
    struck: Option<NodeId>,
}

impl Roles {
    /// The roles at the start.
    #[must_use]
    pub fn new(cast: &Cast) -> Self {
        let active = vec![None; cast.groups.len()];
        Roles { cast: cast.clone(), leaders: Vec::new(), active, struck: None }
    }

    /// Takes note of a fault that struck, and of the node at which it was aimed first; one that is aimed at no node, or at several at
    /// once, leaves the role of `struck` as it was.
    pub fn note_struck(&mut self, node: Option<NodeId>) {
        self.struck = node.or(self.struck);
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

    /// The node that plays a role, unless several do at once; `actor` is the one in whose step the moment came, `drawn` decides where several do.
    #[must_use]
    pub fn resolve(&self, target: &Target, actor: Option<NodeId>, drawn: u64) -> Option<NodeId> {
        match target {
            Target::Random => pick(&self.fault_targets().collect::<Vec<_>>(), drawn),
            Target::Minority | Target::Rack(_) => None,
            Target::Controller => match self.cast.catalogue {
                Some(log) => self.leader(log),
                None => self.nth(Part::Controller, 1),
            },
            Target::Coordinator => self.leader(self.cast.offsets?),
            Target::Actor => actor.filter(|&node| self.may_be_struck(node)),
            Target::Struck => self.struck.filter(|&node| self.may_be_struck(node)),
            Target::Broker(n) => self.nth(Part::Broker, *n),
            Target::Producer(n) => self.nth(Part::Producer, *n),
            Target::Leader(log) => self.leader(self.log(&log.topic, log.partition)?),
            Target::Follower(of) => {
                let log = self.log(&of.topic, of.partition)?;
                let leader = self.leader(log);
                let replicas = self.replicas(log).iter().copied();
                let followers: Vec<NodeId> = replicas.filter(|&node| Some(node) != leader).collect();
                match of.nth {
                    Some(nth) => followers.get(nth.checked_sub(1)?).copied(),
                    None => pick(&followers, drawn),
                }
            }
            Target::Member(member) => self.member(&member.group, actor),
        }
    }

    /// The nodes that play a role, of which there may be several.
    #[must_use]
    pub fn resolve_all(&self, target: &Target, actor: Option<NodeId>, drawn: u64) -> Vec<NodeId> {
        match target {
            Target::Minority => self.minority(drawn),
            Target::Rack(n) => self.rack(*n),
            _ => self.resolve(target, actor, drawn).into_iter().collect(),
        }
    }

    fn minority(&self, drawn: u64) -> Vec<NodeId> {
        let brokers: Vec<NodeId> = self.brokers().collect();
        let (from, few) = (drawn as usize % brokers.len().max(1), brokers.len().saturating_sub(1) / 2);
        brokers.into_iter().cycle().skip(from).take(few).collect()
    }

    fn rack(&self, n: usize) -> Vec<NodeId> {
        n.checked_sub(1).and_then(|place| self.cast.racks.get(place)).cloned().unwrap_or_default()
    }

    /// Who takes part.
    #[must_use]
    pub fn cast(&self) -> &Cast {
        &self.cast
    }

    /// The node that was seen to lead a log last.
    #[must_use]
    pub fn leader_of(&self, log: TopicPartition) -> Option<NodeId> {
        self.leader(log)
    }

    /// The sink of a group.
    #[must_use]
    pub fn sink(&self, group: &str) -> Option<NodeId> {
        let group = self.cast.groups.iter().position(|name| name == group)?;
        self.nth(Part::Sink(group), 1)
    }

    /// The n-th producer, from 1.
    #[must_use]
    pub fn producer(&self, n: usize) -> Option<NodeId> {
        self.nth(Part::Producer, n)
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
        part.is_some_and(|part| !matches!(part, Part::Sink(_) | Part::Auditor))
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

    /// Every host that runs from the beginning and that faults may be aimed at.
    pub fn fault_targets(&self) -> impl Iterator<Item = NodeId> {
        self.everybody().filter(|&node| self.may_be_struck(node))
    }
}

fn pick(nodes: &[NodeId], drawn: u64) -> Option<NodeId> {
    nodes.get(drawn as usize % nodes.len().max(1)).copied()
}

#[cfg(test)]
mod tests {
    use broker::Observation;
    use proptest::prelude::*;

    use super::*;
    use crate::chaos::cast::Player;

    const LOG: TopicPartition = TopicPartition { topic: TopicId(0), partition: 0 };

    /// So many brokers that all keep one log, a sink and an auditor.
    fn roles(brokers: u32) -> Roles {
        let broker = |id| Player::new(NodeId(id), format!("broker-{id}"), Part::Broker);
        let mut players: Vec<Player> = (1..=brokers).map(broker).collect();
        players.push(Player::new(NodeId(50), "sink", Part::Sink(0)));
        players.push(Player::new(NodeId(51), "auditor", Part::Auditor));
        let placement = vec![(LOG, (1..=brokers).map(NodeId).collect())];
        Roles::new(&Cast { players, topics: vec!["payments".to_owned()], placement, ..Cast::default() })
    }

    proptest! {
        #[test]
        fn a_minority_is_less_than_half_and_as_many_as_that_can_be(brokers in 1..8_u32, drawn: u64) {
            let mut few = roles(brokers).resolve_all(&Target::Minority, None, drawn);
            few.sort_unstable();
            few.dedup();
            prop_assert_eq!(few.len(), (brokers as usize - 1) / 2);
            prop_assert!(few.iter().all(|node| node.0 <= brokers));
        }

        #[test]
        fn a_rack_is_everybody_who_stands_in_it_and_nobody_where_there_is_none(n in 0..5_usize, drawn: u64) {
            let (first, second) = (vec![NodeId(1), NodeId(3)], vec![NodeId(2)]);
            let racks = vec![first.clone(), second.clone()];
            let roles = Roles::new(&Cast { racks, ..roles(3).cast().clone() });
            let stands = [vec![], first, second].get(n).cloned().unwrap_or_default();
            prop_assert_eq!(roles.resolve_all(&Target::Rack(n), None, drawn), stands);
            prop_assert_eq!(roles.resolve(&Target::Rack(n), None, drawn), None, "no single node plays it");
        }

        #[test]
        fn chance_strikes_neither_sink_nor_auditor(brokers in 1..8_u32, drawn: u64) {
            let node = roles(brokers).resolve(&Target::Random, None, drawn);
            prop_assert!(node.is_some_and(|node| node.0 <= brokers));
        }

        #[test]
        fn a_follower_is_whoever_does_not_lead_now(brokers in 2..8_u32, leader in 1..8_u32, drawn: u64) {
            let mut roles = roles(brokers);
            let leader = NodeId(1 + leader % brokers);
            roles.see(leader, &Observation::Lead { topic_partition: LOG, epoch: 3, end: 0 });
            let follower = roles.resolve(&Target::any_follower("payments", 0), None, drawn);
            prop_assert!(follower.is_some_and(|node| node != leader && node.0 <= brokers));
            prop_assert_eq!(roles.resolve(&Target::leader("payments", 0), None, drawn), Some(leader));
        }
    }
}
