//! Which message has which place in the ledger's table: dense by producer and number, so that a look-up is two indexings.

use std::collections::BTreeMap;

use crate::MessageId;

/// Producers and numbers from here on are kept in a map: a single odd id must not allocate gigabytes.
const DENSE_PRODUCERS: u32 = 1 << 12;
const DENSE_NUMBERS: u32 = 1 << 24;

const EMPTY: u32 = u32::MAX;

/// Numbers messages in the order in which they were first seen.
#[derive(Debug, Default)]
pub(super) struct Slots {
    producers: Vec<Vec<u32>>,
    foreign: Vec<u32>,
    sparse: BTreeMap<MessageId, u32>,
    given: u32,
}

impl Slots {
    /// The slot of a message; a new message gets the next one.
    pub(super) fn slot(&mut self, id: MessageId) -> u32 {
        let next = self.given;
        let slot = self.cell(id);
        if *slot == EMPTY {
            *slot = next;
            self.given += 1;
            next
        } else {
            *slot
        }
    }

    /// The slot of a message, if it has one.
    pub(super) fn find(&self, id: MessageId) -> Option<u32> {
        let dense = id.number < DENSE_NUMBERS;
        let slot = if dense && id.producer == MessageId::FOREIGN {
            self.foreign.get(id.number as usize)
        } else if dense && id.producer < DENSE_PRODUCERS {
            self.producers.get(id.producer as usize).and_then(|row| row.get(id.number as usize))
        } else {
            self.sparse.get(&id)
        };
        slot.copied().filter(|&slot| slot != EMPTY)
    }

    /// Forgets all messages and keeps the memory.
    pub(super) fn reset(&mut self) {
        self.producers.iter_mut().for_each(Vec::clear);
        self.foreign.clear();
        self.sparse.clear();
        self.given = 0;
    }

    fn cell(&mut self, id: MessageId) -> &mut u32 {
        let number = id.number as usize;
        let row = if id.number >= DENSE_NUMBERS {
            return self.sparse.entry(id).or_insert(EMPTY);
        } else if id.producer == MessageId::FOREIGN {
            &mut self.foreign
        } else if id.producer < DENSE_PRODUCERS {
            row(&mut self.producers, id.producer as usize)
        } else {
            return self.sparse.entry(id).or_insert(EMPTY);
        };
        if number >= row.len() {
            row.resize(number + 1, EMPTY);
        }
        &mut row[number]
    }
}

fn row(rows: &mut Vec<Vec<u32>>, at: usize) -> &mut Vec<u32> {
    if at >= rows.len() {
        rows.resize_with(at + 1, Vec::new);
    }
    &mut rows[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(producer: u32, number: u32) -> MessageId {
        MessageId { producer, number }
    }

    #[test]
    fn every_id_keeps_the_slot_it_was_given_first() {
        let ids = [
            id(1, 0),
            id(1, 9),
            id(MessageId::FOREIGN, 3),
            id(u32::MAX - 1, u32::MAX),
            id(7, u32::MAX),
            id(DENSE_PRODUCERS, 0),
        ];
        let mut slots = Slots::default();
        for _ in 0..2 {
            let given: Vec<u32> = ids.iter().map(|&id| slots.slot(id)).collect();
            assert_eq!(given, [0, 1, 2, 3, 4, 5]);
        }
        let found: Vec<Option<u32>> = ids.iter().map(|&id| slots.find(id)).collect();
        assert_eq!(found, (0..6).map(Some).collect::<Vec<_>>());
        assert_eq!(slots.find(id(1, 1)), None);
        slots.reset();
        assert_eq!(slots.slot(ids[3]), 0);
        assert_eq!(slots.slot(ids[0]), 1);
    }
}
