//! Claim: no update is built on one that was undone: in the order of a list no element whose append failed stands before one whose
//! transaction succeeded, with none that succeeded between (else `dirty-update`).

use super::facts::Facts;
use super::orders::Orders;
use crate::Phase;
use crate::jepsen::{Id, NOWHERE, Row};
use crate::report::Finding;

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
