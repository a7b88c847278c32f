//! The history: what a run recorded, one entry after another in the order of time, in the shape Jepsen users know.
//!
//! In memory an entry is a small typed value; names are numbers into [`Names`]. A file holds the same as JSON lines
//! (feature `files`).

mod event;
mod field;
mod kind;
mod names;
mod reach;
mod settlement;

#[cfg(feature = "files")]
pub(crate) use event::every_event;
pub use event::{Event, EventKind};
pub use kind::Wanted;
pub use names::{MessageId, Names};
pub use reach::{Course, Reach};
pub use settlement::{Disposition, Scope};

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

impl Entry {
    /// Gives every name the number that stands at its own number.
    #[cfg(feature = "files")]
    pub(crate) fn rename(&mut self, numbers: &[u32]) {
        field::Field::rename(&mut self.process, numbers);
        self.event.rename(numbers);
    }
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
