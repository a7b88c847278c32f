//! Claim: only what was committed is read.
//!
//! * `G1a`: an operation that succeeded read a message whose send had certainly failed.
//! * `precommitted-read`: a transaction read what it sends itself.

use super::case::Case;
use super::facts::Fact;
use crate::Phase;
use crate::report::Finding;

/// Reads of what had failed, by operations that succeeded.
pub(super) fn aborted(case: &Case<'_>) -> Finding {
    let mut finding = Finding::new("G1a");
    aborted_by(case, &mut finding, |phase| phase == Phase::Ok);
    finding
}

/// Reads of what had failed, by operations whose end suits.
pub(super) fn aborted_by(case: &Case<'_>, finding: &mut Finding, suits: impl Fn(Phase) -> bool) {
    for polled in &case.facts.polls {
        let pair = case.facts.pair(polled.pair);
        if !pair.failed || !suits(case.history.operation(polled.row).phase) {
            continue;
        }
        finding.add(|| {
            let (key, value) = case.facts.shown(pair);
            let sentence = format!("{value} was read from {key} although its send had failed");
            let offsets = polled.offset.into_iter().collect();
            case.facts.witness(pair.key, [polled.pair], offsets, [pair.writer, polled.row], sentence)
        });
    }
}

/// Transactions that read their own sends, one case each.
pub(super) fn precommitted(case: &Case<'_>) -> Finding {
    let mut finding = Finding::new("precommitted-read");
    for (row, _) in case.history.rows() {
        let (sent, polled) = (case.facts.sent_by(row), case.facts.polled_by(row));
        let Some(own) = own(sent, polled) else { continue };
        finding.add(|| {
            let pair = case.facts.pair(own.pair);
            let (key, value) = case.facts.shown(pair);
            let sentence = format!("a transaction read {value} from {key}, which it was sending itself");
            case.facts.witness(pair.key, [own.pair], own.offset.into_iter().collect(), [row], sentence)
        });
    }
    finding
}

/// The first message polled that was also sent.
fn own<'f>(sent: &[Fact], polled: &'f [Fact]) -> Option<&'f Fact> {
    if sent.is_empty() || polled.is_empty() {
        return None;
    }
    let mut sent: Vec<u32> = sent.iter().map(|fact| fact.pair).collect();
    sent.sort_unstable();
    polled.iter().find(|fact| sent.binary_search(&fact.pair).is_ok())
}
