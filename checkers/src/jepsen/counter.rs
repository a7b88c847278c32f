//! Claim: a read lies between the sum of what had been added for certain when it was invoked and the sum of what may have been
//! added when it completed (else `out-of-bounds`). The counter starts at 0 and never falls.
//!
//! Source: `jepsen.checker/counter`, which refuses amounts below zero and values that are no integers: `unknown`.

use super::mode::{Judgement, Mode, Options, Subject};
use super::{Function, History, NOWHERE, Operation, Value, partners};
use crate::Phase;
use crate::report::{Finding, Witness};

pub(super) const MODE: Mode = Mode {
    name: "counter",
    about: "every read lies between what was and what may have been added",
    models: false,
    subject: &[Subject::Does(Function::Add)],
    anomalies: &["out-of-bounds"],
    beyond: &[],
    check,
};

/// The bounds at one moment, wide enough for any sum of 64-bit amounts.
#[derive(Clone, Copy, Default)]
struct Bounds {
    lower: i128,
    upper: i128,
}

fn check(history: &History, _: Options) -> Judgement {
    let partners = partners(history);
    let (mut bounds, mut unknown) = (Bounds::default(), Vec::new());
    let mut pending: Vec<Option<i128>> = vec![None; history.names.len()];
    let mut outside = Finding::new("out-of-bounds");
    for (row, operation) in history.rows() {
        let partner = partners[row as usize];
        let outcome = (partner != NOWHERE).then(|| history.operation(partner).phase);
        let reader = &mut pending[operation.process as usize];
        let amount = match amount(history, operation) {
            Ok(amount) => amount,
            Err(reason) => {
                unknown.push(reason);
                break;
            }
        };
        match (operation.phase, operation.function) {
            (Phase::Invoke, Function::Read) if outcome == Some(Phase::Ok) => *reader = Some(bounds.lower),
            (Phase::Ok, Function::Read) => {
                if let (Some(lower), Some(read)) = (reader.take(), amount)
                    && !(lower..=bounds.upper).contains(&read)
                {
                    outside.add(|| witness(history, operation, lower, bounds.upper));
                }
            }
            (Phase::Invoke, Function::Add) if outcome != Some(Phase::Fail) => {
                bounds.upper += amount.unwrap_or_default();
            }
            (Phase::Ok, Function::Add) => bounds.lower += amount.unwrap_or_default(),
            _ => {}
        }
    }
    if unknown.is_empty() {
        Judgement { anomalies: vec![outside], ..Judgement::default() }
    } else {
        Judgement { beyond: vec![outside], unknown, ..Judgement::default() }
    }
}

/// What was added or read; `None` for `nil`.
fn amount(history: &History, operation: &Operation) -> Result<Option<i128>, String> {
    if !matches!(operation.function, Function::Add | Function::Read) {
        return Ok(None);
    }
    if history.is_collection(operation) {
        return Err(format!(
            "operation {} has a collection for a value, which is no integer",
            operation.index
        ));
    }
    match history.value(history.single(operation)) {
        Value::Nil => Ok(None),
        Value::Int(amount) if *amount < 0 && operation.function == Function::Add => {
            Err(format!("operation {} adds {amount}: this counter never falls", operation.index))
        }
        Value::Int(amount) => Ok(Some(i128::from(*amount))),
        other => Err(format!("operation {} has the value {other}, which is no integer", operation.index)),
    }
}

fn witness(history: &History, read: &Operation, lower: i128, upper: i128) -> Witness {
    let value = history.value(history.single(read)).clone();
    let sentence = format!("a read of {value}, when the counter stood between {lower} and {upper}");
    Witness { values: vec![value], operations: vec![read.index], sentence, ..Witness::default() }
}
