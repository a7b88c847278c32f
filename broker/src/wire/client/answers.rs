//! What a broker's answers to a client are made of, and why it refuses.

use serde::{Deserialize, Serialize};

use crate::log::Batch;
use crate::{Generation, Offset};

/// Names one member of a group over its rebalances; chosen by the coordinator.
pub type MemberId = u64;

/// What a fetch found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// Whole batches in order; the first may begin below the offset asked for. Empty when there is nothing new.
    pub batches: Vec<Batch>,
    /// The leader's high watermark.
    pub watermark: Offset,
}

/// A membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Joined {
    /// The member's id from now on.
    pub member: MemberId,
    /// The generation it is in.
    pub generation: Generation,
}

/// Why a produce request was not acknowledged. It says *not stored* or *unknown*, never something in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProduceError {
    /// The records are in no log because of this request.
    NotStored(Refusal),
    /// The records were appended, and whether they stay is not known.
    Unknown(Doubt),
}

/// Why nothing was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Refusal {
    /// This broker does not lead the topic partition.
    NotLeader,
    /// Too few replicas are in sync.
    NotEnoughReplicas,
    /// A sequence number before this one is missing.
    SequenceGap,
    /// The sequence number is below what the leader still remembers, so it cannot tell whether it has the batch.
    SequenceForgotten,
    /// A newer epoch of this producer id exists.
    StaleProducerEpoch,
}

/// Why the fate of appended records is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Doubt {
    /// The leader lost its leadership before the records were replicated.
    LeadershipLost,
    /// The in-sync set shrank below the minimum before the records were replicated.
    NotEnoughReplicas,
}

/// Why a fetch was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FetchError {
    /// This broker does not lead the topic partition.
    NotLeader,
    /// The offset lies beyond the end of the log, which is here.
    OutOfRange {
        /// The end of the leader's log.
        end: Offset,
    },
}

/// Why the coordinator refused. Nothing was changed, except with `Unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GroupError {
    /// This broker does not coordinate the group.
    NotCoordinator,
    /// No such member; join again.
    UnknownMember,
    /// The generation has passed; join again.
    StaleGeneration,
    /// A rebalance is under way; join again.
    Rebalancing,
    /// Too few replicas of the offsets log are in sync.
    NotEnoughReplicas,
    /// The commit was appended, and whether it stays is not known.
    Unknown,
}
