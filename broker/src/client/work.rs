//! Who works on what: the lanes in which a consumer hands records to its handlers.
//!
//! A lane holds one record at a time. It stays occupied until its handler reports, even when the record's topic partition was
//! lost meanwhile: nobody can stop a handler half-way.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::{Generation, Micros, Now, Offset, Record, TopicPartition};

/// How records are spread over lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkPolicy {
    /// One lane: records are handled one after the other as they were fetched.
    PollingOrder,
    /// So many lanes; whichever is free takes the next record, with no regard to keys.
    ParallelWorkers(u16),
    /// So many lanes; records of one key share a lane, and are handled one after the other.
    LanesPerKey(u16),
}

impl WorkPolicy {
    /// The number of lanes, at least 1.
    #[must_use]
    pub fn lanes(self) -> u16 {
        match self {
            WorkPolicy::PollingOrder => 1,
            WorkPolicy::ParallelWorkers(n) | WorkPolicy::LanesPerKey(n) => n.max(1),
        }
    }
}

/// One record in a handler's hands. What is reported of it must carry the same ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket {
    /// The lane it occupies.
    pub lane: u16,
    /// The record's log.
    pub topic_partition: TopicPartition,
    /// The record's offset.
    pub offset: Offset,
    /// The generation in which the topic partition was assigned; grows from owner to owner.
    pub generation: Generation,
    /// Which of this consumer's assignments it belongs to.
    pub assignment: u32,
}

/// A record to be handled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Item {
    pub(super) topic_partition: TopicPartition,
    pub(super) generation: Generation,
    pub(super) assignment: u32,
    pub(super) offset: Offset,
    pub(super) record: Record,
    /// From 1.
    pub(super) attempt: u32,
}

/// All lanes of a consumer, and what waits for them.
#[derive(Clone, Debug, Hash)]
pub(super) struct Work {
    policy: WorkPolicy,
    lanes: Vec<Lane>,
    /// One per lane, or one for all where no lane has a claim.
    queues: Vec<VecDeque<Item>>,
}

#[derive(Clone, Debug, Hash)]
enum Lane {
    Free,
    Busy(Item),
    /// Its record is handed out again, before anything else of this lane, when the rest is over.
    Resting {
        until: Micros,
        item: Item,
    },
}

impl Work {
    pub(super) fn new(policy: WorkPolicy) -> Self {
        let lanes = usize::from(policy.lanes());
        let queues = match policy {
            WorkPolicy::PollingOrder | WorkPolicy::ParallelWorkers(_) => 1,
            WorkPolicy::LanesPerKey(_) => lanes,
        };
        Work { policy, lanes: vec![Lane::Free; lanes], queues: vec![VecDeque::new(); queues] }
    }

    pub(super) fn push(&mut self, item: Item) {
        let queue = match self.policy {
            WorkPolicy::PollingOrder | WorkPolicy::ParallelWorkers(_) => 0,
            WorkPolicy::LanesPerKey(n) => lane_of(&item.record.key, n),
        };
        self.queues[queue].push_back(item);
    }

    /// The next record that a lane is free for.
    pub(super) fn next(&mut self, now: Now) -> Option<(Ticket, &Item)> {
        let queues = self.queues.len();
        let lane = (0..self.lanes.len()).find(|&lane| match &self.lanes[lane] {
            Lane::Free => !self.queues[lane % queues].is_empty(),
            Lane::Resting { until, .. } => *until <= now.mono,
            Lane::Busy(_) => false,
        })?;
        let item = match std::mem::replace(&mut self.lanes[lane], Lane::Free) {
            Lane::Free => self.queues[lane % queues].pop_front()?,
            Lane::Busy(item) | Lane::Resting { item, .. } => item,
        };
        let ticket = item.ticket(lane);
        self.lanes[lane] = Lane::Busy(item);
        match &self.lanes[lane] {
            Lane::Busy(item) => Some((ticket, item)),
            Lane::Free | Lane::Resting { .. } => None,
        }
    }

    /// A handler is done; `false` when this ticket is not in its hands.
    pub(super) fn finish(&mut self, ticket: Ticket) -> bool {
        self.take(ticket).is_some()
    }

    /// A handler wants its record again at `until`; `wanted` says whether the record is still this consumer's.
    pub(super) fn retry(&mut self, ticket: Ticket, until: Micros, wanted: bool) {
        if let Some(mut item) = self.take(ticket)
            && wanted
        {
            item.attempt += 1;
            if defect!(RetryBehindOthers) {
                return self.push(item);
            }
            self.lanes[usize::from(ticket.lane)] = Lane::Resting { until, item };
        }
    }

    /// Drops all records of an assignment that are not in a handler's hands.
    pub(super) fn drop_assignment(&mut self, assignment: u32) {
        for queue in &mut self.queues {
            queue.retain(|item| item.assignment != assignment);
        }
        for lane in &mut self.lanes {
            if matches!(lane, Lane::Resting { item, .. } if item.assignment == assignment) {
                *lane = Lane::Free;
            }
        }
    }

    /// Records that wait for a lane.
    pub(super) fn waiting(&self) -> usize {
        self.queues.iter().map(VecDeque::len).sum()
    }

    /// Nothing waits, rests or is in a handler's hands.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting() == 0 && self.lanes.iter().all(|lane| matches!(lane, Lane::Free))
    }

    /// When the next rest ends that is not over yet.
    pub(super) fn deadline(&self) -> Option<Micros> {
        let rests = self.lanes.iter().filter_map(|lane| match lane {
            Lane::Resting { until, .. } => Some(*until),
            Lane::Free | Lane::Busy(_) => None,
        });
        rests.min()
    }

    fn take(&mut self, ticket: Ticket) -> Option<Item> {
        let lane = usize::from(ticket.lane);
        match std::mem::replace(self.lanes.get_mut(lane)?, Lane::Free) {
            Lane::Busy(item) if item.ticket(lane) == ticket => Some(item),
            other => {
                self.lanes[lane] = other;
                None
            }
        }
    }
}

impl Item {
    fn ticket(&self, lane: usize) -> Ticket {
        Ticket {
            // Lanes are counted by a `u16`.
            lane: u16::try_from(lane).unwrap_or(u16::MAX),
            topic_partition: self.topic_partition,
            offset: self.offset,
            generation: self.generation,
            assignment: self.assignment,
        }
    }
}

/// The lane of a key.
fn lane_of(key: &[u8], lanes: u16) -> usize {
    usize::try_from(key_hash(key) % u64::from(lanes.max(1))).unwrap_or(0)
}

/// A hash of a key, for whoever deals records over partitions or lanes: FNV-1a, because the standard hash may change with the
/// toolchain.
#[must_use]
pub fn key_hash(key: &[u8]) -> u64 {
    key.iter()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::{MessageId, TopicId};

    const TP: TopicPartition = TopicPartition { topic: TopicId(0), partition: 0 };

    fn item(offset: Offset, key: u8, assignment: u32) -> Item {
        Item {
            topic_partition: TP,
            generation: 1,
            assignment,
            offset,
            record: Record {
                id: MessageId { producer: 1, number: 0 },
                key: Bytes::copy_from_slice(&[key]),
                payload: Bytes::new(),
            },
            attempt: 1,
        }
    }

    fn at(mono: Micros) -> Now {
        Now { mono, wall: 0 }
    }

    #[test]
    fn a_record_asked_for_again_comes_back_to_its_lane_before_anything_else_and_not_early() {
        let mut work = Work::new(WorkPolicy::PollingOrder);
        work.push(item(0, 0, 1));
        work.push(item(1, 0, 1));
        let (ticket, first) = work.next(at(0)).unwrap();
        assert_eq!((first.offset, first.attempt), (0, 1));
        work.retry(ticket, 10, true);
        assert!(work.next(at(9)).is_none());
        assert_eq!(work.deadline(), Some(10));
        let (again, same) = work.next(at(10)).unwrap();
        assert_eq!((same.offset, same.attempt), (0, 2));
        assert!(work.finish(again));
        assert_eq!(work.next(at(10)).unwrap().1.offset, 1);
    }

    #[test]
    fn a_lane_stays_occupied_by_a_record_that_was_lost_until_its_handler_reports() {
        let mut work = Work::new(WorkPolicy::PollingOrder);
        work.push(item(0, 0, 1));
        work.push(item(1, 0, 1));
        let (orphan, _) = work.next(at(0)).unwrap();
        work.drop_assignment(1);
        work.push(item(0, 0, 2));
        assert!(work.next(at(0)).is_none());
        work.retry(orphan, 5, false);
        let (ticket, _) = work.next(at(0)).unwrap();
        assert_eq!(ticket.assignment, 2);
        assert!(!work.finish(orphan), "its lane is somebody else's now");
        assert!(work.finish(ticket));
        assert!(work.is_idle());
    }

    #[test]
    fn a_record_that_rests_is_dropped_with_its_assignment() {
        let mut work = Work::new(WorkPolicy::ParallelWorkers(2));
        work.push(item(0, 0, 1));
        let (ticket, _) = work.next(at(0)).unwrap();
        work.retry(ticket, 5, true);
        work.drop_assignment(1);
        assert!(work.is_idle());
        assert_eq!(work.deadline(), None);
    }

    /// What a handler does next: finishes its record, or asks for it again.
    fn steps() -> impl Strategy<Value = Vec<(usize, bool)>> {
        prop::collection::vec((0usize..8, any::<bool>()), 200)
    }

    /// Hands everything out while handlers report in the order of `steps`, and returns the offsets in the order of their
    /// completion, with their keys.
    fn drive(policy: WorkPolicy, keys: &[u8], steps: &[(usize, bool)]) -> Vec<(u8, Offset)> {
        let mut work = Work::new(policy);
        for (offset, &key) in (0..).zip(keys) {
            work.push(item(offset, key, 1));
        }
        let (mut held, mut completed) = (Vec::new(), Vec::new());
        let mut steps = steps.iter().copied().chain(std::iter::repeat((0, false)));
        loop {
            while let Some((ticket, item)) = work.next(at(0)) {
                held.push((ticket, item.record.key[0]));
            }
            if held.is_empty() {
                break;
            }
            let (choice, again) = steps.next().unwrap();
            let (ticket, key) = held.remove(choice % held.len());
            if again {
                work.retry(ticket, 0, true);
            } else {
                assert!(work.finish(ticket));
                completed.push((key, ticket.offset));
            }
        }
        assert!(work.is_idle());
        completed
    }

    proptest! {
        #[test]
        fn records_of_one_key_are_completed_in_order_in_lanes_per_key(
            keys in prop::collection::vec(0u8..5, 0..40), lanes in 1u16..6, steps in steps(),
        ) {
            let completed = drive(WorkPolicy::LanesPerKey(lanes), &keys, &steps);
            prop_assert_eq!(completed.len(), keys.len());
            let mut last = BTreeMap::new();
            for (key, offset) in completed {
                let before = last.insert(key, offset);
                prop_assert!(before < Some(offset), "key {} completed {} after {:?}", key, offset, before);
            }
        }

        #[test]
        fn polling_order_completes_all_in_order_and_parallel_workers_all_of_them(
            keys in prop::collection::vec(0u8..5, 0..40), workers in 1u16..6, steps in steps(),
        ) {
            let all: Vec<Offset> = (0..keys.len() as Offset).collect();
            let offsets = |completed: Vec<(u8, Offset)>| completed.into_iter().map(|c| c.1).collect::<Vec<_>>();
            prop_assert_eq!(&offsets(drive(WorkPolicy::PollingOrder, &keys, &steps)), &all);
            let mut completed = offsets(drive(WorkPolicy::ParallelWorkers(workers), &keys, &steps));
            completed.sort_unstable();
            prop_assert_eq!(&completed, &all);
        }
    }

    #[test]
    fn parallel_workers_let_a_later_record_of_the_same_key_finish_first() {
        let completed = drive(WorkPolicy::ParallelWorkers(2), &[3, 3], &[(1, false)]);
        assert_eq!(completed, [(3, 1), (3, 0)]);
    }
}
