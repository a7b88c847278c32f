//! The liveness phase: not everything heals. A core is chosen that could serve alone, only that heals, and it has to serve.
//!
//! Source: TigerBeetle's VOPR, whose `transition_to_liveness_mode` does the same to a quorum of replicas.

use broker::{NodeId, Observation, TopicPartition};

use crate::chaos::cast::{Cast, Part, Roles};
use crate::seed::{Purpose, Seed};

/// Who could serve alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Core {
    /// The nodes, in ascending order.
    pub nodes: Vec<NodeId>,
    /// The producer among them.
    pub producer: Option<NodeId>,
}

impl Core {
    /// Whether a node is part of it.
    #[must_use]
    pub fn has(&self, node: NodeId) -> bool {
        self.nodes.contains(&node)
    }
}

/// Keeps account of who may lead which log, for a core needs one of them.
#[derive(Clone, Debug)]
pub struct Members {
    logs: Vec<Log>,
}

#[derive(Clone, Debug)]
struct Log {
    id: TopicPartition,
    replicas: Vec<NodeId>,
    in_sync: Vec<NodeId>,
    eligible: Vec<NodeId>,
}

impl Members {
    /// At the beginning every replica is in sync: all are empty.
    #[must_use]
    pub fn new(cast: &Cast) -> Self {
        let log = |(id, replicas): &(TopicPartition, Vec<NodeId>)| Log {
            id: *id,
            replicas: replicas.clone(),
            in_sync: replicas.clone(),
            eligible: Vec::new(),
        };
        Members { logs: cast.placement.iter().map(log).collect() }
    }

    /// Takes note of what the controller decided.
    pub fn see(&mut self, observation: &Observation) {
        if let Observation::Members { topic_partition, in_sync, eligible, .. } = observation
            && let Some(log) = self.logs.iter_mut().find(|log| log.id == *topic_partition)
        {
            log.in_sync.clone_from(in_sync);
            log.eligible.clone_from(eligible);
        }
    }

    /// A core, of those that there can be: the controller, or a majority of several; of every log a replica that may lead it and is sound, and as many others as must be
    /// in sync; of every group a consumer, and its sink; a producer. `None` where there is nobody for one of these.
    #[must_use]
    pub fn core(
        &self,
        roles: &Roles,
        min_in_sync: usize,
        seed: Seed,
        sound: &dyn Fn(TopicPartition, NodeId) -> bool,
        at_risk: &dyn Fn(NodeId) -> bool,
    ) -> Option<Core> {
        let cast = roles.cast();
        let alone = cast.of(Part::Controller).filter(|_| cast.catalogue.is_none());
        let mut nodes: Vec<NodeId> = alone.map(|player| player.id).collect();
        for (log, number) in self.logs.iter().zip(0..) {
            let draw = |key| seed.draw(Purpose::Core, [number, key]);
            let first = log.serves(roles.leader_of(log.id), draw(0), &|node| sound(log.id, node))?;
            // Who has forgotten what it held has no vote; where a controller decides, it is let in again.
            let votes = cast.votes_on(log.id);
            let counts = |&node: &NodeId| node != first && (!votes || sound(log.id, node));
            let mut others: Vec<NodeId> = log.replicas.iter().copied().filter(counts).collect();
            let needed = if votes { log.replicas.len() / 2 + 1 } else { min_in_sync };
            if votes && others.len() + 1 < needed {
                return None;
            }
            // A leader whose link to the controller was struck a moment ago may be replaced yet, by somebody who then has to be there.
            let replaced = !votes && at_risk(first);
            let steps_in = |node: NodeId| log.may_lead(node) && sound(log.id, node) && !at_risk(node);
            // Whoever is in the core already, for another log, comes first: the smaller the core, the more is asked of it.
            others.sort_by_key(|&node| {
                (replaced && !steps_in(node), !nodes.contains(&node), draw(1 + u64::from(node.0)))
            });
            nodes.push(first);
            nodes.extend(others.into_iter().take(needed.saturating_sub(1)));
        }
        for group in 0..cast.groups.len() {
            nodes.push(drawn(cast, Part::Consumer(group), seed)?);
            nodes.extend(cast.of(Part::Sink(group)).map(|player| player.id));
        }
        let producer = Some(drawn(cast, Part::Producer, seed)?);
        nodes.extend(producer);
        nodes.sort_unstable();
        nodes.dedup();
        Some(Core { nodes, producer })
    }
}

impl Log {
    fn may_lead(&self, node: NodeId) -> bool {
        self.in_sync.contains(&node) || self.eligible.contains(&node)
    }

    /// A replica that may lead. The one that leads, where it still may: while it lives it is not replaced, and a leader that its
    /// followers do not reach would keep everybody waiting.
    fn serves(&self, leader: Option<NodeId>, drawn: u64, sound: &dyn Fn(NodeId) -> bool) -> Option<NodeId> {
        let leader = leader.filter(|node| self.in_sync.contains(node) && sound(*node));
        let members = self.in_sync.iter().chain(&self.eligible).copied();
        let able: Vec<NodeId> = members.filter(|node| sound(*node)).collect();
        leader.or_else(|| able.get(drawn as usize % able.len().max(1)).copied())
    }
}

fn drawn(cast: &Cast, part: Part, seed: Seed) -> Option<NodeId> {
    let players: Vec<NodeId> = cast.of(part).map(|player| player.id).collect();
    let first = players.first().map_or(0, |node| u64::from(node.0));
    players.get(seed.below(players.len() as u64, Purpose::Core, [u64::MAX, first]) as usize).copied()
}

#[cfg(test)]
mod tests {
    use broker::TopicId;

    use super::*;
    use crate::chaos::cast::Player;

    const LOG: TopicPartition = TopicPartition { topic: TopicId(0), partition: 0 };

    fn cast() -> Cast {
        let brokers = (1..=3).map(|id| Player::new(NodeId(id), format!("broker-{id}"), Part::Broker));
        let others = [
            Player::new(NodeId(0), "controller", Part::Controller),
            Player::new(NodeId(10), "producer-1", Part::Producer),
            Player::new(NodeId(20), "consumer-1", Part::Consumer(0)),
            Player::new(NodeId(30), "sink", Part::Sink(0)),
        ];
        Cast {
            players: brokers.chain(others).collect(),
            groups: vec!["billing".to_owned()],
            placement: vec![(LOG, (1..=3).map(NodeId).collect())],
            ..Cast::default()
        }
    }

    fn members(in_sync: &[u32], eligible: &[u32]) -> Members {
        let nodes = |ids: &[u32]| ids.iter().copied().map(NodeId).collect();
        let mut members = Members::new(&cast());
        let (in_sync, eligible) = (nodes(in_sync), nodes(eligible));
        members.see(&Observation::Members { topic_partition: LOG, term: 0, in_sync, eligible });
        members
    }

    fn brokers(members: &Members, leader: u32, sound: &dyn Fn(NodeId) -> bool) -> Vec<Vec<NodeId>> {
        brokers_at_risk(members, leader, sound, &|_| false)
    }

    fn brokers_at_risk(
        members: &Members,
        leader: u32,
        sound: &dyn Fn(NodeId) -> bool,
        at_risk: &dyn Fn(NodeId) -> bool,
    ) -> Vec<Vec<NodeId>> {
        let mut roles = Roles::new(&cast());
        roles.see(NodeId(leader), &Observation::Lead { topic_partition: LOG, epoch: 1, end: 0 });
        let core = |seed| members.core(&roles, 2, Seed(seed), &|_, node| sound(node), at_risk);
        let cores = (0..64).filter_map(core).map(|core| {
            assert!([0, 10, 20, 30].iter().all(|&id| core.has(NodeId(id))), "{core:?}");
            core.nodes.into_iter().filter(|node| (1..=3).contains(&node.0)).collect()
        });
        let mut cores: Vec<Vec<NodeId>> = cores.collect();
        cores.sort();
        cores.dedup();
        cores
    }

    #[test]
    fn a_core_holds_the_leader_while_it_may_lead_and_as_many_as_must_be_in_sync() {
        let cores = brokers(&members(&[1, 2, 3], &[]), 2, &|_| true);
        assert_eq!(cores, [vec![NodeId(1), NodeId(2)], vec![NodeId(2), NodeId(3)]]);
    }

    #[test]
    fn with_a_leader_that_may_be_replaced_yet_comes_somebody_who_may_be_elected() {
        let at_risk = |node| node == NodeId(2);
        let cores = brokers_at_risk(&members(&[2, 3], &[]), 2, &|_| true, &at_risk);
        assert_eq!(cores, [vec![NodeId(2), NodeId(3)]]);
        let cores = brokers(&members(&[2, 3], &[]), 2, &|_| true);
        assert_eq!(cores.len(), 2, "else the third may be the other one");
    }

    #[test]
    fn a_leader_of_the_past_is_no_reason_and_one_of_the_sets_must_be_sound() {
        let all_with_three = [vec![NodeId(1), NodeId(3)], vec![NodeId(2), NodeId(3)]];
        assert_eq!(brokers(&members(&[3], &[]), 1, &|_| true), all_with_three);
        assert_eq!(brokers(&members(&[1], &[3]), 1, &|node| node != NodeId(1)), all_with_three);
        let none: [Vec<NodeId>; 0] = [];
        assert_eq!(brokers(&members(&[1], &[]), 1, &|node| node != NodeId(1)), none);
    }
}
