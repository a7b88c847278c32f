//! Claim: a read shows what a committed transaction wrote last.
//!
//! * `G1a`: a value whose write had certainly failed.
//! * `G1b`: a value that its transaction overwrote itself.
//!
//! Beyond: `phantom`, a value that nobody tried to write. It may have been there before, so it is on no path.

use std::collections::BTreeMap;

use super::facts::Facts;
use crate::Phase;
use crate::jepsen::{Id, NIL, Operation, Row, Verb};
use crate::report::Finding;

/// Values of registers, and the operation that makes each what it is.
type Written = BTreeMap<(Id, Id), Row>;

/// Reads of values whose write had failed.
pub(super) fn aborted(facts: &Facts<'_>) -> Finding {
    let mut failed = Written::new();
    for (row, operation) in facts.transactions().filter(|(_, operation)| operation.phase == Phase::Fail) {
        let writes = facts.micros(operation).filter(|(micro, _)| micro.verb == Verb::Write);
        failed.extend(writes.map(|(micro, value)| ((micro.key, value), row)));
    }
    read(facts, "G1a", &failed, "although its write had failed")
}

/// Reads in the midst of another transaction.
pub(super) fn intermediate(facts: &Facts<'_>) -> Finding {
    let mut overwritten = Written::new();
    for (row, operation) in facts.transactions() {
        let mut last: BTreeMap<Id, Id> = BTreeMap::new();
        for (micro, value) in facts.micros(operation).filter(|(micro, _)| micro.verb == Verb::Write) {
            if let Some(before) = last.insert(micro.key, value) {
                overwritten.insert((micro.key, before), row);
            }
        }
    }
    read(facts, "G1b", &overwritten, "which its transaction overwrote")
}

/// Reads of certain values, by others than wrote them.
fn read(facts: &Facts<'_>, kind: &str, written: &Written, what: &str) -> Finding {
    let mut finding = Finding::new(kind);
    if written.is_empty() {
        return finding;
    }
    for (row, operation) in succeeded(facts) {
        for (micro, value) in facts.micros(operation).filter(|(micro, _)| micro.verb != Verb::Write) {
            let Some(&writer) = written.get(&(micro.key, value)) else { continue };
            if writer != row {
                finding.add(|| {
                    let [shown, key] = [value, micro.key].map(|id| facts.history.value(id));
                    let sentence = format!("{shown} was read of {key}, {what}");
                    facts.witness(micro.key, &[value], &[writer, row], sentence)
                });
            }
        }
    }
    finding
}

/// Values that nobody tried to write.
pub(super) fn phantom(facts: &Facts<'_>) -> Finding {
    let mut finding = Finding::new("phantom");
    let mut met = Written::new();
    for (row, operation) in succeeded(facts) {
        for (micro, value) in facts.micros(operation).filter(|(micro, _)| micro.verb != Verb::Write) {
            if value != NIL && !facts.attempted(micro.key, value) {
                met.entry((micro.key, value)).or_insert(row);
            }
        }
    }
    for ((key, value), row) in met {
        finding.add(|| {
            let [shown, register] = [value, key].map(|id| facts.history.value(id));
            let sentence = format!("{shown} was read of {register} and nobody tried to write it");
            facts.witness(key, &[value], &[row], sentence)
        });
    }
    finding
}

fn succeeded<'h>(facts: &Facts<'h>) -> impl Iterator<Item = (Row, &'h Operation)> + use<'h> {
    facts.transactions().filter(|(_, operation)| operation.phase == Phase::Ok)
}
