//! The history as the monitor wants it.

use crate::Phase;
use crate::fifo::Event;
use crate::jepsen::{Function, History, NIL, NOWHERE, Operation, Row, partners};

/// What a dequeue stands for that failed because it found nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// For nothing, like all that failed.
    NeverWas,
    /// For a dequeue that saw the queue empty.
    FoundNothing,
}

/// A dequeue of a value, and one of nothing.
type Told = (fn(u32) -> Event, fn(u32) -> Event);

const INVOKED: Told = (Event::DequeueInvoked, Event::EmptyInvoked);
const RETURNED: Told = (Event::DequeueReturned, Event::EmptyReturned);

pub(super) fn events(history: &History, failed: Failed) -> Vec<Event> {
    let partners = partners(history);
    let mut events = Vec::with_capacity(history.operations.len());
    for (row, operation) in history.rows() {
        let partner = partners[row as usize];
        let other = (partner != NOWHERE).then(|| history.operation(partner));
        // A process that completes something else than it began did neither.
        let other = other.filter(|other| other.function == operation.function);
        match operation.function {
            Function::Enqueue => enqueue(history, operation, other, &mut events),
            Function::Dequeue | Function::Drain if operation.phase == Phase::Invoke => {
                begun(history, row, other, failed, &mut events);
            }
            Function::Dequeue | Function::Drain => {
                let invoked = if other.is_none() { row } else { partner };
                ended(history, operation, invoked, other, failed, &mut events);
            }
            _ => {}
        }
    }
    events
}

/// The invocations of dequeues that failed for want of a value, in order.
pub(super) fn found_nothing(history: &History) -> Vec<Row> {
    let partners = partners(history);
    let failed = history.rows().filter(|(_, operation)| is_nothing(operation));
    let mut invoked: Vec<Row> =
        failed.map(|(row, _)| partners[row as usize]).filter(|&row| row != NOWHERE).collect();
    invoked.sort_unstable();
    invoked
}

fn is_nothing(operation: &Operation) -> bool {
    operation.phase == Phase::Fail && operation.nothing && operation.function == Function::Dequeue
}

fn enqueue(history: &History, operation: &Operation, other: Option<&Operation>, events: &mut Vec<Event>) {
    let value = history.single(operation);
    match operation.phase {
        Phase::Invoke if other.is_none_or(|done| done.phase != Phase::Fail) => {
            events.push(Event::EnqueueInvoked(value));
        }
        Phase::Ok => {
            if other.is_none() {
                events.push(Event::EnqueueInvoked(value));
            }
            events.push(Event::EnqueueReturned(value));
        }
        _ => {}
    }
}

/// A dequeue or a drain begins that ends like this.
fn begun(history: &History, row: Row, done: Option<&Operation>, failed: Failed, events: &mut Vec<Event>) {
    match done {
        Some(done) if done.phase == Phase::Ok => taken(history, done, row, INVOKED, events),
        Some(done) if is_nothing(done) && failed == Failed::FoundNothing => {
            events.push(Event::EmptyInvoked(row));
        }
        Some(done) if done.phase == Phase::Fail => {}
        _ => events.push(Event::UnknownInvoked),
    }
}

/// A dequeue or a drain ends.
fn ended(
    history: &History,
    done: &Operation,
    invoked: Row,
    begun: Option<&Operation>,
    failed: Failed,
    events: &mut Vec<Event>,
) {
    match done.phase {
        Phase::Ok => {
            if begun.is_none() {
                taken(history, done, invoked, INVOKED, events);
            }
            taken(history, done, invoked, RETURNED, events);
        }
        Phase::Fail if begun.is_some() && is_nothing(done) && failed == Failed::FoundNothing => {
            events.push(Event::EmptyReturned(invoked));
        }
        _ => {}
    }
}

/// What was taken; `row` numbers a dequeue that found nothing.
fn taken(history: &History, done: &Operation, row: Row, (value, empty): Told, events: &mut Vec<Event>) {
    let mut taken = history.plain(done).filter(|&value| value != NIL).peekable();
    if taken.peek().is_none() && done.function == Function::Dequeue {
        events.push(empty(row));
    }
    events.extend(taken.map(value));
}
