//! Claim: a read shows what committed transactions appended, whole.
//!
//! * `G1a`: an element whose append had certainly failed.
//! * `G1b`: a list that ends in an element to which its transaction appended more.
//! * `duplicate-elements`: an element twice.
//!
//! Beyond: `phantom`, an element that nobody tried to append.

use super::facts::Facts;
use crate::Path;
use crate::jepsen::NOWHERE;
use crate::report::Finding;

/// Reads of elements whose append had failed.
pub(super) fn aborted(facts: &Facts<'_>) -> Finding {
    let mut finding = Finding::new("G1a");
    if facts.elements.iter().all(|element| element.failed == NOWHERE) {
        return finding;
    }
    for read in facts.acknowledged_reads() {
        for value in facts.values(read.micro) {
            let list = read.micro.key;
            let Some(number) = facts.find(list, value) else { continue };
            let failed = facts.element(number).failed;
            if failed != NOWHERE {
                finding.add(|| {
                    let [value_shown, list_shown] = [value, list].map(|id| facts.history.value(id));
                    let sentence =
                        format!("{value_shown} was read from {list_shown} although its append had failed");
                    facts.witness(list, &[value], &[failed, read.row], sentence)
                });
            }
        }
    }
    finding
}

/// Reads in the midst of another transaction.
pub(super) fn intermediate(facts: &Facts<'_>) -> Finding {
    let mut finding = Finding::new("G1b");
    for read in facts.acknowledged_reads() {
        let Some(value) = facts.last(read.micro) else { continue };
        let list = read.micro.key;
        let Some(number) = facts.find(list, value) else { continue };
        let writer = facts.element(number).intermediate;
        if writer != NOWHERE && writer != read.row {
            finding.add(|| {
                let [value_shown, list_shown] = [value, list].map(|id| facts.history.value(id));
                let sentence = format!(
                    "a read of {list_shown} ends in {value_shown}, to which its transaction appended more"
                );
                facts.witness(list, &[value], &[writer, read.row], sentence)
            });
        }
    }
    finding
}

/// Reads with an element twice, one case each.
pub(super) fn duplicates(facts: &Facts<'_>) -> Finding {
    let mut finding = Finding::new("duplicate-elements");
    for read in facts.possible_reads() {
        let mut values = facts.values(read.micro);
        values.sort_unstable();
        let mut twice: Vec<_> =
            values.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        twice.dedup();
        if twice.is_empty() {
            continue;
        }
        finding.add(|| {
            let list = read.micro.key;
            let [value, list_shown] = [twice[0], list].map(|id| facts.history.value(id));
            let sentence = format!("{value} is in one read of {list_shown} more than once");
            facts.witness(list, &twice, &[read.row], sentence)
        });
    }
    finding
}

/// Elements that nobody appended.
pub(super) fn phantom(facts: &Facts<'_>) -> Finding {
    let mut finding = Finding::new("phantom").on(Path::Broker);
    let mut met = Vec::new();
    for read in facts.possible_reads() {
        let list = read.micro.key;
        let unknown = facts.values(read.micro).into_iter().filter(|&value| facts.find(list, value).is_none());
        met.extend(unknown.map(|value| (list, value, read.row)));
    }
    met.sort_unstable();
    met.dedup_by_key(|(list, value, _)| (*list, *value));
    for (list, value, row) in met {
        finding.add(|| {
            let [value_shown, list_shown] = [value, list].map(|id| facts.history.value(id));
            let sentence = format!("{value_shown} was read from {list_shown} and nobody tried to append it");
            facts.witness(list, &[value], &[row], sentence)
        });
    }
    finding
}
