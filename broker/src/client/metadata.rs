//! What a client knows of who leads what, and when it asks again.

use std::sync::Arc;

use super::turn::Turn;
use crate::{Catalogue, Micros, NodeId, Now, TopicPartition};

/// Unless something else is said, knowledge older than this is refreshed when it is next used, in microseconds. A producer that awaits no answers (acks 0)
/// would otherwise never learn that its leader was replaced. Kafka's `metadata.max.age.ms` is 5 minutes.
pub const DEFAULT_AGE: Micros = 5_000_000;

/// The newest catalogue seen, and the one refresh that may be under way.
#[derive(Clone, Debug, Hash)]
pub(super) struct Metadata {
    catalogue: Option<Arc<Catalogue>>,
    refresh: Turn,
    rest_until: Micros,
    stale_at: Micros,
    max_age: Micros,
}

impl Metadata {
    pub(super) fn new(max_age: Micros) -> Self {
        Metadata { catalogue: None, refresh: Turn::Idle, rest_until: 0, stale_at: 0, max_age }
    }

    /// Who leads, as far as is known. Not to know, or to have known it for long, asks for a refresh.
    pub(super) fn leader(&mut self, now: Now, topic_partition: TopicPartition) -> Option<NodeId> {
        let leader = self.catalogue.as_ref().and_then(|c| c.leader(topic_partition));
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

    /// Takes an answer in. A broker cut off from the controller may know less than the client: the newer version stays.
    pub(super) fn learn(&mut self, now: Now, catalogue: Arc<Catalogue>, rest_until: Micros) {
        self.refresh = Turn::Idle;
        self.rest_until = rest_until;
        self.stale_at = now.mono + self.max_age;
        if self.catalogue.as_ref().is_none_or(|known| known.version <= catalogue.version) {
            self.catalogue = Some(catalogue);
        }
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
