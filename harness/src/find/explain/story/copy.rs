//! One broker's copy of one log, and what a loss of power can do to it.

use std::collections::BTreeMap;

use checkers::{MessageId, Offset, Time};

type Records = BTreeMap<Offset, MessageId>;

/// What a broker has of a log.
#[derive(Clone, Debug, Default)]
pub(super) struct Copy {
    records: Records,
    /// What it was before each cut: one that was not synced is undone when the power goes.
    before_cuts: Vec<Records>,
    /// Since when nobody knows what is left of it: the power went, and the disk has not been read since.
    pub(super) dark: Option<Time>,
}

impl Copy {
    /// Everywhere that a record lies.
    pub(super) fn offsets(&self, id: MessageId) -> Vec<Offset> {
        let lies = self.records.iter().filter(|(_, held)| **held == id);
        lies.map(|(offset, _)| *offset).collect()
    }

    /// What lies at an offset.
    pub(super) fn at(&self, offset: Offset) -> Option<MessageId> {
        self.records.get(&offset).copied()
    }

    /// Where it ends.
    pub(super) fn end(&self) -> Offset {
        end(&self.records)
    }

    pub(super) fn append(&mut self, offset: Offset, id: MessageId) {
        self.records.insert(offset, id);
    }

    /// Takes over what another copy has up to an end.
    pub(super) fn take_over(&mut self, theirs: &Copy, upto: Offset) {
        let from = self.end();
        if from < upto {
            self.records.extend(theirs.records.range(from..upto).map(|(offset, id)| (*offset, *id)));
        }
    }

    pub(super) fn cut(&mut self, to: Offset) {
        let before = self.records.clone();
        if self.records.split_off(&to).is_empty() {
            return;
        }
        self.before_cuts.push(before);
    }

    /// What the disk is found to have. Where that is more than was left, the last cuts never reached it.
    pub(super) fn recover(&mut self, found: Offset) {
        self.dark = None;
        while end(&self.records) < found
            && let Some(before) = self.before_cuts.pop()
        {
            self.records = before;
        }
        self.records.split_off(&found);
    }
}

fn end(records: &Records) -> Offset {
    records.last_key_value().map_or(0, |(last, _)| last + 1)
}
