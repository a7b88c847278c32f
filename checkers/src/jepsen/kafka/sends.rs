//! Claim: a producer's sends to one key stand in the log in their order.
//!
//! * `int-send-skip`, `int-nonmonotonic-send`: between neighbours within one operation. Sends of several producers interleave, so
//!   a skip is always allowed.
//! * `nonmonotonic-send`: what an operation sent first does not lie behind what the process sent last.

use std::collections::BTreeMap;

use super::case::Case;
use super::facts::{Key, Number, sends};
use super::polls::step;
use crate::Phase;
use crate::jepsen::{Function, Id, Row};
use crate::report::Finding;

/// Skips and steps back within operations.
pub(super) fn inside(case: &Case<'_>) -> [Finding; 2] {
    let mut findings = [Finding::new("int-send-skip"), Finding::new("int-nonmonotonic-send")];
    let mut before: Vec<Option<(Row, Number)>> = vec![None; case.facts.keys.len()];
    for sent in &case.facts.sends {
        let last = before[sent.key as usize].replace((sent.row, sent.pair));
        if let Some((_, last)) = last.filter(|&(same, _)| same == sent.row) {
            step(case, sent.key, [last, sent.pair], [sent.row, sent.row], &mut findings);
        }
    }
    findings
}

/// Steps back between the operations of a process. As Jepsen has it, assigning and subscribing forgets the keys that are not
/// among the new ones, though they have nothing to do with producers.
pub(super) fn nonmonotonic(case: &Case<'_>, reassigned: bool) -> Finding {
    let mut findings = [Finding::new("ignored"), Finding::new("nonmonotonic-send")];
    let mut last: BTreeMap<(Id, Key), (Row, Number)> = BTreeMap::new();
    for (row, operation) in case.history.clients() {
        if !matches!(operation.phase, Phase::Ok | Phase::Info) {
            continue;
        }
        let process = operation.process;
        if matches!(operation.function, Function::Assign | Function::Subscribe) && reassigned {
            let kept: Vec<Key> =
                case.history.plain(operation).filter_map(|value| case.facts.key_of(value)).collect();
            last.retain(|&(its, key), _| its != process || kept.contains(&key));
        } else if sends(operation) {
            let sent = case.facts.sent_by(row);
            for fact in sent {
                let first = last.get(&(process, fact.key)).filter(|&&(by, _)| by != row);
                if let Some(&(by, before)) = first {
                    step(case, fact.key, [before, fact.pair], [by, row], &mut findings);
                }
                last.insert((process, fact.key), (row, fact.pair));
            }
        }
    }
    let [_, back] = findings;
    back
}
