//! Claim: what was settled took effect. `lost-unprocessed`, consumer: every reader acknowledged a message that was enqueued, and no
//! line tells an effect of it, though the log has effects.
//!
//! An effect of unknown outcome counts as one. Says nothing about a log without effects, and nothing where nobody knows the
//! groups. It takes every message to need an effect, as the checker of our own histories does.

use std::collections::BTreeSet;

use super::super::word::Operation;
use super::{Case, Ruling, witness};
use crate::report::Finding;
use crate::{Kind, MessageId, Path, Phase};

pub(super) fn judge(case: &Case<'_>) -> Ruling {
    let mut ruling = Ruling::default();
    let effects: BTreeSet<MessageId> = case
        .acts
        .iter()
        .filter(|act| act.operation == Operation::Effect && act.end != Phase::Fail)
        .filter_map(|act| act.message)
        .collect();
    if effects.is_empty() || !case.readers.known {
        return ruling;
    }
    let settled_by_all = |message: MessageId| {
        let settled = case.readers.of(message).filter(|handling| !handling.acks.is_empty()).count();
        settled > 0 && settled == case.readers.reading(case.queue(message)).count()
    };
    let mut finding = Finding::new(Kind::LostUnprocessed.name()).on(Path::Consumer);
    for &message in case.enqueues.keys() {
        if settled_by_all(message) && !effects.contains(&message) && !case.dropped.contains(&message) {
            finding.add(|| {
                let text = case.text(message);
                witness(case, &[message], format!("{text} was acknowledged and never took effect"))
            });
        }
    }
    ruling.findings.push(finding);
    ruling
}
