//! One log as the history shows it at the end, and the groups' and sinks' view of it.

use crate::{Name, Offset, Stamp, Time, TopicPartition};

/// One record of a final log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its offset.
    pub offset: Offset,
    /// Index of its message in [`Ledger::messages`](crate::Ledger::messages).
    pub slot: u32,
    /// The producer's stamp, where it was idempotent.
    pub stamp: Option<Stamp>,
}

/// One final log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Which.
    pub id: TopicPartition,
    /// Its records; by offset once the ledger is closed.
    pub records: Vec<Record>,
    /// The newest epoch in which anything was appended to it.
    pub newest_epoch: u32,
}

impl Log {
    pub(super) fn new(id: TopicPartition) -> Self {
        Log { id, records: Vec::new(), newest_epoch: 0 }
    }

    /// The final read may have been recorded in any order, and twice.
    pub(super) fn close(&mut self) {
        self.records.sort_by_key(|record| (record.offset, record.slot));
        self.records.dedup_by_key(|record| (record.offset, record.slot));
    }

    /// Whether the final read has been recorded already, and did not come to this offset.
    pub(super) fn was_read_below(&self, offset: Offset) -> bool {
        self.records.iter().map(|record| record.offset).max().is_some_and(|last| last < offset)
    }

    /// Whether the closed log holds this message at this offset.
    #[must_use]
    pub fn holds(&self, offset: Offset, slot: u32) -> bool {
        let record = |record: &Record| (record.offset, record.slot);
        // In a log without gaps a record stands where its offset says.
        let first = self.records.first().map_or(0, |first| first.offset);
        let straight =
            offset.checked_sub(first).and_then(|place| self.records.get(usize::try_from(place).ok()?));
        straight.is_some_and(|straight| record(straight) == (offset, slot))
            || self.records.binary_search_by_key(&(offset, slot), record).is_ok()
    }
}

/// A record that was handed to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Polled {
    /// Index of the log.
    pub log: u32,
    /// The offset there.
    pub offset: Offset,
    /// Index of the message.
    pub slot: u32,
    /// The group.
    pub group: Name,
    /// When, in microseconds of the run.
    pub time: Time,
}

/// What one replica held at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// Index of the log.
    pub log: u32,
    /// The high watermark it knew.
    pub watermark: Offset,
    /// The hash of all below.
    pub hash: u64,
    /// The replica's broker.
    pub process: Name,
}

/// The end of an incarnation, by its own doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt {
    /// When, in microseconds of the run.
    pub time: Time,
    /// Who.
    pub process: Name,
    /// What it said.
    pub reason: String,
}
