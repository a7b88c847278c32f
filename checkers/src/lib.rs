//! Judges a recorded history of a message queue: was anything lost, doubled or reordered, on which path, and which fault was
//! to blame? Knows nothing of any broker: a history recorded from Kafka is judged by the same checkers.

mod culprit;
mod delivery;
mod divergence;
mod duplicates;
mod history;
mod judge;
mod ledger;
mod loss;
mod order;
mod ownership;
mod panics;
mod phantom;
mod progress;
mod verdict;

pub use history::{
    DropReason, Entry, Event, MessageId, Name, Names, Offset, Phase, Stamp, Time, TopicPartition,
};
pub use judge::Judge;
pub use verdict::{Anomaly, Culprit, Kind, Path, Validity, Verdict};
/// stub
#[cfg(feature = "files")]
pub mod files {
    /// stub
    pub fn write(
        _out: &mut Vec<u8>,
        _names: &crate::Names,
        _entries: &[crate::Entry],
    ) -> std::io::Result<()> {
        Ok(())
    }
}
