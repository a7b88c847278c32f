//! Claim: within a transaction that succeeded, reads show what it read and appended itself (else `internal`), and nothing that it
//! appends only later (else `future-read`). One case per transaction.
//!
//! Beyond: `reorder-log`, two appends of one transaction to one list that stand there in the other order. No edge leads from a
//! transaction to itself, so Elle has no cycle for it.

use std::collections::BTreeMap;

use super::facts::{Facts, possible};
use super::orders::Orders;
use crate::jepsen::{Id, Operation, Row, Verb};
use crate::report::{Finding, Witness};
use crate::{Path, Phase};

pub(super) fn findings(facts: &Facts<'_>) -> [Finding; 2] {
    let mut findings = [Finding::new("internal"), Finding::new("future-read")];
    for (row, operation) in facts.transactions().filter(|(_, operation)| operation.phase == Phase::Ok) {
        if let Some(list) = internal(facts, operation) {
            findings[0]
                .add(|| told(facts, list, None, row, "read something else than it had read and appended"));
        }
        if let Some((list, value)) = future(facts, operation) {
            findings[1].add(|| told(facts, list, Some(value), row, "read what it appended only later"));
        }
    }
    findings
}

/// Transactions whose own appends changed places, one case each.
pub(super) fn reordered(facts: &Facts<'_>, orders: &Orders<'_>) -> Finding {
    let mut finding = Finding::new("reorder-log").on(Path::Broker);
    for (row, operation) in facts.transactions().filter(|(_, operation)| possible(operation)) {
        if let Some((list, values)) = turned(facts, orders, operation) {
            finding.add(|| {
                let [one, other] = values.map(|value| facts.history.value(value));
                let sentence = format!(
                    "a transaction appended {one} to {} before {other}, which stands before it",
                    facts.history.value(list)
                );
                facts.witness(list, &values, &[row], sentence)
            });
        }
    }
    finding
}

/// The first two appends of a transaction to one list that stand there in the other order.
fn turned(facts: &Facts<'_>, orders: &Orders<'_>, operation: &Operation) -> Option<(Id, [Id; 2])> {
    let mut last: BTreeMap<Id, (u32, Id)> = BTreeMap::new();
    for append in facts.history.micros(operation).iter().filter(|micro| micro.verb == Verb::Append) {
        let Some(value) = facts.last(append) else { continue };
        let place = facts.find(append.key, value).and_then(|number| orders.place(number));
        if let Some(place) = place
            && let Some((before, earlier)) = last.insert(append.key, (place, value))
            && before > place
        {
            return Some((append.key, [earlier, value]));
        }
    }
    None
}

fn told(facts: &Facts<'_>, list: Id, value: Option<Id>, row: Row, what: &str) -> Witness {
    let sentence = format!("a transaction {what}, in {}", facts.history.value(list));
    facts.witness(list, value.as_slice(), &[row], sentence)
}

/// What a transaction must see of a list.
#[derive(Default)]
struct Expected {
    /// Whether it has read the list, so that the values are the whole.
    whole: bool,
    /// Whether it read `nil`, which after an append says nothing of what may stand before.
    nil: bool,
    values: Vec<Id>,
}

impl Expected {
    fn append(&mut self, value: Option<Id>) {
        self.whole &= !std::mem::take(&mut self.nil);
        self.values.extend(value);
    }
}

/// The list of the first read that contradicts the transaction's own past.
fn internal(facts: &Facts<'_>, operation: &Operation) -> Option<Id> {
    let mut lists: BTreeMap<Id, Expected> = BTreeMap::new();
    for micro in facts.history.micros(operation) {
        match micro.verb {
            Verb::Append => lists.entry(micro.key).or_default().append(facts.last(micro)),
            Verb::Read => {
                let read = facts.values(micro);
                if let Some(expected) = lists.get(&micro.key) {
                    let fits = if expected.whole {
                        read == expected.values
                    } else {
                        read.ends_with(&expected.values)
                    };
                    if !fits {
                        return Some(micro.key);
                    }
                }
                lists.insert(micro.key, Expected { whole: true, nil: !micro.collection, values: read });
            }
            _ => {}
        }
    }
    None
}

/// The first element that is appended after it was read.
fn future(facts: &Facts<'_>, operation: &Operation) -> Option<(Id, Id)> {
    let micros = facts.history.micros(operation);
    let appends = micros.iter().enumerate().filter(|(_, micro)| micro.verb == Verb::Append);
    for (at, append) in appends {
        let Some(value) = facts.last(append) else { continue };
        let before = micros[..at].iter().filter(|micro| micro.verb == Verb::Read && micro.key == append.key);
        if before.into_iter().any(|read| facts.values(read).contains(&value)) {
            return Some((append.key, value));
        }
    }
    None
}
