//! What is certainly in the queue, and since when.

use super::{NEVER, Number};

/// How many values are certainly in the queue, and since when without a break.
#[derive(Default)]
pub(super) struct Presence {
    count: u64,
    /// The last event after which the queue may have been empty.
    last_empty: u32,
    /// By empty dequeue: when it began.
    empties: Vec<u32>,
}

impl Presence {
    pub(super) fn enter(&mut self) {
        self.count += 1;
    }

    pub(super) fn leave(&mut self, at: u32) {
        self.count = self.count.saturating_sub(1);
        if self.count == 0 {
            self.last_empty = at;
        }
    }

    pub(super) fn empty_invoked(&mut self, number: Number, at: u32) {
        let number = number as usize;
        if number >= self.empties.len() {
            self.empties.resize(number + 1, NEVER);
        }
        self.empties[number] = at;
        if self.count == 0 {
            self.last_empty = at;
        }
    }

    /// Whether there was a value at every moment since this dequeue began. Had there been none when it began, `last_empty` would
    /// be that moment; had the last one left since, it would be that one.
    pub(super) fn held_throughout(&self, number: Number) -> bool {
        let begun = self.empties.get(number as usize);
        self.count > 0 && begun.is_some_and(|&begun| begun != NEVER && self.last_empty < begun)
    }
}
