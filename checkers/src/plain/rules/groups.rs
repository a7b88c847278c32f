//! Claim: it is known who shares the messages with whom. Where several clients dequeue and no line tells groups, nobody knows
//! whether each message is for one of them or for each: what one of them never got may be lost, and what two of them got may be
//! doubled. `unknown` then, beside whatever is wrong either way.

use super::{Case, Ruling, counted};
use crate::MessageId;

pub(super) fn judge(case: &Case<'_>) -> Ruling {
    if case.readers.known {
        return Ruling::default();
    }
    let clients = case.readers.all.len();
    let acked = |message: &&MessageId| {
        case.readers.of(**message).filter(|handling| !handling.acks.is_empty()).count() > 1
    };
    let twice = case.enqueues.keys().filter(acked).count();
    let doubled = match twice {
        0 => String::new(),
        count => format!(", and {} settled by more than one of them", counted(count, "message")),
    };
    let sentence = format!(
        "{clients} clients dequeue{doubled}: whether they share the messages (--one-group) or which of them do \
         (--map group=COLUMN) is not in the log"
    );
    Ruling { unknown: vec![sentence], ..Ruling::default() }
}
