//! Who takes part in a run, who plays which role in it, and at whom a fault is aimed.

mod roles;
mod target;

use broker::{Micros, NodeId, Policies, TopicPartition};

pub use roles::Roles;
pub use target::{FollowerOf, Log, Member, Target};

/// The part a host plays; faults are aimed at parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Keeps the catalogue.
    Controller,
    /// Keeps logs.
    Broker,
    /// Sends intents.
    Producer,
    /// Is a member of the group of this number.
    Consumer(usize),
    /// Applies the effects of the group of this number; it can be slow or refuse, and nothing else is aimed at it.
    Sink(usize),
    /// Reads all logs at the end; no fault is aimed at it.
    Auditor,
}

/// Who takes part in a run.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    /// Every host, in ascending order of their ids.
    pub players: Vec<Player>,
    /// The topics' names, in the order of their ids.
    pub topics: Vec<String>,
    /// The groups' names, in the order of their ids; each reads every log.
    pub groups: Vec<String>,
    /// Where each log is kept, the first to lead first.
    pub placement: Vec<(TopicPartition, Vec<NodeId>)>,
    /// How the logs are kept; the defaults where nothing is said.
    pub policies: Vec<(TopicPartition, Policies)>,
    /// The log of committed offsets, whose leader coordinates the groups.
    pub offsets: Option<TopicPartition>,
    /// The racks in which several brokers lose power together, and who stands in each; whoever is in none stands alone.
    pub racks: Vec<Vec<NodeId>>,
    /// The log in which several controllers keep the catalogue; its leader decides.
    pub catalogue: Option<TopicPartition>,
    /// So long after a fault is healed a broker may still lose its place among those in sync because of it, in microseconds.
    pub steadies_after: Micros,
}

/// One host.
#[derive(Clone, Debug)]
pub struct Player {
    /// Its id.
    pub id: NodeId,
    /// Its name in histories.
    pub name: String,
    /// Its part.
    pub part: Part,
}

impl Player {
    /// A host that plays this part.
    pub fn new(id: NodeId, name: impl Into<String>, part: Part) -> Self {
        Player { id, name: name.into(), part }
    }
}

impl Cast {
    /// Whether the replicas of a log elect its leader, for want of a controller.
    #[must_use]
    pub fn elects(&self) -> bool {
        self.of(Part::Controller).next().is_none()
    }

    /// The logs that groups read: neither that of the committed offsets nor that of the catalogue.
    pub fn logs_of_records(&self) -> impl Iterator<Item = &(TopicPartition, Vec<NodeId>)> {
        let apart = [self.offsets, self.catalogue];
        self.placement.iter().filter(move |(log, _)| !apart.contains(&Some(*log)))
    }

    /// Whether the replicas of this log elect who leads it.
    #[must_use]
    pub fn votes_on(&self, log: TopicPartition) -> bool {
        self.elects() || self.catalogue == Some(log)
    }

    /// The hosts of one part.
    pub fn of(&self, part: Part) -> impl Iterator<Item = &Player> {
        self.players.iter().filter(move |player| player.part == part)
    }

    /// A host's name.
    #[must_use]
    pub fn name(&self, id: NodeId) -> &str {
        self.players.iter().find(|player| player.id == id).map_or("?", |player| &player.name)
    }
}
