//! What a decision about a log may look at. Nothing else is known to a policy, so that the same log is run by any of them.

use smallvec::SmallVec;

use crate::Offset;

/// Up to so many members are seen without an allocation.
const USUAL: usize = 8;

/// What each member holds: an offset for each, below which it has everything.
pub type Ends = SmallVec<[Offset; USUAL]>;

/// A log as its leader sees it at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The leader holds everything below, by the rule of its flush.
    pub held: Offset,
    /// The high watermark.
    pub watermark: Offset,
    /// The log end at the beginning of the reign.
    pub begins_at: Offset,
    /// What each member is known to hold in this reign, the leader among them; 0 for one that has not been heard.
    pub ends: Ends,
    /// How many members there are by the last decision.
    pub members: usize,
    /// On how many brokers the log is kept.
    pub replicas: usize,
    /// How many members it takes for anything to be promised to who waits for all: min ISR; 0 where a majority decides.
    pub wanted: usize,
}

impl View {
    /// Whether whoever waits for all may be promised anything.
    #[must_use]
    pub fn has_enough(&self) -> bool {
        self.members >= self.wanted
    }

    /// Whether there are as many members as wanted, or all replicas where there are fewer than that.
    #[must_use]
    pub fn has_enough_of_those_there_are(&self) -> bool {
        self.members >= self.wanted.min(self.replicas)
    }
}

#[cfg(test)]
pub(super) mod any {
    use proptest::prelude::*;

    use super::View;

    /// Any view of a log with one to seven members.
    pub(crate) fn view() -> impl Strategy<Value = View> {
        let ends = prop::collection::vec(0..12_u64, 1..8);
        (ends, 0..12_u64, 0..12_u64, 0..12_u64, 0..4_usize, 0..9_usize).prop_map(
            |(ends, held, watermark, begins_at, more, wanted)| View {
                held,
                watermark,
                begins_at,
                members: ends.len(),
                replicas: ends.len() + more,
                ends: ends.into(),
                wanted,
            },
        )
    }
}
