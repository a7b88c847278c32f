//! Claim: no update is lost or built on one that was undone.
//!
//! * `lost-update`: two transactions that succeeded read the same state of a list and both appended to it.
//! * `dirty-update`: in the order of a list an element whose append failed stands before one whose transaction succeeded, with
//!   none that succeeded between.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::orders::Orders;
use crate::Phase;
use crate::jepsen::{Id, NOWHERE, Operation, Row, Verb};
use crate::report::Finding;

/// Updates of the same state.
pub(super) fn lost(facts: &Facts<'_>) -> Finding {
    let mut updates: BTreeMap<(Id, Vec<Id>), Vec<Row>> = BTreeMap::new();
    for (row, operation) in facts.transactions().filter(|(_, operation)| operation.phase == Phase::Ok) {
        for state in updated(facts, operation) {
            updates.entry(state).or_default().push(row);
        }
    }
    let mut finding = Finding::new("lost-update");
    for ((list, state), rows) in updates.iter().filter(|(_, rows)| rows.len() > 1) {
        finding.add(|| {
            let sentence = format!(
                "{} transactions read the same state of {} and appended to it",
                rows.len(),
                facts.history.value(*list)
            );
            facts.witness(*list, state, rows, sentence)
        });
    }
    finding
}

/// The lists that a transaction read and then appended to, each with what it read first.
fn updated(facts: &Facts<'_>, operation: &Operation) -> Vec<(Id, Vec<Id>)> {
    let micros = facts.history.micros(operation);
    let mut states: Vec<(Id, Vec<Id>)> = Vec::new();
    for (at, append) in micros.iter().enumerate().filter(|(_, micro)| micro.verb == Verb::Append) {
        let first = micros[..at].iter().find(|micro| micro.verb == Verb::Read && micro.key == append.key);
        if let Some(read) = first
            && states.iter().all(|(list, _)| *list != append.key)
        {
            states.push((append.key, facts.values(read)));
        }
    }
    states
}

/// Updates of undone ones.
pub(super) fn dirty(facts: &Facts<'_>) -> Finding {
    let mut finding = Finding::new("dirty-update");
    for (&list, order) in &Orders::of_all(facts).lists {
        let mut undone: Option<(Id, Row)> = None;
        for &value in &order.values {
            let Some(element) = facts.find(list, value).map(|number| *facts.element(number)) else {
                continue;
            };
            let ended = [element.writer, element.failed].into_iter().find(|&row| row != NOWHERE);
            match ended.map(|row| (row, facts.history.operation(row).phase)) {
                Some((row, Phase::Fail)) => undone = Some(undone.unwrap_or((value, row))),
                Some((row, Phase::Ok)) => {
                    if let Some((before, failed)) = undone.take() {
                        finding.add(|| {
                            let [one, other, shown] = [value, before, list].map(|id| facts.history.value(id));
                            let sentence = format!(
                                "{one} was appended to {shown} behind {other}, whose append had failed"
                            );
                            facts.witness(list, &[before, value], &[failed, row], sentence)
                        });
                    }
                }
                _ => {}
            }
        }
    }
    finding
}
