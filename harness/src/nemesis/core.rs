//! The liveness phase: not everything heals. A core is chosen that could serve alone, only that heals, and it has to serve.
//!
//! Source: TigerBeetle's VOPR, whose `transition_to_liveness_mode` does the same to a quorum of replicas.

use broker::{NodeId, Observation, TopicPartition};

use crate::cast::{Cast, Part, Roles};
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
        if let Observation::Members { topic_partition, in_sync, eligible } = observation
            && let Some(log) = self.logs.iter_mut().find(|log| log.id == *topic_partition)
        {
            log.in_sync.clone_from(in_sync);
            log.eligible.clone_from(eligible);
        }
    }

    /// A core, of those that there can be: the controller; of every log a replica that may lead it, and as many others as must be
    /// in sync; of every group a consumer, and its sink; a producer. `None` where there is nobody for one of these.
    #[must_use]
    pub fn core(&self, roles: &Roles, min_in_sync: usize, seed: Seed) -> Option<Core> {
        let cast = roles.cast();
        let mut nodes: Vec<NodeId> = cast.of(Part::Controller).map(|player| player.id).collect();
        for (log, number) in self.logs.iter().zip(0..) {
            let draw = |key| seed.draw(Purpose::Core, [number, key]);
            let first = log.serves(roles.leader_of(log.id), draw(0))?;
            let mut others: Vec<NodeId> =
                log.replicas.iter().copied().filter(|&node| node != first).collect();
            // Whoever is in the core already, for another log, comes first: the smaller the core, the more is asked of it.
            others.sort_by_key(|node| (!nodes.contains(node), draw(1 + u64::from(node.0))));
            nodes.push(first);
            nodes.extend(others.into_iter().take(min_in_sync.saturating_sub(1)));
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
    /// A replica that may lead. The one that leads, where it still may: while it lives it is not replaced, and a leader that its
    /// followers do not reach would keep everybody waiting.
    fn serves(&self, leader: Option<NodeId>, drawn: u64) -> Option<NodeId> {
        let leader = leader.filter(|node| self.in_sync.contains(node));
        let able: Vec<NodeId> = self.in_sync.iter().chain(&self.eligible).copied().collect();
        leader.or_else(|| able.get(drawn as usize % able.len().max(1)).copied())
    }
}

fn drawn(cast: &Cast, part: Part, seed: Seed) -> Option<NodeId> {
    let players: Vec<NodeId> = cast.of(part).map(|player| player.id).collect();
    let first = players.first().map_or(0, |node| u64::from(node.0));
    players.get(seed.below(players.len() as u64, Purpose::Core, [u64::MAX, first]) as usize).copied()
}
