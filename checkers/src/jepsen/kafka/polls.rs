//! Claim: a consumer reads a log from one message to the next.
//!
//! * `int-poll-skip`, `int-nonmonotonic-poll`: between neighbours within one operation. Keys that its rebalance log names are
//!   left out.
//! * `poll-skip`, `nonmonotonic-poll`: between what an operation that succeeded read last and what the next operation of that
//!   process reads first. Assigning or subscribing forgets the keys that are not among the new ones.

use std::collections::BTreeMap;

use super::case::Case;
use super::facts::{Key, Number, polls};
use super::log::Position;
use crate::Phase;
use crate::jepsen::{Function, Id, Operation, Row, Verb};
use crate::report::{Finding, Witness};

/// Skips and steps back within operations.
pub(super) fn inside(case: &Case<'_>) -> [Finding; 2] {
    let mut findings = [Finding::new("int-poll-skip"), Finding::new("int-nonmonotonic-poll")];
    // By key: the last message read in this operation.
    let mut before: Vec<Option<(Row, Number)>> = vec![None; case.facts.keys.len()];
    for (row, operation) in case.history.rows() {
        let polled = case.facts.polled_by(row);
        if polled.is_empty() {
            continue;
        }
        let exempt = rebalanced(case, operation);
        for fact in polled {
            let last = before[fact.key as usize].replace((row, fact.pair));
            let last = last.filter(|&(same, _)| same == row && !exempt.contains(&fact.key));
            if let Some((_, last)) = last {
                step(case, fact.key, [last, fact.pair], [row, row], &mut findings);
            }
        }
    }
    findings
}

/// The keys whose owner changed during an operation.
pub(super) fn rebalanced(case: &Case<'_>, operation: &Operation) -> Vec<Key> {
    let rebalances = case.history.micros(operation).iter().filter(|micro| micro.verb == Verb::Rebalanced);
    let keys = rebalances.flat_map(|micro| case.history.elements(micro));
    keys.filter_map(|element| case.facts.key_of(element.value)).collect()
}

/// Skips and steps back between the operations of a process.
pub(super) fn between(case: &Case<'_>) -> [Finding; 2] {
    let mut findings = [Finding::new("poll-skip"), Finding::new("nonmonotonic-poll")];
    let mut readers = Readers::default();
    for (row, operation) in case.history.clients() {
        match operation.function {
            Function::Assign | Function::Subscribe => readers.reassign(case, operation),
            _ if polls(operation) && operation.phase != Phase::Invoke => {
                for read in reads(case, operation) {
                    if let Some((last, by)) = readers.before(operation.process, read.key)
                        && let Some(first) = read.first
                    {
                        step(case, read.key, [last, first], [by, row], &mut findings);
                    }
                }
                if operation.phase == Phase::Ok {
                    readers.note(case, row, operation);
                }
            }
            _ => {}
        }
    }
    findings
}

/// What an operation read of one key: its first and last message, if any.
pub(super) struct Read {
    pub(super) key: Key,
    pub(super) first: Option<Number>,
    pub(super) last: Option<Number>,
}

/// What an operation read, by key.
pub(super) fn reads(case: &Case<'_>, operation: &Operation) -> Vec<Read> {
    let mut reads: Vec<Read> = Vec::new();
    // Many keys in one poll are possible: a map keeps this linear enough.
    let mut places: BTreeMap<Key, usize> = BTreeMap::new();
    for micro in case.history.micros(operation).iter().filter(|micro| micro.verb == Verb::Poll) {
        let Some(key) = case.facts.key_of(micro.key) else { continue };
        let place = *places.entry(key).or_insert(reads.len());
        if place == reads.len() {
            reads.push(Read { key, first: None, last: None });
        }
        let elements = case.history.elements(micro);
        let number = |value: Id| case.facts.number_of(key, value);
        if let (Some(first), Some(last)) = (elements.first(), elements.last()) {
            reads[place].first = reads[place].first.or_else(|| number(first.value));
            reads[place].last = number(last.value);
        }
    }
    reads
}

/// Where every process stands in every key.
#[derive(Default)]
pub(super) struct Readers {
    /// By process and key: the operation that read last, and the last message it read, if any.
    last: BTreeMap<(Id, Key), (Row, Option<Number>)>,
}

impl Readers {
    /// The message that a process read last of a key, and the operation that did.
    pub(super) fn before(&self, process: Id, key: Key) -> Option<(Number, Row)> {
        let &(row, last) = self.last.get(&(process, key))?;
        Some((last?, row))
    }

    /// Notes what an operation read.
    pub(super) fn note(&mut self, case: &Case<'_>, row: Row, operation: &Operation) {
        for read in reads(case, operation) {
            self.last.insert((operation.process, read.key), (row, read.last));
        }
    }

    /// Keeps only the keys that an assignment or subscription names, should it have taken effect.
    pub(super) fn reassign(&mut self, case: &Case<'_>, operation: &Operation) {
        if matches!(operation.phase, Phase::Invoke | Phase::Fail) {
            return;
        }
        let kept: Vec<Key> =
            case.history.plain(operation).filter_map(|value| case.facts.key_of(value)).collect();
        self.forget(operation.process, |key| !kept.contains(&key));
    }

    /// Forgets keys of a process.
    pub(super) fn forget(&mut self, process: Id, gone: impl Fn(Key) -> bool) {
        let its = self.last.range((process, 0)..=(process, Key::MAX)).map(|(&place, _)| place);
        let gone: Vec<(Id, Key)> = its.filter(|&(_, key)| gone(key)).collect();
        for place in gone {
            self.last.remove(&place);
        }
    }
}

/// Judges a step from one message of a key to another: the skip goes to the first finding, the step back to the second.
pub(super) fn step(
    case: &Case<'_>,
    key: Key,
    messages: [Number; 2],
    rows: [Row; 2],
    [skip, back]: &mut [Finding; 2],
) {
    let [Some(from), Some(to)] = messages.map(|message| case.logs.chosen(message)) else { return };
    if to > from + 1 {
        skip.add(|| told(case, key, messages, [from, to], rows, "skipping what lies between"));
    } else if to <= from {
        back.add(|| told(case, key, messages, [from, to], rows, "which does not lie behind it"));
    }
}

fn told(
    case: &Case<'_>,
    key: Key,
    messages: [Number; 2],
    positions: [Position; 2],
    rows: [Row; 2],
    how: &str,
) -> Witness {
    let [from, to] = messages.map(|message| case.history.value(case.facts.pair(message).value));
    let sentence = format!("after {from} of {} came {to}, {how}", case.facts.key_value(key));
    let offsets = positions.map(|position| case.logs.slots[case.logs.slot(key, position)].offset);
    let rows = if rows[0] == rows[1] { &rows[1..] } else { &rows[..] };
    case.facts.witness(key, messages, offsets.to_vec(), rows.iter().copied(), sentence)
}
