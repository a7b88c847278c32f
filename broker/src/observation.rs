//! What nodes report of themselves for the history. Observations cost a node nothing but the telling: no behaviour depends
//! on them.

use serde::{Deserialize, Serialize};

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
        /// Where it went, or (with `ok`) lies, where known. An acknowledgement of acks 0 knows no offset.
        topic_partition: TopicPartition,
        /// The offset the broker acknowledged.
        offset: Option<Offset>,
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
    /// A broker began to lead.
    Lead {
        /// The log.
        topic_partition: TopicPartition,
        /// Its epoch.
        epoch: Epoch,
        /// Its log end at that moment.
        end: Offset,
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
    /// A handler awaited something that this lab did not give it.
    ForeignAwait {
        /// The record.
        id: MessageId,
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

macro_rules! marks {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal,)*) => {
        /// A place in the code worth striking at; schedules name them as events.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Mark { $($(#[doc = $doc])* $name,)* }

        impl Mark {
            /// Every mark.
            pub const ALL: &[Mark] = &[$(Mark::$name,)*];

            /// What it says, in a sentence.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Mark::$name => concat!($($doc),*).trim_ascii_start(),)* }
            }

            /// Its name in files and on the command line.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Mark::$name => $text,)* }
            }
        }
    };
}

marks! {
    /// A leader has appended a record that somebody waits for.
    AppendBeforeAck = "append-before-ack",
    /// A leader acknowledges a record that no other replica holds yet.
    AckBeforeReplication = "ack-before-replication",
    /// A leader acknowledges a record that no disk holds for certain yet.
    AckBeforeSync = "ack-before-sync",
    /// A follower appended a record that is not below the high watermark yet.
    ReplicatedBeforeWatermark = "replicated-before-watermark",
    /// A leader refuses a produce request because a sequence number is missing before it.
    RefuseSequenceGap = "refuse-sequence-gap",
    /// A leader recognises a batch it already holds and answers without appending.
    RecogniseDuplicate = "recognise-duplicate",
    /// A leader refuses a produce request because too few replicas are in sync.
    RefuseMinIsr = "refuse-min-isr",
    /// A leader answers a fetch whose epoch lineage differs from its own.
    FetchDiverges = "fetch-diverges",
    /// A leader asks for a replica to leave the in-sync set.
    ShrinkIsr = "shrink-isr",
    /// A leader asks for a replica to enter the in-sync set.
    ExpandIsr = "expand-isr",
    /// The controller elects a leader.
    ElectionStarted = "election-started",
    /// The controller gives up on a broker that sent no heartbeat.
    FenceBroker = "fence-broker",
    /// A consumer commits a record whose effect has not been confirmed.
    CommitBeforeEffect = "commit-before-effect",
    /// An effect was confirmed and its offset is not committed.
    EffectBeforeCommit = "effect-before-commit",
    /// The coordinator refuses a commit of an old generation.
    RefuseStaleGeneration = "refuse-stale-generation",
    /// A group got a new generation.
    RebalanceStarted = "rebalance-started",
    /// A producer sends a batch for the first time; its users wait for the answer.
    SendBeforeAnswer = "send-before-answer",
    /// A producer sends a batch again.
    RetrySend = "retry-send",
    /// A producer gave up its sequence and starts a new producer epoch.
    BumpProducerEpoch = "bump-producer-epoch",
}

impl Observation {
    /// The name of this kind of observation, or of the mark, as schedules name it.
    #[must_use]
    pub fn event(&self) -> &'static str {
        match self {
            Observation::Intent { .. } => "intent",
            Observation::Answered { .. } => "answered",
            Observation::Send { phase, .. } => phase.pick(["send", "send-ok", "send-fail", "send-info"]),
            Observation::Poll { .. } => "poll",
            Observation::Settle { phase, .. } => {
                phase.pick(["settle", "settle-ok", "settle-fail", "settle-info"])
            }
            Observation::Effect { phase, .. } => {
                phase.pick(["effect", "effect-ok", "effect-fail", "effect-info"])
            }
            Observation::Apply { .. } => "apply",
            Observation::Append { .. } => "append",
            Observation::Watermark { .. } => "watermark",
            Observation::Lead { .. } => "lead",
            Observation::Truncate { .. } => "truncate",
            Observation::Recover { .. } => "recover",
            Observation::Grant { .. } => "grant",
            Observation::Position { .. } => "position",
            Observation::Revoke { .. } => "revoke",
            Observation::Drop { .. } => "drop",
            Observation::Logged { .. } => "logged",
            Observation::Digest { .. } => "digest",
            Observation::Began => "began",
            Observation::Finished => "finished",
            Observation::Audited => "audited",
            Observation::Halted { .. } => "halted",
            Observation::Panicked { .. } => "panicked",
            Observation::ForeignAwait { .. } => "foreign-await",
            Observation::Mark(mark) => mark.name(),
        }
    }

    /// Every name that [`Observation::event`] can give, and what it stands for, in the order people should read them.
    pub fn events() -> impl Iterator<Item = (&'static str, &'static str)> {
        OBSERVED.iter().copied().chain(Mark::ALL.iter().map(|mark| (mark.name(), mark.about())))
    }
}

const OBSERVED: &[(&str, &str)] = &[
    ("intent", "A business fact that should become a message, before any send."),
    ("answered", "The user was told \"done\"."),
    ("send", "A producer begins to send a record."),
    ("send-ok", "A producer has its record's acknowledgement."),
    ("send-fail", "A record was certainly not stored."),
    ("send-info", "Whether a record was stored stays unknown."),
    ("poll", "A record was handed to a consumer's handler."),
    ("settle", "A consumer begins to commit."),
    ("settle-ok", "A consumer's commit was accepted."),
    ("settle-fail", "A consumer's commit was refused."),
    ("settle-info", "Whether a consumer's commit was accepted stays unknown."),
    ("effect", "A consumer calls a sink."),
    ("effect-ok", "A sink answered that it did it."),
    ("effect-fail", "A sink answered that it did not."),
    ("effect-info", "Whether a sink did it stays unknown."),
    ("apply", "A sink changed its state because of a record."),
    ("append", "A leader appended a record."),
    ("watermark", "A leader moved the high watermark."),
    ("lead", "A broker began to lead."),
    ("truncate", "A replica cut its log."),
    ("recover", "A replica came up and read its log."),
    ("grant", "A consumer was given a topic partition."),
    ("position", "A consumer was told where its group stands."),
    ("revoke", "A consumer gave a topic partition up, or learned that it had lost it."),
    ("drop", "A record was given up on purpose, and the user was told."),
    ("logged", "One record of a log as it stands at the end of a run."),
    ("digest", "A log as it stands at the end of a run."),
    ("began", "A client's incarnation begins."),
    ("finished", "A producer is through with its load."),
    ("audited", "The auditor has read all logs."),
    ("halted", "A node stopped itself."),
    ("panicked", "A handler panicked."),
    ("foreign-await", "A handler awaited what its context does not give."),
];

impl Phase {
    fn pick(self, names: [&'static str; 4]) -> &'static str {
        match self {
            Phase::Invoke => names[0],
            Phase::Ok => names[1],
            Phase::Fail => names[2],
            Phase::Info => names[3],
        }
    }
}
