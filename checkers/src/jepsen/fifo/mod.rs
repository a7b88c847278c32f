//! Claim: the history is linearizable to a first-in-first-out queue: the monitor of [`crate::fifo`] over enqueues, dequeues and
//! drains. Jepsen has no such checker.
//!
//! A dequeue that is `:ok` with `nil` found the queue empty; one that failed did nothing; one that crashed may have taken a value.
//! A drain is a dequeue of each of its elements, all at once.
//!
//! Beyond: a dequeue that failed because it found nothing, as its `:error` says (`:empty`, `:exhausted`), while a value was in the
//! queue all the time (`VWit`). It does not touch the verdict: Jepsen takes a failed operation for one that never was, and what
//! clients call empty may mean that this node, or this poll, had nothing to hand out. Where dequeues with unknown outcomes leave
//! it open whether the value was still there, nothing is told.

mod events;
mod told;

use super::mode::{Judgement, Mode, Options, Subject};
use super::{Function, History, NOWHERE, Row};
use crate::Phase;
use crate::fifo::{self, Outcome, Rule, Violation};
use events::{Failed, events};

pub(super) const MODE: Mode = Mode {
    name: "fifo",
    about: "linearizable to a first-in-first-out queue",
    models: false,
    subject: &[Subject::Does(Function::Enqueue), Subject::Does(Function::Dequeue)],
    anomalies: &["VFresh", "VOrd", "VRepet", "VWit"],
    beyond: &["VWit"],
    check,
};

fn check(history: &History, _: Options) -> Judgement {
    let enqueues = match enqueues(history) {
        Ok(enqueues) => enqueues,
        Err(unknown) => return Judgement { unknown, ..Judgement::default() },
    };
    let findings = |violations: &[Violation]| told::findings(history, &enqueues, violations);
    let beyond = findings(&found_nothing(history));
    match fifo::check(&events(history, Failed::NeverWas)) {
        Outcome::Valid => Judgement { beyond, ..Judgement::default() },
        Outcome::Invalid(violations) => {
            Judgement { anomalies: findings(&violations), beyond, ..Judgement::default() }
        }
        Outcome::Undecided => {
            let reason =
                "dequeues with unknown outcomes meet dequeues that found the queue empty: not decided";
            Judgement { beyond, unknown: vec![reason.to_owned()], ..Judgement::default() }
        }
    }
}

/// Where each value is put in, which happens once, or why that cannot be told.
fn enqueues(history: &History) -> Result<Vec<Row>, Vec<String>> {
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
    if unknown.is_empty() { Ok(enqueues) } else { Err(unknown) }
}

/// Dequeues that failed for want of a value while there was one.
fn found_nothing(history: &History) -> Vec<Violation> {
    let failed = events::found_nothing(history);
    if failed.is_empty() {
        return Vec::new();
    }
    let Outcome::Invalid(mut violations) = fifo::check(&events(history, Failed::FoundNothing)) else {
        return Vec::new();
    };
    violations.retain(|violation| {
        violation.rule == Rule::Witness && failed.binary_search(&violation.value).is_ok()
    });
    violations
}
