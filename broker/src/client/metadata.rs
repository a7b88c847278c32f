//! What a client knows of who leads what, and when it asks again.

use super::turn::Turn;
use crate::{Catalogue, Epoch, Micros, NodeId, Now, PartitionState, TopicPartition};

/// Unless something else is said, knowledge older than this is refreshed when it is next used, in microseconds. A producer that awaits no answers (acks 0)
/// would otherwise never learn that its leader was replaced. Kafka's `metadata.max.age.ms` is 5 minutes.
pub(super) const DEFAULT_AGE: Micros = 5_000_000;

/// The newest that was heard of each log.
#[derive(Clone, Copy, Debug, Hash)]
struct Known {
    topic_partition: TopicPartition,
    leader: Option<NodeId>,
    /// The epoch of its leader, and what else tells the newer of two accounts.
    age: (Epoch, u32),
}

/// Who leads what, and the one refresh that may be under way.
#[derive(Clone, Debug, Hash)]
pub(super) struct Metadata {
    /// In ascending order of the logs.
    known: Vec<Known>,
    refresh: Turn,
    rest_until: Micros,
    stale_at: Micros,
    max_age: Micros,
}

impl Metadata {
    pub(super) fn new(max_age: Micros) -> Self {
        Metadata { known: Vec::new(), refresh: Turn::Idle, rest_until: 0, stale_at: 0, max_age }
    }

    /// Who leads, as far as is known. Not to know, or to have known it for long, asks for a refresh.
    pub(super) fn leader(&mut self, now: Now, topic_partition: TopicPartition) -> Option<NodeId> {
        let leader = self.place(topic_partition).ok().and_then(|place| self.known[place].leader);
        if leader.is_none() || self.stale_at <= now.mono {
            self.want(now);
        }
        leader
    }

    /// Asks for a refresh; it starts at once, or when the rest after the last one is over.
    pub(super) fn want(&mut self, now: Now) {
        if self.refresh == Turn::Idle {
            self.refresh = Turn::Resting { until: self.rest_until };
            self.refresh.wake(now);
        }
    }

    /// Whether a refresh should go out now.
    pub(super) fn is_due(&mut self, now: Now) -> bool {
        self.refresh.wake(now);
        self.refresh == Turn::Due
    }

    pub(super) fn asked(&mut self) {
        self.refresh = Turn::Asked;
    }

    /// Takes an answer in. A broker that was cut off may know less than the client: what is newer stays, log by log (KIP-320).
    pub(super) fn learn(&mut self, now: Now, catalogue: &Catalogue, rest_until: Micros) {
        self.refresh = Turn::Idle;
        self.rest_until = rest_until;
        self.stale_at = now.mono + self.max_age;
        for state in &catalogue.partitions {
            let PartitionState { topic_partition, leader, leader_epoch, version, .. } = **state;
            let news = Known { topic_partition, leader, age: (leader_epoch, version) };
            match self.place(topic_partition) {
                Ok(place) if self.known[place].age > news.age => {}
                Ok(place) => self.known[place] = news,
                Err(place) => self.known.insert(place, news),
            }
        }
    }

    /// Where a log stands that is known, or belongs.
    fn place(&self, topic_partition: TopicPartition) -> Result<usize, usize> {
        self.known.binary_search_by_key(&topic_partition, |known| known.topic_partition)
    }

    /// The refresh will not be answered.
    pub(super) fn unanswered(&mut self, rest_until: Micros) {
        self.rest_until = rest_until;
        self.refresh = Turn::Resting { until: rest_until };
    }

    pub(super) fn deadline(&self) -> Option<Micros> {
        self.refresh.deadline()
    }
}
