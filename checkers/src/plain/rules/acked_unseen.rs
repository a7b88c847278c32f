//! Claim: what was settled had been handed out. `skipped`, consumer: a reader acknowledged a message that none of its clients ever
//! dequeued; where nobody knows the groups, that no client dequeued.
//!
//! `unknown` where as many dequeues of unknown outcome may have handed them out, and where the log has no dequeues at all.

use super::{Case, Ruling, counted, witness};
use crate::report::Finding;
use crate::{Kind, MessageId, Name, Path};

pub(super) fn judge(case: &Case<'_>) -> Ruling {
    let unseen = unseen(case);
    let mut ruling = Ruling::default();
    let doubt: usize = case.readers.all.values().map(|reader| reader.unknown.len()).sum();
    let anything = case.readers.all.values().flat_map(|reader| reader.messages.values());
    let dequeues = anything.filter(|handling| !handling.dequeues.is_empty()).count();
    if unseen.is_empty() {
        return ruling;
    }
    if dequeues == 0 {
        ruling.unknown.push(
            "the log has acks and no dequeues: whether anything was handed out is not in it".to_owned(),
        );
    } else if unseen.len() <= doubt {
        ruling.unknown.push(format!(
            "{} acknowledged and never dequeued, and {} of unknown outcome may have handed out as many",
            counted(unseen.len(), "message"),
            counted(doubt, "dequeue")
        ));
    } else {
        ruling.findings.push(told(case, &unseen));
    }
    ruling
}

fn unseen(case: &Case<'_>) -> Vec<(Option<Name>, MessageId)> {
    let by_another = |message: MessageId| {
        !case.readers.known && case.readers.of(message).any(|handling| !handling.dequeues.is_empty())
    };
    let mut unseen = Vec::new();
    for (&name, reader) in &case.readers.all {
        for (&message, handling) in &reader.messages {
            let acked = !handling.acks.is_empty();
            if acked && handling.dequeues.is_empty() && !by_another(message) {
                unseen.push((name, message));
            }
        }
    }
    unseen
}

fn told(case: &Case<'_>, unseen: &[(Option<Name>, MessageId)]) -> Finding {
    let mut finding = Finding::new(Kind::Skipped.name()).on(Path::Consumer);
    for &(reader, message) in unseen {
        finding.add(|| {
            let (text, by) = (case.text(message), case.by(reader));
            witness(case, &[message], format!("{text} was acknowledged{by} and never dequeued"))
        });
    }
    finding
}
