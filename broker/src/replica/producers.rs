//! What a replica remembers of idempotent producers, so that a leader appends every batch once and in order (KIP-98).

use std::collections::{BTreeMap, VecDeque};

use crate::policy::ProducerState;
use crate::wire::client::Refusal;
use crate::{Offset, ProducerStamp};

/// How many batches per producer can be recognised again; a producer has at most so many in flight.
pub const REMEMBERED: usize = 5;

/// The last batches of every producer in one log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Producers {
    by_id: BTreeMap<u64, Sequence>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Sequence {
    epoch: u16,
    recent: VecDeque<Seen>,
}

/// One batch that was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Seen {
    sequence: u32,
    count: u32,
    base: Offset,
}

/// What to do with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// It is the next one: append it.
    Append,
    /// It is in the log already.
    Duplicate {
        /// Its first offset.
        base: Offset,
        /// The offset after its last.
        end: Offset,
    },
    /// Appending it would break the sequence.
    Refuse(Refusal),
}

impl Producers {
    /// Judges a batch of `count` records.
    #[must_use]
    pub fn check(&self, policy: ProducerState, stamp: ProducerStamp, count: u32) -> Check {
        let Some(known) = self.by_id.get(&stamp.producer) else {
            let begins = policy.may_begin_at(stamp.sequence);
            return if begins { Check::Append } else { Check::Refuse(Refusal::SequenceGap) };
        };
        if stamp.epoch != known.epoch {
            return known.check_other_epoch(stamp);
        }
        let expected = known.next();
        if stamp.sequence == expected {
            return Check::Append;
        }
        let repeated =
            known.recent.iter().find(|seen| seen.sequence == stamp.sequence && seen.count == count);
        match repeated {
            Some(seen) => Check::Duplicate { base: seen.base, end: seen.base + Offset::from(seen.count) },
            None if stamp.sequence < expected && policy.knows_what_it_forgot() => {
                Check::Refuse(Refusal::SequenceForgotten)
            }
            None => Check::Refuse(Refusal::SequenceGap),
        }
    }

    /// Remembers a batch that was appended.
    pub fn record(&mut self, stamp: ProducerStamp, count: u32, base: Offset) {
        let known = self
            .by_id
            .entry(stamp.producer)
            .or_insert_with(|| Sequence { epoch: stamp.epoch, recent: VecDeque::with_capacity(REMEMBERED) });
        if known.epoch != stamp.epoch {
            known.epoch = stamp.epoch;
            known.recent.clear();
        }
        if known.recent.len() == REMEMBERED {
            known.recent.pop_front();
        }
        known.recent.push_back(Seen { sequence: stamp.sequence, count, base });
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.by_id.clear();
    }
}

impl Sequence {
    fn next(&self) -> u32 {
        self.recent.back().map_or(0, |seen| seen.sequence.wrapping_add(seen.count))
    }

    fn check_other_epoch(&self, stamp: ProducerStamp) -> Check {
        if stamp.epoch < self.epoch {
            Check::Refuse(Refusal::StaleProducerEpoch)
        } else if stamp.sequence != 0 {
            Check::Refuse(Refusal::SequenceGap)
        } else {
            Check::Append
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(epoch: u16, sequence: u32) -> ProducerStamp {
        ProducerStamp { producer: 7, epoch, sequence }
    }

    fn after(stamps: &[ProducerStamp]) -> Producers {
        let mut producers = Producers::default();
        for (base, &stamp) in stamps.iter().enumerate() {
            producers.record(stamp, 1, base as Offset);
        }
        producers
    }

    #[test]
    fn a_repeated_batch_is_recognised_with_its_offset() {
        let producers = after(&[stamp(0, 0), stamp(0, 1), stamp(0, 2)]);
        let check = producers.check(ProducerState::DerivedFromLog, stamp(0, 1), 1);
        assert_eq!(check, Check::Duplicate { base: 1, end: 2 });
    }

    #[test]
    fn a_gap_is_refused_and_the_next_number_is_not() {
        let producers = after(&[stamp(0, 0)]);
        let check = |sequence| producers.check(ProducerState::DerivedFromLog, stamp(0, sequence), 1);
        assert_eq!(check(2), Check::Refuse(Refusal::SequenceGap));
        assert_eq!(check(1), Check::Append);
    }

    #[test]
    fn a_batch_older_than_the_memory_is_refused_rather_than_appended_again() {
        let producers = after(&(0..7).map(|sequence| stamp(0, sequence)).collect::<Vec<_>>());
        let check = producers.check(ProducerState::DerivedFromLog, stamp(0, 0), 1);
        assert_eq!(check, Check::Refuse(Refusal::SequenceForgotten));
    }

    #[test]
    fn the_oldest_of_five_is_recognised() {
        let producers = after(&(0..5).map(|sequence| stamp(0, sequence)).collect::<Vec<_>>());
        let check = producers.check(ProducerState::DerivedFromLog, stamp(0, 0), 1);
        assert_eq!(check, Check::Duplicate { base: 0, end: 1 });
    }

    #[test]
    fn a_number_of_the_epoch_before_is_no_repetition_in_a_new_one() {
        let producers = after(&[stamp(0, 0), stamp(0, 1), stamp(0, 2), stamp(1, 0)]);
        let check = producers.check(ProducerState::DerivedFromLog, stamp(1, 2), 1);
        assert_eq!(check, Check::Refuse(Refusal::SequenceGap));
    }

    #[test]
    fn a_newer_epoch_begins_at_zero_and_fences_the_older() {
        let mut producers = after(&[stamp(0, 0)]);
        let check = |p: &Producers, s| p.check(ProducerState::DerivedFromLog, s, 1);
        assert_eq!(check(&producers, stamp(1, 3)), Check::Refuse(Refusal::SequenceGap));
        assert_eq!(check(&producers, stamp(1, 0)), Check::Append);
        producers.record(stamp(1, 0), 1, 9);
        assert_eq!(check(&producers, stamp(0, 1)), Check::Refuse(Refusal::StaleProducerEpoch));
    }

    #[test]
    fn only_volatile_state_takes_any_number_from_a_stranger() {
        let nothing = Producers::default();
        let check = |policy| nothing.check(policy, stamp(0, 4), 1);
        assert_eq!(check(ProducerState::Volatile), Check::Append);
        assert_eq!(check(ProducerState::DerivedFromLog), Check::Refuse(Refusal::SequenceGap));
    }
}
