//! The history: what a run recorded, one entry after another in the order of time, in the shape Jepsen users know.
//!
//! In memory an entry is a small typed value; names are numbers into [`Names`]. A file holds the same as JSON lines
//! (feature `files`).

mod kind;
mod names;
mod reach;
#[cfg(feature = "files")]
mod rename;

pub use kind::{EventKind, Wanted};
pub use names::{MessageId, Names};
pub use reach::{Course, Reach};

use serde::{Deserialize, Serialize};

/// Microseconds of the run.
pub type Time = u64;

/// Position in a log, from 0.
pub type Offset = u64;

/// A process, topic, group or sink: a number into [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub u32);

/// One replicated log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic.
    pub topic: Name,
    /// The partition, from 0.
    pub partition: u32,
}

/// How an entry relates to its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// It began.
    Invoke,
    /// It took effect.
    Ok,
    /// It certainly did not take effect.
    Fail,
    /// Unknown: it may take effect later or never. Observations are always `info`.
    Info,
}

/// Where a batch stands in an idempotent producer's sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// The producer id.
    pub producer: u64,
    /// Its epoch.
    pub epoch: u16,
    /// The sequence number of the first record.
    pub sequence: u32,
}

/// One line of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Microseconds of the run.
    pub time: Time,
    /// Who did or saw it.
    pub process: Name,
    /// What.
    pub event: Event,
}

/// What can stand in a history. Operations carry a phase; everything else is an observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A producer's send of one record, over all its retries.
    Send {
        /// Begun, or how it ended.
        phase: Phase,
        /// The record.
        id: MessageId,
        /// The log it was sent to.
        log: TopicPartition,
        /// The offset the broker acknowledged. Many brokers acknowledge without telling one (RabbitMQ, SQS).
        offset: Option<Offset>,
        /// Whether the producer awaits an acknowledgement. With `acks=0` it does not, and `ok` promises nothing of a broker's;
        /// in files such a send carries `"acks":0`.
        awaits_ack: bool,
    },
    /// A broker closed the connection on which a producer awaited its answer about a record, one for each attempt. The process is
    /// the producer's.
    HungUp {
        /// The log it was sent to.
        log: TopicPartition,
        /// The record.
        id: MessageId,
        /// The broker.
        by: Name,
    },
    /// A record was handed to the application. In files an operation with phase `ok`.
    Poll {
        /// The group.
        group: Name,
        /// The log.
        log: TopicPartition,
        /// The offset.
        offset: Offset,
        /// The record.
        id: MessageId,
    },
    /// A consumer's settlement of all offsets below `upto`.
    Settle {
        /// Begun, or how it ended.
        phase: Phase,
        /// The group.
        group: Name,
        /// The log.
        log: TopicPartition,
        /// The first offset that is not settled.
        upto: Offset,
        /// The generation the consumer believes in.
        generation: u64,
    },
    /// A consumer's call to a sink.
    Effect {
        /// Begun, or how it ended.
        phase: Phase,
        /// The sink.
        sink: Name,
        /// The record.
        id: MessageId,
    },
    /// A business fact that should become a message.
    Intent {
        /// The fact.
        id: MessageId,
        /// Facts with one key must take effect in the order of their intents.
        key: u64,
    },
    /// The user was told "done".
    Answered {
        /// The fact.
        id: MessageId,
    },
    /// A leader appended a record.
    Append {
        /// The log.
        log: TopicPartition,
        /// The offset.
        offset: Offset,
        /// The leader's epoch.
        epoch: u32,
        /// The record.
        id: MessageId,
    },
    /// A leader moved the high watermark.
    Watermark {
        /// The log.
        log: TopicPartition,
        /// The first offset not yet safe.
        offset: Offset,
    },
    /// A replica, leading or following, says that everything below an offset is safe, and what it holds there. The process is the
    /// replica's broker.
    Committed {
        /// The log.
        log: TopicPartition,
        /// The epoch in which it leads or follows.
        epoch: u32,
        /// The first offset not yet safe.
        watermark: Offset,
        /// A hash over all below it; equal where the same is held.
        hash: u64,
    },
    /// A leader asks for a follower to leave the in-sync set, because it has lagged for too long. The process is the leader.
    Laggard {
        /// The log.
        log: TopicPartition,
        /// The follower.
        follower: Name,
        /// How long a follower may lag, in microseconds.
        lag: Time,
    },
    /// A follower took over what its leader had. The process is the follower's broker.
    Replicated {
        /// The log.
        log: TopicPartition,
        /// Its log end now.
        end: Offset,
    },
    /// It was decided which replicas may be elected to lead a log. The process is the controller.
    Members {
        /// The log.
        log: TopicPartition,
        /// Which.
        members: Box<Members>,
    },
    /// A broker was told that it is registered anew: what is decided from now on counts on what it holds. The process is the controller.
    Registered {
        /// The broker.
        broker: Name,
    },
    /// A broker began to lead.
    Lead {
        /// The log.
        log: TopicPartition,
        /// Its epoch.
        epoch: u32,
    },
    /// A replica cut its log.
    Truncate {
        /// The log.
        log: TopicPartition,
        /// The end before.
        from: Offset,
        /// The end that remains.
        to: Offset,
    },
    /// A replica came up and read its log.
    Recover {
        /// The log.
        log: TopicPartition,
        /// The end found.
        end: Offset,
        /// Bytes of a damaged tail that were dropped.
        dropped_bytes: u64,
    },
    /// The ground truth: a sink changed its state because of this record. The process is the sink.
    Apply {
        /// The record.
        id: MessageId,
    },
    /// A consumer was given a topic partition.
    Grant {
        /// The group.
        group: Name,
        /// The log.
        log: TopicPartition,
        /// The generation.
        generation: u64,
    },
    /// A consumer was told where its group stands: everything below is settled, whether or not whoever settled it heard so.
    Position {
        /// The group.
        group: Name,
        /// The log.
        log: TopicPartition,
        /// The first offset that is not settled.
        settled: Offset,
    },
    /// A consumer gave a topic partition up.
    Revoke {
        /// The group.
        group: Name,
        /// The log.
        log: TopicPartition,
        /// The generation.
        generation: u64,
    },
    /// A record was given up on purpose.
    Drop {
        /// The record.
        id: MessageId,
        /// Why: `delivery-timeout`, `refused`, ...
        reason: DropReason,
    },
    /// A record was put aside for people.
    DeadLetter {
        /// The group that could not handle it.
        group: Name,
        /// The record.
        id: MessageId,
    },
    /// One record of a log as it stands at the end. The final read of a log ends with [`Event::Audited`].
    Logged {
        /// The log.
        log: TopicPartition,
        /// The offset.
        offset: Offset,
        /// The record.
        id: MessageId,
        /// The producer's stamp, where it was idempotent.
        stamp: Option<Stamp>,
    },
    /// What one replica holds at the end. The process is the replica's broker.
    Digest {
        /// The log.
        log: TopicPartition,
        /// The high watermark it knows.
        watermark: Offset,
        /// A hash over all batches below it.
        hash: u64,
    },
    /// Every log was read to its end after healing: what is not `Logged` is in no log.
    Audited,
    /// A fault struck or was healed. The process is the nemesis.
    Fault {
        /// The fault's name in files, `crash` for example.
        fault: Name,
        /// What it struck, in words.
        target: Name,
        /// Struck, or healed.
        healed: bool,
        /// How far it reached; `None` for a healing, and where whoever recorded it did not say.
        reach: Option<Box<Reach>>,
    },
    /// A client's incarnation begins: what the one before left open has no known outcome.
    Began,
    /// All faults are healed and all nodes are up; from here on things must come to rest.
    Healed,
    /// A node stopped itself, or user code panicked. Ends its incarnation.
    Halted {
        /// What it said.
        reason: String,
    },
}

/// The replicas of a log that may be elected to lead it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// The in-sync set.
    pub in_sync: Vec<Name>,
    /// Who left that set while too few were in sync, and still holds all that was acknowledged to `acks=all` (KIP-966).
    pub eligible: Vec<Name>,
}

impl Members {
    /// Whether a replica is in either set.
    #[must_use]
    pub fn contains(&self, replica: Name) -> bool {
        self.in_sync.contains(&replica) || self.eligible.contains(&replica)
    }

    /// Whether any replica but this one is in either set.
    #[must_use]
    pub fn others(&self, replica: Name) -> bool {
        self.in_sync.iter().chain(&self.eligible).any(|&member| member != replica)
    }
}

/// Why a record was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DropReason {
    /// The producer's delivery timeout ran out.
    DeliveryTimeout,
    /// The broker refused it for good.
    Refused,
    /// It outlived its time to live.
    Expired,
    /// The queue was full.
    Overflow,
}

impl Event {
    /// The message that it is about, if it is about one.
    #[must_use]
    pub fn message(&self) -> Option<MessageId> {
        match *self {
            Event::Send { id, .. }
            | Event::HungUp { id, .. }
            | Event::Poll { id, .. }
            | Event::Effect { id, .. }
            | Event::Intent { id, .. }
            | Event::Answered { id }
            | Event::Append { id, .. }
            | Event::Apply { id }
            | Event::Drop { id, .. }
            | Event::DeadLetter { id, .. }
            | Event::Logged { id, .. } => Some(id),
            _ => None,
        }
    }
}
