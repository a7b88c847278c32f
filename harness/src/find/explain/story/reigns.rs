//! Whom a replica follows: between two moments at which it told its epoch, it followed the leader of one of these, or of one between.

use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;

use checkers::{Entry, Event, Name, TopicPartition};

type Replica = (Name, TopicPartition);

/// The epochs of all replicas, as far as they told them.
#[derive(Default)]
pub(super) struct Reigns {
    told: BTreeMap<Replica, u32>,
    to_be_told: BTreeMap<Replica, VecDeque<u32>>,
}

impl Reigns {
    pub(super) fn new(entries: &[Entry]) -> Self {
        let mut reigns = Reigns::default();
        for (replica, epoch) in entries.iter().filter_map(told) {
            reigns.to_be_told.entry(replica).or_default().push_back(epoch);
        }
        reigns
    }

    /// The epochs in which a replica can be now.
    pub(super) fn of(&self, replica: Replica) -> RangeInclusive<u32> {
        let next = self.to_be_told.get(&replica).and_then(|epochs| epochs.front());
        self.told.get(&replica).copied().unwrap_or(0)..=next.copied().unwrap_or(u32::MAX)
    }

    /// Follows an entry.
    pub(super) fn follow(&mut self, entry: &Entry) {
        let Some((replica, epoch)) = told(entry) else { return };
        self.told.insert(replica, epoch);
        if let Some(epochs) = self.to_be_told.get_mut(&replica) {
            epochs.pop_front();
        }
    }
}

fn told(entry: &Entry) -> Option<(Replica, u32)> {
    match entry.event {
        Event::Committed { log, epoch, .. } | Event::Lead { log, epoch } => {
            Some(((entry.process, log), epoch))
        }
        _ => None,
    }
}
