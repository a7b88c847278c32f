//! Claim: what was settled took effect. `lost-unprocessed`, consumer: every reader acknowledged a message that was enqueued, and no
//! line tells an effect of it, though the log has effects of its queue.
//!
//! An effect of unknown outcome counts as one. Says nothing about a queue without effects. Where nobody knows the groups, every client
//! must have acknowledged it: whichever of them are to bring effects about, they took it for done. It takes every message to need an
//! effect, as the checker of our own histories does.

use std::collections::BTreeSet;

use super::super::word::Operation;
use super::{Case, Ruling, witness};
use crate::report::Finding;
use crate::{Kind, MessageId, Name, Path, Phase};

pub(super) fn judge(case: &Case<'_>) -> Ruling {
    let mut ruling = Ruling::default();
    let acts = case.acts.iter();
    let acts = acts.filter(|act| act.operation == Operation::Effect && act.end != Phase::Fail);
    let (queues, effects): (BTreeSet<Option<Name>>, BTreeSet<Option<MessageId>>) =
        acts.map(|act| (act.queue, act.message)).unzip();
    let settled_by_all = |message: MessageId| {
        let settled = case.readers.of(message).filter(|handling| !handling.acks.is_empty()).count();
        settled > 0 && settled == case.readers.reading(case.queue(message)).count()
    };
    let mut finding = Finding::new(Kind::LostUnprocessed.name()).on(Path::Consumer);
    for &message in case.enqueues.keys() {
        let needs_one = queues.contains(&case.queue(message));
        if needs_one
            && settled_by_all(message)
            && !effects.contains(&Some(message))
            && !case.dropped.contains(&message)
        {
            finding.add(|| {
                let text = case.text(message);
                witness(case, &[message], format!("{text} was acknowledged and never took effect"))
            });
        }
    }
    ruling.findings.push(finding);
    ruling
}
