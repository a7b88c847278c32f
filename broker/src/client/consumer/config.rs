//! What a consumer is told, and what it asks for.

use crate::client::{CommitPolicy, Ticket, WorkPolicy};
use crate::{GroupId, Micros, NodeId, Offset, Record, TopicPartition};

/// How a consumer consumes. All times are in microseconds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerConfig {
    /// The brokers it may ask, at least one.
    pub brokers: Vec<NodeId>,
    /// The group it joins.
    pub group: GroupId,
    /// The log of the committed offsets; its leader coordinates the group.
    pub offsets_partition: TopicPartition,
    /// What the group consumes; the same for all members.
    pub subscription: Vec<TopicPartition>,
    /// How long it may stay silent before the coordinator gives its topic partitions to others.
    pub session_timeout: Micros,
    /// How often it tells the coordinator that it lives; well below the session timeout.
    pub heartbeat: Micros,
    /// How long the coordinator may hold back the answer to a join.
    pub rebalance_timeout: Micros,
    /// Records per fetch (one fetch is one poll), rounded up to whole batches.
    pub max_records: u32,
    /// How long a leader may hold back the answer to a fetch while there is nothing new.
    pub fetch_wait: Micros,
    /// While so many records wait to be handed out nothing is fetched. What is under way may exceed it by a fetch per topic
    /// partition.
    pub max_buffered: usize,
    /// When it commits, and what.
    pub commit: CommitPolicy,
    /// How records are spread over handlers.
    pub work: WorkPolicy,
    /// How long a request may stay unanswered, beyond what it may be held back, before its connection is given up.
    pub request_timeout: Micros,
    /// Rest before a retry, give or take a fifth.
    pub retry_backoff: Micros,
    /// How old its picture of who leads what may become before it asks again (`metadata.max.age.ms`). A leader that does not know
    /// that it was replaced answers fetches as before, with nothing new: only newer metadata ends that.
    pub metadata_age: Micros,
}

/// What the embedder is to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ConsumerEvent {
    /// Handle this record, and report with [`Consumer::done`](crate::client::Consumer::done) or [`Consumer::retry`](crate::client::Consumer::retry).
    Deliver {
        /// To be given back with the report.
        ticket: Ticket,
        /// The record.
        record: Record,
        /// Its offset.
        offset: Offset,
        /// From 1; grows when the handler asked for the record again.
        attempt: u32,
    },
    /// [`Consumer::leave`](crate::client::Consumer::leave) is done.
    Left,
}
