//! Claim: the history is linearizable to a first-in-first-out queue: the monitor of [`crate::fifo`] over enqueues, dequeues and
//! drains. Jepsen has no such checker.
//!
//! A dequeue that is `:ok` with `nil` found the queue empty; one that failed did nothing; one that crashed may have taken a value.
//! A drain is a dequeue of each of its elements, all at once.

use super::mode::{Judgement, Mode, Options, Subject};
use super::{Function, History, NIL, NOWHERE, Operation, Row, partners};
use crate::Phase;
use crate::fifo::{self, Event, Outcome, Rule, Violation};
use crate::report::{Finding, Witness};

pub(super) const MODE: Mode = Mode {
    name: "fifo",
    about: "linearizable to a first-in-first-out queue",
    subject: &[Subject::Does(Function::Enqueue), Subject::Does(Function::Dequeue)],
    anomalies: &["VFresh", "VOrd", "VRepet", "VWit"],
    beyond: &[],
    check,
};

fn check(history: &History, _: Options) -> Judgement {
    let mut enqueues = vec![NOWHERE; history.values.len()];
    let mut unknown = Vec::new();
    for (row, operation) in history.rows() {
        if (operation.function, operation.phase) == (Function::Enqueue, Phase::Invoke) {
            let value = history.single(operation);
            let first = std::mem::replace(&mut enqueues[value as usize], row);
            if first != NOWHERE {
                unknown.push(format!(
                    "{} is enqueued at {} and at {}: the monitor needs unique values",
                    history.value(value),
                    history.operation(first).index,
                    operation.index
                ));
            }
        }
    }
    if !unknown.is_empty() {
        return Judgement { unknown, ..Judgement::default() };
    }
    match fifo::check(&events(history)) {
        Outcome::Valid => Judgement::default(),
        Outcome::Invalid(violations) => {
            Judgement { anomalies: findings(history, &enqueues, &violations), ..Judgement::default() }
        }
        Outcome::Undecided => {
            let reason =
                "dequeues with unknown outcomes meet dequeues that found the queue empty: not decided";
            Judgement { unknown: vec![reason.to_owned()], ..Judgement::default() }
        }
    }
}

/// The history as the monitor wants it.
fn events(history: &History) -> Vec<Event> {
    let partners = partners(history);
    let mut events = Vec::with_capacity(history.operations.len());
    for (row, operation) in history.rows() {
        let partner = partners[row as usize];
        let other = (partner != NOWHERE).then(|| history.operation(partner));
        // A process that completes something else than it began did neither.
        let other = other.filter(|other| other.function == operation.function);
        match (operation.function, operation.phase) {
            (Function::Enqueue, phase) => enqueue(history, operation, phase, other, &mut events),
            (Function::Dequeue | Function::Drain, Phase::Invoke) => match other {
                Some(done) if done.phase == Phase::Ok => {
                    dequeued(history, done, row, &mut events, Event::DequeueInvoked, Event::EmptyInvoked);
                }
                Some(done) if done.phase == Phase::Fail => {}
                _ => events.push(Event::UnknownInvoked),
            },
            (Function::Dequeue | Function::Drain, Phase::Ok) => {
                if other.is_none() {
                    dequeued(
                        history,
                        operation,
                        row,
                        &mut events,
                        Event::DequeueInvoked,
                        Event::EmptyInvoked,
                    );
                }
                let invoked = if other.is_none() { row } else { partner };
                dequeued(
                    history,
                    operation,
                    invoked,
                    &mut events,
                    Event::DequeueReturned,
                    Event::EmptyReturned,
                );
            }
            _ => {}
        }
    }
    events
}

fn enqueue(
    history: &History,
    operation: &Operation,
    phase: Phase,
    other: Option<&Operation>,
    events: &mut Vec<Event>,
) {
    let value = history.single(operation);
    match phase {
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

/// The events of a dequeue, or of a drain, that returned; `row` numbers it should it have found nothing.
fn dequeued(
    history: &History,
    done: &Operation,
    row: Row,
    events: &mut Vec<Event>,
    value: fn(u32) -> Event,
    empty: fn(u32) -> Event,
) {
    let mut taken = history.plain(done).filter(|&value| value != NIL).peekable();
    if taken.peek().is_none() && done.function == Function::Dequeue {
        events.push(empty(row));
    }
    events.extend(taken.map(value));
}

fn findings(history: &History, enqueues: &[Row], violations: &[Violation]) -> Vec<Finding> {
    let dequeues = dequeues(history);
    let mut findings: Vec<Finding> = Rule::ALL.iter().map(|rule| Finding::new(rule.name())).collect();
    for violation in violations {
        findings[violation.rule as usize].add(|| witness(history, enqueues, &dequeues, violation));
    }
    findings
}

/// Where each value came out first.
fn dequeues(history: &History) -> Vec<Row> {
    let mut dequeues = vec![NOWHERE; history.values.len()];
    for (row, operation) in history.rows().rev() {
        if matches!(operation.function, Function::Dequeue | Function::Drain) && operation.phase == Phase::Ok {
            history.plain(operation).for_each(|value| dequeues[value as usize] = row);
        }
    }
    dequeues
}

fn witness(history: &History, enqueues: &[Row], dequeues: &[Row], violation: &Violation) -> Witness {
    let value = violation.value;
    if violation.rule == Rule::Witness {
        let index = history.operation(value).index;
        let sentence =
            format!("the dequeue invoked at {index} found the queue empty while a value was in it");
        return Witness { operations: vec![index], sentence, ..Witness::default() };
    }
    let shown = history.value(value);
    let sentence = match (violation.rule, violation.overtaken.map(|overtaken| history.value(overtaken))) {
        (Rule::Fresh, _) => format!("{shown} was dequeued and had not been enqueued"),
        (Rule::Repeat, _) => format!("{shown} was dequeued twice"),
        (_, Some(overtaken)) => {
            format!("{overtaken} was enqueued before {shown}, and {shown} came out before it")
        }
        (_, None) => format!("{shown} came out too early"),
    };
    let values: Vec<u32> = violation.overtaken.into_iter().chain([value]).collect();
    let rows = values.iter().flat_map(|&value| [enqueues[value as usize], dequeues[value as usize]]);
    let mut rows: Vec<Row> = rows.filter(|&row| row != NOWHERE).collect();
    rows.sort_unstable();
    Witness {
        values: values.iter().map(|&value| history.value(value).clone()).collect(),
        operations: rows.iter().map(|&row| history.operation(row).index).collect(),
        sentence,
        ..Witness::default()
    }
}
