//! Claim: no update is lost: of the transactions that succeeded, no two read the same state of something and then changed it.
//!
//! Source: `elle.txn/lost-update-cases`. It needs no order of versions, so it sees what no cycle shows.

use std::collections::BTreeMap;

use super::transactions::transactions;
use super::{History, Id, Micro, Operation, Row, Verb};
use crate::Phase;
use crate::report::{Finding, Witness};

/// Lost updates by micro-operations that change something, and what they did to it, in words.
pub(super) fn found(history: &History, change: Verb, did: &str) -> Finding {
    let mut updates: BTreeMap<(Id, Vec<Id>), Vec<Row>> = BTreeMap::new();
    for (row, operation) in transactions(history).filter(|(_, operation)| operation.phase == Phase::Ok) {
        for state in updated(history, operation, change) {
            updates.entry(state).or_default().push(row);
        }
    }
    let mut finding = Finding::new("lost-update");
    for ((key, state), rows) in updates.iter().filter(|(_, rows)| rows.len() > 1) {
        let shown = history.value(*key);
        finding.add(|| Witness {
            key: Some(shown.clone()),
            values: state.iter().map(|&value| history.value(value).clone()).collect(),
            operations: rows.iter().map(|&row| history.operation(row).index).collect(),
            sentence: format!("{} transactions read the same state of {shown} and {did}", rows.len()),
            ..Witness::default()
        });
    }
    finding
}

/// What a transaction read and then changed, each with what it read first.
fn updated(history: &History, operation: &Operation, change: Verb) -> Vec<(Id, Vec<Id>)> {
    let micros = history.micros(operation);
    let reads = |micro: &&Micro| matches!(micro.verb, Verb::Read | Verb::Got);
    let mut states: Vec<(Id, Vec<Id>)> = Vec::new();
    for (at, micro) in micros.iter().enumerate().filter(|(_, micro)| micro.verb == change) {
        let first = micros[..at].iter().filter(reads).find(|read| read.key == micro.key);
        if let Some(read) = first
            && states.iter().all(|(key, _)| *key != micro.key)
        {
            states.push((micro.key, history.elements(read).iter().map(|element| element.value).collect()));
        }
    }
    states
}
