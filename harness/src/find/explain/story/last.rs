//! Who had the last copy of a record.

use std::collections::{BTreeMap, BTreeSet};

use checkers::{Name, Time};

/// Who has lost a record, and by when.
#[derive(Default)]
pub(super) struct LastCopy {
    /// When, and how often it was looked: of two moments that are one the later look counts.
    lost: BTreeMap<Name, (Time, usize)>,
    holders: BTreeSet<Name>,
    looks: usize,
}

impl LastCopy {
    /// Learns who has it now. Whoever has it no more lost it by this moment.
    pub(super) fn see(&mut self, holders: BTreeSet<Name>, moment: Time) {
        self.looks += 1;
        let gone = self.holders.difference(&holders).map(|&holder| (holder, (moment, self.looks)));
        self.lost.extend(gone);
        self.lost.retain(|holder, _| !holders.contains(holder));
        self.holders = holders;
    }

    /// Where nobody has it any more: who lost it last, and by when.
    pub(super) fn told(&self) -> Option<(Name, Time)> {
        let lost = self.lost.iter().max_by_key(|(_, when)| **when);
        lost.filter(|_| self.holders.is_empty()).map(|(&holder, &(time, _))| (holder, time))
    }
}
