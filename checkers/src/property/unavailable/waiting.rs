//! Those who wait: whoever sends to a log, and the groups that read it.

use super::Fault;
use super::watch::Watch;
use crate::{MessageId, Name, Offset, Time};

/// Those who send to a log.
#[derive(Clone, Debug)]
pub(super) struct Senders {
    pub(super) watch: Watch,
    /// Each producer that has sent to it, by itself.
    pub(super) producers: Vec<(Name, Watch)>,
    /// So much longer each may wait.
    pub(super) turn: Time,
    /// Sends that are judged and have not ended, the oldest first.
    pub(super) open: Vec<(Name, MessageId)>,
    /// Consumers can see what is below.
    pub(super) visible: Offset,
}

impl Senders {
    /// Whoever waits here: all together, and each producer.
    pub(super) fn watches(&mut self) -> impl Iterator<Item = &mut Watch> {
        std::iter::once(&mut self.watch).chain(self.producers.iter_mut().map(|(_, watch)| watch))
    }

    /// The place of a producer; what is present for it is what is present for all.
    pub(super) fn producer(&mut self, name: Name) -> usize {
        let known = self.producers.iter().position(|(producer, _)| *producer == name);
        known.unwrap_or_else(|| {
            self.producers.push((name, self.watch.of_another(self.turn)));
            self.producers.len() - 1
        })
    }

    pub(super) fn look(&mut self, now: Time, at: usize) {
        let (name, watch) = &mut self.producers[at];
        watch.waits(now, self.open.iter().any(|(sender, _)| sender == name));
    }
}

/// A consumer group.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: Name,
    pub(super) members: Vec<Name>,
    /// The logs that it reads.
    pub(super) reads: Vec<Read>,
    /// The places of all others: in these it keeps its offsets.
    pub(super) others: Vec<usize>,
}

/// How far a group has come in a log.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) place: usize,
    pub(super) watch: Watch,
    /// The first offset that is not settled.
    pub(super) settled: Offset,
}

impl Group {
    pub(super) fn is_touched(&self, fault: &Fault) -> bool {
        self.members.iter().any(|&member| fault.touches(member))
    }
}
