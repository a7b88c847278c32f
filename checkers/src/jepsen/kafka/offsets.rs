//! Claim: one offset holds one message (else `inconsistent-offsets`), and one message stands at one offset (else `duplicate`).

use super::case::Case;
use crate::report::Finding;

/// Offsets that hold several messages.
pub(super) fn inconsistent(case: &Case<'_>) -> Finding {
    let mut finding = Finding::new("inconsistent-offsets");
    for (at, slot) in case.logs.slots.iter().enumerate() {
        let messages = case.logs.at(at);
        if messages.len() < 2 {
            continue;
        }
        finding.add(|| {
            let mut messages = messages.to_vec();
            messages.sort_by_key(|&message| case.history.value(case.facts.pair(message).value).clone());
            let rows = messages.iter().flat_map(|&message| {
                let pair = case.facts.pair(message);
                [pair.writer, pair.reader]
            });
            let sentence = format!(
                "offset {} of {} holds {} values",
                slot.offset,
                case.facts.key_value(slot.key),
                messages.len()
            );
            case.facts.witness(slot.key, messages.iter().copied(), vec![slot.offset], rows, sentence)
        });
    }
    finding
}

/// Messages that stand at several offsets.
pub(super) fn duplicate(case: &Case<'_>) -> Finding {
    let mut finding = Finding::new("duplicate");
    for (message, pair) in case.facts.numbered() {
        if case.logs.copies(message) < 2 {
            continue;
        }
        finding.add(|| {
            let offsets = case.logs.offsets(pair.key, message);
            let (key, value) = case.facts.shown(pair);
            let shown: Vec<String> = offsets.iter().map(i64::to_string).collect();
            let sentence = format!("{value} stands in {key} at the offsets {}", shown.join(" and "));
            case.facts.witness(pair.key, [message], offsets, [pair.writer, pair.reader], sentence)
        });
    }
    finding
}
