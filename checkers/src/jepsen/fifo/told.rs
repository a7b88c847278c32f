//! What the monitor found, in words.

use crate::Phase;
use crate::fifo::{Rule, Violation};
use crate::jepsen::{Function, History, NOWHERE, Row};
use crate::report::{Finding, Witness};

pub(super) fn findings(history: &History, enqueues: &[Row], violations: &[Violation]) -> Vec<Finding> {
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
