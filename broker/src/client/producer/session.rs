//! The sequence of an idempotent producer at one topic partition.

use crate::ProducerStamp;

/// A producer id, an epoch of it, and how many records were numbered in that epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Session {
    producer: u64,
    epoch: u16,
    next_sequence: u32,
}

impl Session {
    pub(super) fn new(producer: u64) -> Self {
        Session { producer, epoch: 0, next_sequence: 0 }
    }

    /// The session after this one; `None` when the id has no epochs left.
    pub(super) fn next_epoch(self) -> Option<Self> {
        Some(Session { producer: self.producer, epoch: self.epoch.checked_add(1)?, next_sequence: 0 })
    }

    /// Numbers `count` records and returns the first number.
    pub(super) fn number(&mut self, count: u32) -> u32 {
        let first = self.next_sequence;
        self.next_sequence = first.wrapping_add(count);
        first
    }

    /// Takes back the numbers of `count` records from `first` on, if they were the last: nothing that was sent under them was stored,
    /// or will be.
    pub(super) fn take_back(&mut self, first: u32, count: u32) {
        if first.wrapping_add(count) == self.next_sequence {
            self.next_sequence = first;
        }
    }

    pub(super) fn stamp(self, sequence: u32) -> ProducerStamp {
        ProducerStamp { producer: self.producer, epoch: self.epoch, sequence }
    }
}
