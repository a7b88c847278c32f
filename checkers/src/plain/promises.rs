//! What whoever wrote a log says about it, because it cannot show it.

use super::clock::TimeUnit;
use super::mapping::Mapping;

/// What is said about a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promises {
    /// What its columns and words mean.
    pub mapping: Mapping,
    /// What its times count.
    pub time_unit: Option<TimeUnit>,
    /// In the end the queue was read until it was empty, by every group.
    pub drained: bool,
    /// All clients that dequeue share the messages.
    pub one_group: bool,
    /// A dequeue settles what it takes; there are no acks.
    pub auto_ack: bool,
    /// The queue is first in, first out, within a key where lines tell one.
    pub fifo: bool,
}
