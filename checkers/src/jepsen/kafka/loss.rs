//! Claim: what was sent is read.
//!
//! * `lost-write`: a message that certainly took effect stands before one that was read, and no operation that succeeded read it.
//! * `unseen`: a message whose send succeeded was never read by an operation that succeeded.

use super::case::Case;
use super::facts::Number;
use super::log::Position;
use crate::report::Finding;

/// Messages below the highest read of their key that nobody read.
pub(super) fn lost_write(case: &Case<'_>) -> Finding {
    let mut finding = Finding::new("lost-write");
    let bounds = bounds(case);
    for (message, pair) in case.facts.numbered() {
        let Some((bound, highest)) = bounds[pair.key as usize] else { continue };
        let Some((first, last)) = case.logs.extent(message) else { continue };
        if pair.polled_ok || last > bound || !pair.has_writer() || !case.facts.committed(pair.writer) {
            continue;
        }
        finding.add(|| {
            let (key, value) = case.facts.shown(pair);
            let reader = case.facts.pair(highest).reader;
            let slots =
                [first, bound].map(|position| case.logs.slots[case.logs.slot(pair.key, position)].offset);
            let sentence = format!(
                "{value} was sent to {key} at offset {} and never read, although offset {} was",
                slots[0], slots[1]
            );
            case.facts.witness(pair.key, [message], slots.to_vec(), [pair.writer, reader], sentence)
        });
    }
    finding
}

/// By key: the highest position that must have been read, and the message read there.
pub(super) fn bounds(case: &Case<'_>) -> Vec<Option<(Position, Number)>> {
    let mut bounds: Vec<Option<(Position, Number)>> = vec![None; case.facts.keys.len()];
    for (message, pair) in case.facts.numbered() {
        if !pair.polled_ok {
            continue;
        }
        let Some((first, _)) = case.logs.extent(message) else { continue };
        let bound = &mut bounds[pair.key as usize];
        if bound.is_none_or(|(highest, _)| highest < first) {
            *bound = Some((first, message));
        }
    }
    bounds
}

/// Messages that were acknowledged and never read.
pub(super) fn unseen(case: &Case<'_>) -> Finding {
    let mut finding = Finding::new("unseen");
    for (message, pair) in case.facts.numbered() {
        if !pair.acknowledged || pair.polled_ok {
            continue;
        }
        finding.add(|| {
            let (key, value) = case.facts.shown(pair);
            let sentence = format!("{value} was sent to {key} and never read");
            let offsets = case.logs.offsets(pair.key, message);
            case.facts.witness(pair.key, [message], offsets, [pair.writer], sentence)
        });
    }
    finding
}
