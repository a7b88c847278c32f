//! Claim: what was handed out is settled in the end. `stuck`, consumer: when the queue had been read until it was empty, a message
//! had been dequeued and neither acknowledged nor refused, though the log has acks.
//!
//! An ack of unknown outcome counts as one. `unknown` while nobody says that the queue was drained: whoever has it may still be at
//! work.

use super::super::handling::Handling;
use super::{Case, Ruling, counted, witness};
use crate::report::Finding;
use crate::{Kind, MessageId, Name, Path};

pub(super) fn judge(case: &Case<'_>) -> Ruling {
    let mut ruling = Ruling::default();
    if !case.readers.settles || case.promises.auto_ack {
        return ruling;
    }
    let unsettled = unsettled(case);
    if unsettled.is_empty() {
        return ruling;
    }
    if !case.promises.drained {
        ruling.unknown.push(format!(
            "{} dequeued and never acknowledged: stuck, or still at work; if the queue was read until it was empty say --drained",
            counted(unsettled.len(), "message")
        ));
        return ruling;
    }
    let mut finding = Finding::new(Kind::Stuck.name()).on(Path::Consumer);
    for (reader, message) in unsettled {
        finding.add(|| {
            let (text, by) = (case.text(message), case.by(reader));
            witness(case, &[message], format!("{text} was dequeued{by} and never acknowledged"))
        });
    }
    ruling.findings.push(finding);
    ruling
}

fn unsettled(case: &Case<'_>) -> Vec<(Option<Name>, MessageId)> {
    let settled = |handling: &Handling| !handling.acks.is_empty() || handling.perhaps > 0 || handling.nacked;
    // Where nobody knows the groups, whoever acknowledged it may have done so for all.
    let by_another = |message: MessageId| !case.readers.known && case.readers.of(message).any(settled);
    let mut unsettled = Vec::new();
    for (&name, reader) in &case.readers.all {
        for (&message, handling) in &reader.messages {
            let done = settled(handling) || by_another(message) || case.dropped.contains(&message);
            if !handling.dequeues.is_empty() && !done {
                unsettled.push((name, message));
            }
        }
    }
    unsettled
}
