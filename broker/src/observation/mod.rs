//! What nodes report of themselves for the history. Observations cost a node nothing but the telling: no behaviour depends
//! on them.

mod event;
mod mark;

use serde::{Deserialize, Serialize};

pub use event::{EventKind, EventSet, Frequency};
pub use mark::Mark;

use crate::{Epoch, Generation, GroupId, MessageId, Micros, NodeId, Offset, ProducerStamp, TopicPartition};

/// The life of an operation, in the words of Jepsen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// It began.
    Invoke,
    /// It took effect.
    Ok,
    /// It certainly did not and will not take effect.
    Fail,
    /// Unknown: it may have taken effect, or may later, or never.
    Info,
}

/// Why a record was given up on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DropReason {
    /// The producer's delivery timeout ran out.
    DeliveryTimeout,
    /// The broker refused it for good.
    Refused,
}

/// One thing a node saw or did.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observation {
    /// A business fact that should become a message, before any send.
    Intent {
        /// The fact.
        id: MessageId,
        /// Facts with the same key must take effect in the order of their intents.
        key: u64,
    },
    /// The user was told "done".
    Answered {
        /// The fact.
        id: MessageId,
    },
    /// A producer's send of one record, over all its retries.
    Send {
        /// Begun, or how it ended.
        phase: Phase,
        /// The record.
        id: MessageId,
        /// Where it went, or (with `ok`) lies.
        topic_partition: TopicPartition,
        /// The offset the broker acknowledged. `ok` without one is an acknowledgement too: not every broker tells an offset.
        offset: Option<Offset>,
    },
    /// A producer that awaits no acknowledgement (acks 0) ends a send with its beginning: the record is on its way.
    Unconfirmed {
        /// The record.
        id: MessageId,
        /// Where it went.
        topic_partition: TopicPartition,
    },
    /// A broker closed the connection on which a producer awaited its answer about a record. One for each attempt.
    HungUp {
        /// The record.
        id: MessageId,
        /// Where it was to go.
        topic_partition: TopicPartition,
        /// The broker.
        by: NodeId,
    },
    /// A record was handed to a consumer's handler.
    Poll {
        /// The group.
        group: GroupId,
        /// The log.
        topic_partition: TopicPartition,
        /// The record's offset.
        offset: Offset,
        /// The record.
        id: MessageId,
    },
    /// A consumer's commit of all offsets below `upto`.
    Settle {
        /// Begun, or how it ended.
        phase: Phase,
        /// The group.
        group: GroupId,
        /// The log.
        topic_partition: TopicPartition,
        /// The first offset that is not settled.
        upto: Offset,
        /// The generation the consumer believes in.
        generation: Generation,
    },
    /// A consumer's call to a sink.
    Effect {
        /// Begun, or how it ended.
        phase: Phase,
        /// The sink.
        sink: NodeId,
        /// The record whose effect it is.
        id: MessageId,
    },
    /// The ground truth: a sink changed its state because of this record.
    Apply {
        /// The record.
        id: MessageId,
    },
    /// A leader appended a record.
    Append {
        /// The log.
        topic_partition: TopicPartition,
        /// The record's offset.
        offset: Offset,
        /// The leader's epoch.
        epoch: Epoch,
        /// The record.
        id: MessageId,
    },
    /// A leader moved the high watermark.
    Watermark {
        /// The log.
        topic_partition: TopicPartition,
        /// The first offset that is not yet replicated to every in-sync replica.
        offset: Offset,
    },
    /// A replica, leading or following, whose watermark is about to move on says what it holds below it.
    Committed {
        /// The log.
        topic_partition: TopicPartition,
        /// The epoch in which it leads or follows.
        epoch: Epoch,
        /// The watermark until now.
        watermark: Offset,
        /// A hash over all batches below it.
        hash: u64,
    },
    /// A broker began to lead.
    Lead {
        /// The log.
        topic_partition: TopicPartition,
        /// Its epoch.
        epoch: Epoch,
        /// Its log end at that moment.
        end: Offset,
    },
    /// A leader asks for a follower to leave the in-sync set, because it has lagged for too long.
    Laggard {
        /// The log.
        topic_partition: TopicPartition,
        /// The follower.
        follower: NodeId,
        /// How long a follower may lag, in microseconds of the leader's monotonic clock.
        lag: Micros,
    },
    /// The controller decided which replicas may be elected to lead a log.
    Members {
        /// The log.
        topic_partition: TopicPartition,
        /// The in-sync set, in ascending order.
        in_sync: Vec<NodeId>,
        /// Replicas that left the in-sync set while it was below min ISR, and still hold all that was acknowledged to
        /// `acks=all` (KIP-966), in ascending order.
        eligible: Vec<NodeId>,
    },
    /// A follower took over what its leader had.
    Replicated {
        /// The log.
        topic_partition: TopicPartition,
        /// Its log end now.
        end: Offset,
    },
    /// The controller told a broker that it is registered anew: what is decided of the sets from now on counts on what it holds.
    Registered {
        /// The broker.
        broker: NodeId,
    },
    /// A replica cut its log.
    Truncate {
        /// The log.
        topic_partition: TopicPartition,
        /// The log end that remains.
        to: Offset,
        /// The log end before.
        from: Offset,
    },
    /// A replica came up and read its log.
    Recover {
        /// The log.
        topic_partition: TopicPartition,
        /// The log end found.
        end: Offset,
        /// Bytes of a torn or damaged tail that were dropped.
        dropped_bytes: u64,
    },
    /// A consumer was given a topic partition.
    Grant {
        /// The group.
        group: GroupId,
        /// The log.
        topic_partition: TopicPartition,
        /// The generation that grants it.
        generation: Generation,
    },
    /// A consumer was told where its group stands: everything below is settled, whether or not whoever settled it heard so.
    Position {
        /// The group.
        group: GroupId,
        /// The log.
        topic_partition: TopicPartition,
        /// The first offset that is not settled.
        settled: Offset,
    },
    /// A consumer gave a topic partition up, or learned that it had lost it.
    Revoke {
        /// The group.
        group: GroupId,
        /// The log.
        topic_partition: TopicPartition,
        /// The generation in which it was held.
        generation: Generation,
    },
    /// A record was given up on purpose, and the user was told.
    Drop {
        /// The record.
        id: MessageId,
        /// Why.
        reason: DropReason,
    },
    /// One record of a log as it stands at the end of a run.
    Logged {
        /// The log.
        topic_partition: TopicPartition,
        /// The record's offset.
        offset: Offset,
        /// The record.
        id: MessageId,
        /// The producer's stamp, where it was idempotent.
        stamp: Option<ProducerStamp>,
    },
    /// What one replica holds at the end of a run.
    Digest {
        /// The log.
        topic_partition: TopicPartition,
        /// The high watermark the replica knows.
        watermark: Offset,
        /// A hash over all batches below it.
        hash: u64,
    },
    /// A client's incarnation begins: what the one before left open has no known outcome.
    Began,
    /// A producer has no intents left, and every one was resolved.
    Finished,
    /// All logs were read at the end of a run.
    Audited,
    /// The node stopped itself.
    Halted {
        /// Why, for people.
        reason: String,
    },
    /// User code panicked while it handled a record.
    Panicked {
        /// The record.
        id: MessageId,
        /// The panic's message.
        message: String,
    },
    /// A handler awaited something that this lab did not give it: the run ends, since what comes of it says nothing of the system.
    ForeignAwait {
        /// The record.
        id: MessageId,
        /// What it was, for people.
        what: String,
    },
    /// A coverage mark.
    Mark(Mark),
}

/// An observation with its time, as the `broker` process writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Microseconds of the wall clock since the Unix epoch.
    pub time: Micros,
    /// The node that saw it.
    pub node: NodeId,
    /// What it saw.
    pub observation: Observation,
}
