//! Judges a recorded history of a message queue: was anything lost, doubled or reordered, on which path, and which fault was
//! near? Knows nothing of any broker: a history recorded from Kafka is judged by the same checkers.

#[cfg(test)]
mod arbitrary;
mod checker;
#[cfg(feature = "files")]
mod edn;
pub mod fifo;
#[cfg(feature = "files")]
pub mod files;
#[cfg(feature = "files")]
pub mod graph;
mod history;
#[cfg(feature = "files")]
pub mod jepsen;
mod judge;
pub mod ledger;
#[cfg(feature = "files")]
mod manual;
mod nearest;
#[cfg(feature = "files")]
pub mod plain;
#[cfg(test)]
mod planted;
mod property;
mod report;
#[cfg(test)]
mod story;
mod struck;
mod value;
mod verdict;
mod waited;

pub use checker::{Case, Checker, Evidence, Findings, SHOWN};
pub use history::{
    Course, Disposition, DropReason, Entry, Event, EventKind, Members, MessageId, Name, Names, Offset, Phase,
    Reach, Scope, Stamp, Time, TopicPartition, Wanted,
};
pub use judge::{Judge, judge};
pub use ledger::Ledger;
#[cfg(feature = "files")]
pub use manual::manual;
pub use nearest::{Faults, Near, Nearness, Strike};
pub use property::{
    Availability, Backlog, EagerRetry, GroupPromise, LogPromise, Lost, Rate, Unavailable, Unresolved, Within,
    all, beyond, evidence,
};
pub use report::{Finding, Judged, Report, WITNESSES, Witness};
pub use value::Value;
pub use verdict::{Anomaly, Kind, NearestFault, Path, Validity, Verdict};
pub use waited::Waited;
