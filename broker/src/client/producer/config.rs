//! What a producer is told, and what it tells.

use super::queue::Discipline;
use crate::client::metadata::DEFAULT_AGE;
use crate::policy::Ack;
use crate::wire::client::Refusal;
use crate::{MessageId, Micros, NodeId, Offset, TopicPartition};

/// How a producer sends. The defaults are those of a current Kafka client at a sixtieth of its times.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProducerConfig {
    /// The brokers it may ask, at least one.
    pub brokers: Vec<NodeId>,
    /// When a send counts as done.
    pub acks: Ack,
    /// Whether requests carry a stamp by which leaders recognise what they have. Without effect with [`Ack::None`].
    pub idempotent: bool,
    /// Unresolved requests per topic partition, at least 1. An idempotent producer must not have more than leaders remember
    /// (5 in Kafka), else it may learn of stored records only that they are *unknown*.
    pub in_flight: usize,
    /// Records per request, at least 1. A request takes what is queued, and waits for no more.
    pub batch_records: usize,
    /// Rest before a retry, in microseconds, give or take a fifth.
    pub retry_backoff: Micros,
    /// How long a request may stay unanswered before its connection is given up, in microseconds.
    pub request_timeout: Micros,
    /// How long after [`Producer::send`](crate::client::Producer::send) its sender is told, whatever is known by then, in microseconds.
    pub delivery_timeout: Micros,
    /// How old its picture of who leads what may become before it asks again, in microseconds (`metadata.max.age.ms`).
    pub metadata_age: Micros,
}

impl ProducerConfig {
    /// The defaults, against these brokers.
    #[must_use]
    pub fn new(brokers: Vec<NodeId>) -> Self {
        ProducerConfig {
            brokers,
            acks: Ack::default(),
            idempotent: true,
            in_flight: 5,
            batch_records: 1,
            retry_backoff: 20_000,
            request_timeout: 500_000,
            delivery_timeout: 2_000_000,
            metadata_age: DEFAULT_AGE,
        }
    }

    pub(super) fn discipline(&self) -> Discipline {
        Discipline {
            idempotent: self.idempotent && self.acks.is_answered(),
            in_flight: self.in_flight,
            batch_records: self.batch_records,
        }
    }
}

/// How the send of one record ended. There is exactly one for every record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProducerEvent {
    /// It was stored, as far as the acks promise.
    Acked {
        /// The record.
        id: MessageId,
        /// The log it was sent to.
        topic_partition: TopicPartition,
        /// Where it lies; `None` with [`Ack::None`].
        offset: Option<Offset>,
    },
    /// It certainly is not stored, and will not be: the delivery timeout ran out, and every attempt was refused.
    Failed {
        /// The record.
        id: MessageId,
        /// Why.
        reason: Failure,
    },
    /// The delivery timeout ran out, and some attempt may have stored it, or may yet.
    Unknown {
        /// The record.
        id: MessageId,
    },
}

/// Why a record was not stored within the delivery timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// There was never a leader to send it to, or never its turn.
    NeverSent,
    /// Every attempt was refused; this was the last refusal.
    Refused(Refusal),
}
