//! Claim: every dequeue takes out a value that an earlier enqueue was putting in and that no other dequeue took.
//!
//! Every enqueue counts from its invocation, a failed one too. Source: `jepsen.checker/queue` with the unordered queue.
//!
//! Does not see order, loss, or that an enqueue had failed.

use super::mode::{Judgement, Mode, Options, Subject};
use super::{Function, History};
use crate::Phase;
use crate::report::{Finding, Witness};

pub(super) const MODE: Mode = Mode {
    name: "queue",
    about: "every dequeue has an enqueue of its own before it",
    models: false,
    subject: &[
        Subject::Does(Function::Enqueue),
        Subject::Does(Function::Dequeue),
        Subject::Does(Function::Drain),
    ],
    anomalies: &["unexpected"],
    beyond: &[],
    check,
};

fn check(history: &History, _: Options) -> Judgement {
    let mut present = vec![0_u32; history.values.len()];
    let mut unexpected = Finding::new("unexpected");
    for operation in &history.operations {
        let value = history.single(operation);
        match (operation.function, operation.phase) {
            (Function::Enqueue, Phase::Invoke) => present[value as usize] += 1,
            (Function::Dequeue, Phase::Ok) => match present[value as usize].checked_sub(1) {
                Some(left) => present[value as usize] = left,
                None => unexpected.add(|| Witness {
                    values: vec![history.value(value).clone()],
                    operations: vec![operation.index],
                    sentence: format!("{} was dequeued and was not in the queue", history.value(value)),
                    ..Witness::default()
                }),
            },
            _ => {}
        }
    }
    Judgement { anomalies: vec![unexpected], ..Judgement::default() }
}
