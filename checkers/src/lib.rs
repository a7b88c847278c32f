//! Judges a recorded history of a message queue: was anything lost, doubled or reordered, on which path, and which fault was
//! to blame? Knows nothing of any broker: a history recorded from Kafka is judged by the same checkers.

mod history;
mod verdict;

pub use history::{
    DropReason, Entry, Event, MessageId, Name, Names, Offset, Phase, Stamp, Time, TopicPartition,
};
pub use verdict::{Anomaly, Culprit, Kind, Path, Validity, Verdict};
