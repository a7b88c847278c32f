//! The version order of every key: which message stands at which offset. Offsets may have gaps, for the marks of transactions
//! take some; so positions are counted over the offsets that were seen.
//!
//! Sends count where their operation certainly took effect; polls always, even those of operations that failed, because a
//! poll must never show what is not safe.

use super::facts::{Fact, Facts, Key, Number};
use crate::jepsen::History;

/// A position among the offsets of a key that were seen, from 0.
pub(super) type Position = u32;

const NONE: Position = Position::MAX;

/// One offset of one key.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) key: Key,
    pub(super) offset: i64,
    /// Where its messages begin in [`Logs::messages`].
    begins: u32,
}

/// Where a message stands: by position.
#[derive(Clone, Copy, Debug)]
struct Places {
    first: Position,
    last: Position,
    /// The last position at which it is the one that stands for the offset.
    chosen: Position,
    count: u32,
}

/// All logs.
pub(super) struct Logs {
    /// Sorted by key and offset.
    pub(super) slots: Vec<Slot>,
    messages: Vec<Number>,
    /// By key: its first slot; one more than there are keys.
    begins: Vec<u32>,
    places: Vec<Places>,
}

impl Logs {
    pub(super) fn new(history: &History, facts: &Facts<'_>) -> Self {
        let mut logs = Logs {
            slots: Vec::new(),
            messages: Vec::new(),
            begins: vec![0],
            places: vec![Places { first: NONE, last: NONE, chosen: NONE, count: 0 }; facts.pairs.len()],
        };
        logs.fill(seen(history, facts));
        logs.begin_keys(facts.keys.len());
        for (at, slot) in logs.slots.iter().enumerate() {
            let position = length(at) - logs.begins[slot.key as usize];
            let messages = slot.begins as usize
                ..logs.slots.get(at + 1).map_or(logs.messages.len(), |next| next.begins as usize);
            for (rank, &message) in logs.messages[messages].iter().enumerate() {
                logs.places[message as usize].note(position, rank == 0);
            }
        }
        logs
    }

    /// The messages at an offset, the one that stands for it first.
    pub(super) fn at(&self, slot: usize) -> &[Number] {
        let end = self.slots.get(slot + 1).map_or(self.messages.len(), |next| next.begins as usize);
        &self.messages[self.slots[slot].begins as usize..end]
    }

    /// The slot of a position of a key.
    pub(super) fn slot(&self, key: Key, position: Position) -> usize {
        (self.begins[key as usize] + position) as usize
    }

    /// The message that stands for a position.
    pub(super) fn message(&self, key: Key, position: Position) -> Option<Number> {
        let slot = self.slot(key, position);
        (slot < self.begins[key as usize + 1] as usize).then(|| self.at(slot)[0])
    }

    /// The position that a message stands for.
    pub(super) fn chosen(&self, message: Number) -> Option<Position> {
        Some(self.places[message as usize].chosen).filter(|&position| position != NONE)
    }

    /// The first and the last position at which a message was seen.
    pub(super) fn extent(&self, message: Number) -> Option<(Position, Position)> {
        let places = &self.places[message as usize];
        (places.first != NONE).then_some((places.first, places.last))
    }

    /// At how many offsets a message was seen.
    pub(super) fn copies(&self, message: Number) -> u32 {
        self.places[message as usize].count
    }

    /// Every offset at which a message was seen.
    pub(super) fn offsets(&self, key: Key, message: Number) -> Vec<i64> {
        let Some((first, last)) = self.extent(message) else { return Vec::new() };
        let slots = self.slot(key, first)..=self.slot(key, last);
        slots.filter(|&slot| self.at(slot).contains(&message)).map(|slot| self.slots[slot].offset).collect()
    }

    fn fill(&mut self, mut seen: Vec<(Key, i64, u32, Number)>) {
        // At one offset the message met first stands first.
        seen.sort_unstable();
        let mut seen: Vec<(Key, i64, Number)> =
            seen.into_iter().map(|(key, offset, _, message)| (key, offset, message)).collect();
        seen.dedup();
        for (key, offset, message) in seen {
            let same = self.slots.last().is_some_and(|last| (last.key, last.offset) == (key, offset));
            if !same {
                let begins = length(self.messages.len());
                self.slots.push(Slot { key, offset, begins });
            }
            let begins = self.slots.last().map_or(0, |last| last.begins as usize);
            if !self.messages[begins..].contains(&message) {
                self.messages.push(message);
            }
        }
    }

    fn begin_keys(&mut self, keys: usize) {
        let mut slot = 0;
        for key in (0..).take(keys) {
            slot += self.slots[slot..].iter().take_while(|its| its.key == key).count();
            self.begins.push(length(slot));
        }
    }
}

impl Places {
    fn note(&mut self, position: Position, chosen: bool) {
        if self.first == NONE {
            self.first = position;
        }
        self.last = position;
        self.count += 1;
        if chosen {
            self.chosen = position;
        }
    }
}

/// Every message that was seen at an offset, with when: the rank of the sighting.
fn seen(history: &History, facts: &Facts<'_>) -> Vec<(Key, i64, u32, Number)> {
    let mut seen: Vec<&Fact> = Vec::with_capacity(facts.sends.len() + facts.polls.len());
    for (row, _) in history.rows() {
        if !facts.sent_by(row).is_empty() && facts.committed(row) {
            seen.extend(facts.sent_by(row));
        }
        seen.extend(facts.polled_by(row));
    }
    let ranked = (0..).zip(seen);
    ranked.filter_map(|(rank, fact)| Some((fact.key, fact.offset?, rank, fact.pair))).collect()
}

fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
