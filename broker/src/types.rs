//! Names of things: nodes, connections, files, topic partitions, messages. All are small `Copy` values; the names people
//! read are kept by whoever set the cluster up.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Microseconds, of simulated or of real time.
pub type Micros = u64;

/// Position of a record in the log of one topic partition, from 0.
pub type Offset = u64;

/// Number of a leader's reign over one topic partition; grows with every election.
pub type Epoch = u32;

/// Number of a membership of a consumer group; grows with every rebalance, and over all coordinators.
pub type Generation = u64;

/// What a node sees of time.
///
/// Clock offsets and jumps move only `wall`; drift moves both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Now {
    /// Monotonic time in microseconds; timers are armed against it.
    pub mono: Micros,
    /// Wall time in microseconds; for stamps that people read.
    pub wall: Micros,
}

/// One host of the cluster: a broker, the controller, a producer, a consumer, a sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u32);

/// One connection as one end of it knows it; unique on its node for the life of an incarnation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// One append-only file of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileId(pub u32);

/// A topic, by its place in the cluster's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TopicId(pub u16);

/// One replicated log: a partition of a topic (never a network partition).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TopicPartition {
    /// The topic.
    pub topic: TopicId,
    /// The partition, from 0.
    pub partition: u16,
}

/// A consumer group, by its place in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupId(pub u16);

/// The identity of a business fact: the `number`-th intent (from 0) of `producer`. It travels with the record as a
/// message id and stays the same over every retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId {
    /// The producer, by its number in the scenario, from 1.
    pub producer: u32,
    /// The intent's number at this producer, from 0.
    pub number: u32,
}

impl MessageId {
    /// The id of records that the broker writes for itself (committed offsets, the catalogue): no business fact.
    pub const INTERNAL: MessageId = MessageId { producer: 0, number: 0 };
}

/// The earliest of several deadlines, where there is one.
#[must_use]
pub fn earliest(deadlines: impl IntoIterator<Item = Option<Micros>>) -> Option<Micros> {
    // Without a branch for each: this is asked after every step.
    let never = Micros::MAX;
    let first = deadlines.into_iter().fold(never, |first, deadline| first.min(deadline.unwrap_or(never)));
    (first < never).then_some(first)
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}/{}", self.topic.0, self.partition)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}-{}", self.producer, self.number)
    }
}
