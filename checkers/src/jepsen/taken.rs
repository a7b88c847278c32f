//! Who can have taken what never came out of a queue.
//!
//! An acknowledged value is the broker's until somebody takes it. Where the queue was found empty in an operation that began after
//! the acknowledgement, and no other operation can have taken the value, it was lost or held back by the broker. Otherwise nobody
//! can tell: it may still be in the queue, or a consumer whose dequeue crashed, or is said to have failed for another reason than
//! that there was nothing, may have had it (the client of RabbitMQ's own test calls a dequeue failed that ran into a time-out).

use super::{Function, History, NIL, NOWHERE, Operation, Row, partners};
use crate::Phase;

/// What a history says of what was taken out of a queue.
pub(super) struct Taken {
    /// The last beginning of an operation that found the queue empty, or emptied it.
    empty: Option<Row>,
    /// When the last operation ended that may have taken something nobody knows of.
    in_doubt: Option<Row>,
}

impl Taken {
    pub(super) fn of(history: &History) -> Self {
        let partners = partners(history);
        let mut taken = Taken { empty: None, in_doubt: None };
        for (row, operation) in history.clients() {
            if !matches!(operation.function, Function::Dequeue | Function::Drain) {
                continue;
            }
            let partner = partners[row as usize];
            if operation.phase == Phase::Invoke {
                if partner == NOWHERE {
                    taken.in_doubt = Some(NOWHERE);
                }
                continue;
            }
            match Self::ended(history, operation) {
                Ended::Empty if partner != NOWHERE => taken.empty = taken.empty.max(Some(partner)),
                Ended::Empty | Ended::Took => {}
                Ended::InDoubt(true) => taken.in_doubt = Some(NOWHERE),
                Ended::InDoubt(false) => taken.in_doubt = taken.in_doubt.max(Some(row)),
            }
        }
        taken
    }

    fn ended(history: &History, operation: &Operation) -> Ended {
        let dequeue = operation.function == Function::Dequeue;
        match operation.phase {
            Phase::Ok if !dequeue || history.single(operation) == NIL => Ended::Empty,
            Phase::Ok | Phase::Invoke => Ended::Took,
            Phase::Fail if operation.nothing => Ended::Empty,
            Phase::Fail => Ended::InDoubt(false),
            // It may take effect at any time.
            Phase::Info => Ended::InDoubt(true),
        }
    }

    /// Whether a value that never came out was at the broker all the time: put in from this row on, and acknowledged at that.
    pub(super) fn nothing_of(&self, invoked: Row, acknowledged: Row) -> bool {
        let emptied = self.empty.is_some_and(|empty| empty > acknowledged);
        let in_doubt = self.in_doubt.is_some_and(|ended| ended > invoked);
        acknowledged != NOWHERE && invoked != NOWHERE && emptied && !in_doubt
    }
}

/// How an operation that takes something ended.
enum Ended {
    /// Nothing was left then.
    Empty,
    /// It took what it says.
    Took,
    /// It may have taken something; whether it still may.
    InDoubt(bool),
}
