//! Marks: places in the code worth striking at, and worth having been at. A mark that nobody listens for is not recorded at all.

use serde::{Deserialize, Serialize};

use super::Frequency;

/// A mark comes seldom, unless it is said to come otherwise.
macro_rules! frequency {
    () => {
        Frequency::Seldom
    };
    ($frequency:ident) => {
        Frequency::$frequency
    };
}

macro_rules! marks {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal $($frequency:ident)?,)*) => {
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

            /// How often it comes to pass in a run.
            #[must_use]
            pub fn frequency(self) -> Frequency {
                match self { $(Mark::$name => frequency!($($frequency)?),)* }
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
    AppendBeforeAck = "append-before-ack" Often,
    /// A leader acknowledges a record that no other replica holds yet.
    AckBeforeReplication = "ack-before-replication" ByPolicy,
    /// A leader acknowledges a record that no disk holds for certain yet.
    AckBeforeSync = "ack-before-sync" ByPolicy,
    /// A follower appended a record that is not below the high watermark yet.
    ReplicatedBeforeWatermark = "replicated-before-watermark" Often,
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
    /// A leader proposes other voters.
    ChangeVoters = "change-voters",
    /// The controller elects a leader, or a replica becomes a candidate.
    ElectionStarted = "election-started",
    /// The controller gives up on a broker that sent no heartbeat.
    FenceBroker = "fence-broker",
    /// A broker heard that the controller has registered its incarnation.
    RegisterBroker = "register-broker",
    /// A consumer commits a record whose effect has not been confirmed.
    CommitBeforeEffect = "commit-before-effect" ByPolicy,
    /// An effect was confirmed and its offset is not committed.
    EffectBeforeCommit = "effect-before-commit" ByPolicy,
    /// The coordinator refuses a commit of an old generation.
    RefuseStaleGeneration = "refuse-stale-generation",
    /// A group got a new generation.
    RebalanceStarted = "rebalance-started",
    /// A producer sends a batch for the first time; its users wait for the answer.
    SendBeforeAnswer = "send-before-answer" Often,
    /// A producer sends a batch again.
    RetrySend = "retry-send",
    /// A producer gave up its sequence and starts a new producer epoch.
    BumpProducerEpoch = "bump-producer-epoch",
    /// A sink refuses an effect: everything is refused just now, or this record always.
    RefuseEffect = "refuse-effect",
    /// A replica cuts off the beginning of a log whose newest record says everything.
    TakeSnapshot = "take-snapshot",
    /// A replica discards its log and begins anew with its leader's snapshot.
    InstallSnapshot = "install-snapshot",
}
