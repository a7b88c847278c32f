//! Claim: what the queue confirmed comes out. `lost-acked`: an enqueue ended `ok`, and in the end, when the queue had been read
//! until it was empty, nobody had dequeued or settled the message; or a group had not, where groups are known.
//!
//! No loss: an enqueue that failed or has no known outcome, and a drop that was declared. `unknown` while nobody says that the
//! queue was drained, and where no more is missing than dequeues of unknown outcome can have taken.
//!
//! The broker's where the log has acks: whoever takes a message and dies gets none acknowledged, and the queue must hand it out
//! again. Without acks a client may have taken it and noted nothing, so the path cannot be told.

use super::{Case, Ruling, counted, witness};
use crate::report::Finding;
use crate::{Kind, MessageId, Name, Path};

pub(super) fn judge(case: &Case<'_>) -> Ruling {
    let missing = missing(case);
    let count = missing.len();
    let mut ruling = Ruling::default();
    if count == 0 {
        return ruling;
    }
    let doubt = case.readers.doubt(case.promises);
    if !case.promises.drained {
        ruling.unknown.push(format!(
            "{} enqueued and never dequeued: lost, or still in the queue; if it was read until it was empty say --drained",
            counted(count, "message")
        ));
    } else if count <= doubt {
        ruling.unknown.push(format!(
            "{} enqueued and never seen again, and {} of unknown outcome may have taken as many",
            counted(count, "message"),
            counted(doubt, "dequeue")
        ));
    } else {
        ruling.findings.push(told(case, &missing, doubt));
    }
    ruling
}

/// What was confirmed and did not come out, and for which reader; where nobody is known to read the queue, for anybody.
fn missing(case: &Case<'_>) -> Vec<(Option<Name>, MessageId)> {
    let mut missing = Vec::new();
    for &message in case.enqueues.keys() {
        if case.confirmed(message) == 0 || case.dropped.contains(&message) {
            continue;
        }
        let queue = case.queue(message);
        if case.readers.known && case.readers.reading(queue).next().is_some() {
            let readers = case.readers.reading(queue);
            let without = readers.filter(|(_, reader)| !reader.messages.contains_key(&message));
            missing.extend(without.map(|(name, _)| (name, message)));
        } else if case.readers.of(message).next().is_none() {
            missing.push((None, message));
        }
    }
    missing
}

fn told(case: &Case<'_>, missing: &[(Option<Name>, MessageId)], doubt: usize) -> Finding {
    let mut finding = Finding::new(Kind::LostAcked.name());
    if case.readers.settles && !case.promises.auto_ack {
        finding = finding.on(Path::Broker);
    }
    let taken = match doubt {
        0 => String::new(),
        _ => format!(
            "; of {} such, {} of unknown outcome can have taken at most as many",
            missing.len(),
            counted(doubt, "dequeue")
        ),
    };
    for &(reader, message) in missing {
        finding.add(|| {
            let (text, by) = (case.text(message), case.by(reader));
            witness(case, &[message], format!("{text} was enqueued and never dequeued{by}{taken}"))
        });
    }
    finding
}
