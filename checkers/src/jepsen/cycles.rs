//! Cycles between the operations of a history, told as findings; and the order of real time.

use super::{History, NOWHERE, Operation, Row, partners};
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

fn told(history: &History, cycle: &Cycle) -> Witness {
    let index = |row: &Row| history.operation(*row).index;
    let mut sentence = String::new();
    for (row, step) in cycle.vertices.iter().zip(&cycle.steps) {
        sentence.push_str(&format!("{} -{}-> ", index(row), step.name()));
    }
    sentence.push_str(&cycle.vertices.first().map(index).unwrap_or_default().to_string());
    Witness { operations: cycle.vertices.iter().map(index).collect(), sentence, ..Witness::default() }
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
