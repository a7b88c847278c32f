//! The verdict: what is wrong, on which path, resting on which records, and which fault was near.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Waited;

/// How a judgement ends. The order matters: the worst of several wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    /// Every promise was kept.
    #[default]
    Valid,
    /// A checker could not look.
    Unknown,
    /// A promise was broken.
    Invalid,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The user was told "done", and the message is in no log and was never acknowledged by a broker.
    LostIntent,
    /// A broker acknowledged it, and it is in no log.
    LostAcked,
    /// A settlement was acknowledged, and later a member of the group was told that it stands lower.
    LostSettlement,
    /// A group settled it, and its effect never happened.
    LostUnprocessed,
    /// It is in the log twice.
    DuplicateLog,
    /// Its effect happened twice.
    DuplicateEffect,
    /// The log's order is not the order of the intents of one producer and key.
    ReorderLog,
    /// A consumer was handed a log's records out of order.
    ReorderDelivery,
    /// The effects of one key happened in another order than the log's.
    ReorderEffect,
    /// Somebody was told that something certainly had not happened, and it had.
    FalseFailure,
    /// An acknowledgement named a place at which the record never stood.
    MisplacedAck,
    /// A broker that nothing had struck closed a connection instead of answering: whether it stored the record stays unknown.
    NeedlessDoubt,
    /// An effect, delivery or log entry nobody intended.
    Phantom,
    /// A record was delivered and is not in the final log.
    DirtyRead,
    /// A replica that may be elected lacks what was called safe.
    Incomplete,
    /// Two replicas hold different records below the high watermark, or one offset was delivered with two values.
    Diverged,
    /// Two owners of one thing were accepted at once.
    SplitBrain,
    /// A replica took back what it had called safe.
    WatermarkRegress,
    /// A broker acted in an epoch of a log that it had seen pass.
    EpochRegress,
    /// A message was handed out or acknowledged before any leader had appended it.
    Unaccounted,
    /// A group's settlement went back, without anybody having settled less in a later generation.
    CommitRegress,
    /// A group's settlement lies beyond the end of the log.
    CommitPastEnd,
    /// A group settled what had not taken effect yet.
    CommittedTooFar,
    /// A group settled what none of its members was ever handed.
    Skipped,
    /// In the end a sink holds an older fact of a key than it once held.
    Stale,
    /// Some sinks of a group hold what others do not.
    Partial,
    /// More than a declared limit allows: effects in a window of time, or records waiting.
    Overrun,
    /// No progress for longer than was promised, while at most one thing was lost.
    Unavailable,
    /// Nothing was wrong, and a send ended with an unknown outcome.
    Unresolved,
    /// A record came back to its handler sooner than any handler of the group asks for.
    EagerRetry,
    /// A leader wanted a follower out of the in-sync set that had kept up with it.
    NeedlessShrink,
    /// No progress after all faults were healed.
    Stuck,
    /// User code or a node panicked.
    Panicked,
}

/// On which of the three ways a message went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Path {
    /// Before a broker promised anything.
    Producer,
    /// Between the broker's promise and the consumer.
    Broker,
    /// After the broker handed it out.
    Consumer,
}

/// One broken promise, with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Anomaly {
    /// What went wrong.
    pub kind: Kind,
    /// Where.
    pub path: Path,
    /// The messages it rests on, by their text ids; the first is the one the sentence is about.
    pub messages: Vec<String>,
    /// The fault nearest in time: the last before it, or of a loss the first after the promise. It may have nothing to do with it.
    pub nearest_fault: Option<NearestFault>,
    /// One sentence for people.
    pub sentence: String,
}

/// The fault that was near to an anomaly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NearestFault {
    /// The fault's name in files.
    pub fault: String,
    /// What it struck.
    pub target: String,
    /// When, in microseconds of the run.
    pub time: u64,
}

/// What all checkers together found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Verdict {
    /// The worst of all.
    pub validity: Validity,
    /// Every broken promise, in the order of kind, path and message.
    pub anomalies: Vec<Anomaly>,
    /// Why a checker could not look, one sentence each.
    pub unknown: Vec<String>,
    /// How long was waited, where a cluster promised how long that may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<Waited>,
}

impl Verdict {
    /// The different anomalies, without their evidence.
    #[must_use]
    pub fn classes(&self) -> BTreeSet<(Kind, Path)> {
        self.anomalies.iter().map(|anomaly| (anomaly.kind, anomaly.path)).collect()
    }
}

macro_rules! kebab {
    ($type:ident { $($variant:ident = $text:literal,)* }) => {
        impl $type {
            /// Every value.
            pub const ALL: &[$type] = &[$($type::$variant,)*];

            /// Its name in files and on the command line.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $text,)* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

kebab!(Validity { Valid = "valid", Unknown = "unknown", Invalid = "invalid", });
kebab!(Path { Producer = "producer", Broker = "broker", Consumer = "consumer", });
kebab!(Kind {
    LostIntent = "lost-intent",
    LostAcked = "lost-acked",
    LostSettlement = "lost-settlement",
    LostUnprocessed = "lost-unprocessed",
    DuplicateLog = "duplicate-log",
    DuplicateEffect = "duplicate-effect",
    ReorderLog = "reorder-log",
    ReorderDelivery = "reorder-delivery",
    ReorderEffect = "reorder-effect",
    FalseFailure = "false-failure",
    MisplacedAck = "misplaced-ack",
    NeedlessDoubt = "needless-doubt",
    Phantom = "phantom",
    DirtyRead = "dirty-read",
    Incomplete = "incomplete",
    Diverged = "diverged",
    SplitBrain = "split-brain",
    WatermarkRegress = "watermark-regress",
    EpochRegress = "epoch-regress",
    Unaccounted = "unaccounted",
    CommitRegress = "commit-regress",
    CommitPastEnd = "commit-past-end",
    CommittedTooFar = "committed-too-far",
    Skipped = "skipped",
    Stale = "stale",
    Partial = "partial",
    Overrun = "overrun",
    Unavailable = "unavailable",
    Unresolved = "unresolved",
    EagerRetry = "eager-retry",
    NeedlessShrink = "needless-shrink",
    Stuck = "stuck",
    Panicked = "panicked",
});
