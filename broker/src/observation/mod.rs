//! What nodes report of themselves for the history. Observations cost a node nothing but the telling: no behaviour depends
//! on them.

#[cfg(test)]
mod blank;
mod event;
mod mark;
mod row;
mod table;

use serde::{Deserialize, Serialize};

pub use event::{EventKind, EventSet, Frequency};
pub use mark::Mark;
pub use table::Observation;

use crate::{Micros, NodeId};

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
