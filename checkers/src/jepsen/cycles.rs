//! Cycles between the operations of a history, told as findings; and the orders of processes and of real time.

use super::order::Order;
use super::{History, Model, NOWHERE, Operation, Row, Value, partners};
use crate::Phase;
use crate::graph::{self, Cycle, Graph, Moment, Relations};
use crate::report::{Finding, Witness};

/// An edge between two rows.
pub(super) type Edge = (Row, Row, Relations);

/// The cycles over some edges, a finding for each kind. A search that was given up is a reason not to know.
pub(super) fn cycles(history: &History, edges: Vec<Edge>, unknown: &mut Vec<String>) -> Vec<Finding> {
    let search = graph::cycles(&Graph::new(history.operations.len(), edges));
    if search.given_up > 0 {
        unknown.push(format!("{} searches for cycles grew too long and were given up", search.given_up));
    }
    let mut findings: Vec<Finding> = Vec::new();
    for cycle in &search.cycles {
        let name = cycle.name();
        let at = findings.iter().position(|finding| finding.kind == name).unwrap_or_else(|| {
            findings.push(Finding::new(&name));
            findings.len() - 1
        });
        findings[at].add(|| told(history, cycle));
    }
    findings
}

/// The cycles over what relates transactions by their data, each process and real time: a model decides later which of them count.
/// Where nothing that the model asks about is related, nothing was put to the test.
///
/// Elle leaves out processes where it asks for real time, and calls `-realtime` what is `-process` here; the one implies the other.
pub(super) fn isolation(
    history: &History,
    mut edges: Vec<Edge>,
    model: Model,
    unknown: &mut Vec<String>,
    counts: impl Fn(&Operation) -> bool,
) -> Vec<Finding> {
    let [process, realtime] = [process(history, &counts), realtime(history, &counts)];
    let kept = |order, edges: &[Edge]| model.order() >= order && !edges.is_empty();
    if edges.is_empty() && !kept(Order::Process, &process) && !kept(Order::Realtime, &realtime) {
        unknown.push("no transaction is related to any other, so nothing was put to the test".to_owned());
    }
    edges.extend(process);
    edges.extend(realtime);
    cycles(history, edges, unknown)
}

fn told(history: &History, cycle: &Cycle) -> Witness {
    let index = |row: &Row| history.operation(*row).index;
    let mut sentence = String::new();
    for (row, step) in cycle.vertices.iter().zip(&cycle.steps) {
        sentence.push_str(&format!("{} -{}-> ", index(row), step.name()));
    }
    sentence.push_str(&cycle.vertices.first().map(index).unwrap_or_default().to_string());
    Witness { operations: cycle.vertices.iter().map(index).collect(), sentence, ..Witness::default() }
}

/// What each process did, one after another, as far as it succeeded. Operations that name no process have no such order.
fn process(history: &History, counts: impl Fn(&Operation) -> bool) -> Vec<Edge> {
    let mut last = vec![NOWHERE; history.names.len()];
    let mut edges = Vec::new();
    for (row, operation) in history.clients().filter(|(_, operation)| counts(operation)) {
        if operation.phase != Phase::Ok || *history.names.value(operation.process) == Value::Nil {
            continue;
        }
        let before = std::mem::replace(&mut last[operation.process as usize], row);
        if before != NOWHERE {
            edges.push((before, row, Relations::PROCESS));
        }
    }
    edges
}

/// Who had ended when who began, among the operations of clients that count.
pub(super) fn realtime(history: &History, counts: impl Fn(&Operation) -> bool) -> Vec<Edge> {
    let partners = partners(history);
    let mut moments = Vec::new();
    for (row, operation) in history.clients().filter(|(_, operation)| counts(operation)) {
        match operation.phase {
            Phase::Invoke if partners[row as usize] != NOWHERE => {
                moments.push(Moment::Begins(partners[row as usize]));
            }
            Phase::Ok => moments.push(Moment::Ends(row)),
            _ => {}
        }
    }
    graph::realtime(&moments, history.operations.len())
}
