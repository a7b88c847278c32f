//! What one consumer group was granted, settled and gave up.

use crate::{Name, Offset, Time};

/// A settlement that moved a group's position on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The first offset that is not settled.
    pub upto: Offset,
    /// When it was accepted, in microseconds of the run.
    pub time: Time,
}

/// What a group did with one log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Whether any member was ever granted it.
    pub granted: bool,
    /// Accepted settlements, each higher than the one before.
    pub settled: Vec<Settled>,
    /// The highest offset that may be settled: accepted, unknown, or still under way.
    pub perhaps: Offset,
}

impl Position {
    /// The first accepted settlement that covers an offset.
    #[must_use]
    pub fn covering(&self, offset: Offset) -> Option<Settled> {
        let at = self.settled.partition_point(|settled| settled.upto <= offset);
        self.settled.get(at).copied()
    }

    pub(super) fn settle(&mut self, upto: Offset, time: Time) {
        self.perhaps = self.perhaps.max(upto);
        if self.settled.last().is_none_or(|last| last.upto < upto) {
            self.settled.push(Settled { upto, time });
        }
    }
}

/// One consumer group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: Name,
    /// Its position in each log, by the log's index; may be shorter than the list of logs.
    pub positions: Vec<Position>,
    /// Indexes of the sinks its members called.
    pub sinks: Vec<u32>,
    /// The messages it put aside; sorted once the ledger is closed.
    pub dead: Vec<u32>,
}

impl Group {
    pub(super) fn new(name: Name) -> Self {
        Group { name, positions: Vec::new(), sinks: Vec::new(), dead: Vec::new() }
    }

    pub(super) fn position(&mut self, log: u32) -> &mut Position {
        let log = log as usize;
        if log >= self.positions.len() {
            self.positions.resize_with(log + 1, Position::default);
        }
        &mut self.positions[log]
    }

    /// Whether it put this message aside; only once the ledger is closed.
    #[must_use]
    pub fn dead_lettered(&self, slot: u32) -> bool {
        self.dead.binary_search(&slot).is_ok()
    }
}
