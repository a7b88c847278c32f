//! Claim: within a transaction that succeeded, a read shows what it wrote or read last (else `internal`). One case per transaction.

use std::collections::BTreeMap;

use super::facts::Facts;
use crate::Phase;
use crate::jepsen::{Id, Operation, Verb};
use crate::report::Finding;

pub(super) fn internal(facts: &Facts<'_>) -> Finding {
    let mut finding = Finding::new("internal");
    for (row, operation) in facts.transactions().filter(|(_, operation)| operation.phase == Phase::Ok) {
        if let Some((key, values)) = contradiction(facts, operation) {
            finding.add(|| {
                let [expected, read, shown] = [values[0], values[1], key].map(|id| facts.history.value(id));
                let sentence = format!(
                    "a transaction read {read} of {shown}, which it had last written or read as {expected}"
                );
                facts.witness(key, &values, &[row], sentence)
            });
        }
    }
    finding
}

/// The first register that is read as something else than it was, with what it was and what was read.
fn contradiction(facts: &Facts<'_>, operation: &Operation) -> Option<(Id, [Id; 2])> {
    let mut registers: BTreeMap<Id, Id> = BTreeMap::new();
    for (micro, value) in facts.micros(operation) {
        let before = registers.insert(micro.key, value);
        if let Some(before) = before.filter(|&before| micro.verb != Verb::Write && before != value) {
            return Some((micro.key, [before, value]));
        }
    }
    None
}
