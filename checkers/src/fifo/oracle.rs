//! Exhaustive search over small histories: the judge of the monitor. It tries every order in which the operations can have taken
//! effect.

use super::{Event, Number};

const NEVER: usize = usize::MAX;

#[derive(Clone, Copy)]
enum Action {
    Enqueue(Number),
    Dequeue(Number),
    Empty,
    /// Took whatever came first, if anything.
    Unknown,
}

struct Operation {
    action: Action,
    invoked: usize,
    returned: usize,
}

/// Whether a history has a linearization.
pub(super) fn linearizable(events: &[Event]) -> bool {
    let operations = operations(events);
    search(&operations, 0, &[])
}

fn operations(events: &[Event]) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    for (at, event) in events.iter().enumerate() {
        let mut begin = |action| operations.push(Operation { action, invoked: at, returned: NEVER });
        match *event {
            Event::EnqueueInvoked(value) => begin(Action::Enqueue(value)),
            Event::DequeueInvoked(value) => begin(Action::Dequeue(value)),
            Event::EmptyInvoked(_) => begin(Action::Empty),
            Event::UnknownInvoked => begin(Action::Unknown),
            Event::EnqueueReturned(value) => {
                end(&mut operations, at, |action| matches!(action, Action::Enqueue(its) if its == value));
            }
            Event::DequeueReturned(value) => {
                end(&mut operations, at, |action| matches!(action, Action::Dequeue(its) if its == value));
            }
            Event::EmptyReturned(number) => {
                let mut empties = 0;
                end(&mut operations, at, |action| {
                    empties += u32::from(matches!(action, Action::Empty));
                    matches!(action, Action::Empty) && empties == number + 1
                });
            }
        }
    }
    operations
}

/// Ends the first open operation that suits.
fn end(operations: &mut [Operation], at: usize, mut suits: impl FnMut(Action) -> bool) {
    let mut all = operations.iter_mut();
    if let Some(operation) = all.find(|operation| suits(operation.action) && operation.returned == NEVER) {
        operation.returned = at;
    }
}

fn search(operations: &[Operation], done: u64, queue: &[Number]) -> bool {
    let open = |at: usize| done & (1 << at) == 0;
    let waits = |at: usize| open(at) && operations[at].returned != NEVER;
    if !(0..operations.len()).any(waits) {
        return true;
    }
    let first_return =
        (0..operations.len()).filter(|&at| open(at)).map(|at| operations[at].returned).min().unwrap_or(NEVER);
    let may_be_next = |at: &usize| open(*at) && operations[*at].invoked < first_return;
    (0..operations.len()).filter(may_be_next).any(|at| {
        let then = done | (1 << at);
        match operations[at].action {
            Action::Enqueue(value) => search(operations, then, &[queue, &[value]].concat()),
            Action::Dequeue(value) => queue.first() == Some(&value) && search(operations, then, &queue[1..]),
            Action::Empty => queue.is_empty() && search(operations, then, queue),
            Action::Unknown => !queue.is_empty() && search(operations, then, &queue[1..]),
        }
    })
}
