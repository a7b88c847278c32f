//! Claim: a message is done once. `duplicate-delivery`: one reader dequeued a message twice and settled it twice.
//!
//! A second dequeue of what was not settled is right, and so is a second ack of one dequeue. `unknown` where a message was dequeued
//! twice and the log has no acks, or has one of unknown outcome where two would be a duplicate.
//!
//! The producer's where the queue confirmed two enqueues of it. Else nobody can tell: a client's library may have sent it again, or
//! the queue have handed it out again.

use super::{Case, Ruling, counted, witness};
use crate::report::Finding;
use crate::{MessageId, Path};

/// As [`crate::jepsen`] calls it.
const KIND: &str = "duplicate-delivery";

pub(super) fn judge(case: &Case<'_>) -> Ruling {
    let mut findings = [Finding::new(KIND).on(Path::Producer), Finding::new(KIND)];
    let (mut unsettled, mut doubtful) = (0, 0);
    for (&name, reader) in &case.readers.all {
        for (&message, handling) in &reader.messages {
            let (dequeues, acks) = (handling.dequeues.len(), handling.acks.len());
            if dequeues < 2 {
                continue;
            }
            if !case.readers.settles {
                unsettled += 1;
            } else if acks >= 2 {
                let by = case.by(name);
                findings[usize::from(case.confirmed(message) < 2)].add(|| told(case, message, dequeues, &by));
            } else if acks + handling.perhaps >= 2 {
                doubtful += 1;
            }
        }
    }
    Ruling { findings: findings.into(), unknown: unknown(unsettled, doubtful) }
}

fn told(case: &Case<'_>, message: MessageId, dequeues: usize, by: &str) -> crate::Witness {
    let text = case.text(message);
    let enqueued = match case.confirmed(message) {
        0 | 1 => String::new(),
        times => format!("; it was enqueued {times} times"),
    };
    witness(case, &[message], format!("{text} was dequeued {dequeues} times{by} and settled again{enqueued}"))
}

fn unknown(unsettled: usize, doubtful: usize) -> Vec<String> {
    let mut unknown = Vec::new();
    if unsettled > 0 {
        unknown.push(format!(
            "{} dequeued more than once, and the log has no acks: if a dequeue settles what it takes say --auto-ack",
            counted(unsettled, "message")
        ));
    }
    if doubtful > 0 {
        unknown.push(format!(
            "{} dequeued more than once, with an ack whose outcome nobody knows",
            counted(doubtful, "message")
        ));
    }
    unknown
}
