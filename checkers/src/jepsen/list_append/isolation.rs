//! Claim: no transaction comes before itself: the cycles of [`crate::graph`] over `ww`, `wr`, `rw` and real time.

use std::collections::BTreeMap;

use super::facts::{Facts, possible};
use super::orders::Orders;
use crate::Phase;
use crate::graph::{self, Cycle, Graph, Moment, Relations};
use crate::jepsen::{Id, NOWHERE, Row, Verb, partners};
use crate::report::{Finding, Witness};

type Edge = (Row, Row, Relations);

pub(super) fn cycles(facts: &Facts<'_>, orders: &Orders<'_>, unknown: &mut Vec<String>) -> Vec<Finding> {
    let mut edges = data(facts, orders);
    edges.extend(realtime(facts));
    if edges.is_empty() {
        unknown.push("no transaction is related to any other, so nothing was put to the test".to_owned());
    }
    let search = graph::cycles(&Graph::new(facts.history.operations.len(), edges));
    if search.given_up > 0 {
        unknown.push(format!("{} searches for cycles grew too long and were given up", search.given_up));
    }
    let mut findings: BTreeMap<String, Finding> = BTreeMap::new();
    for cycle in &search.cycles {
        let finding = findings.entry(cycle.name()).or_insert_with_key(|name| Finding::new(name));
        finding.add(|| told(facts, cycle));
    }
    findings.into_values().collect()
}

fn told(facts: &Facts<'_>, cycle: &Cycle) -> Witness {
    let index = |row: Row| facts.history.operation(row).index;
    let mut sentence = String::new();
    for (&row, step) in cycle.vertices.iter().zip(&cycle.steps) {
        sentence.push_str(&format!("{} -{}-> ", index(row), step.name()));
    }
    sentence.push_str(&cycle.vertices.first().map(|&row| index(row)).unwrap_or_default().to_string());
    let operations = cycle.vertices.iter().map(|&row| index(row)).collect();
    Witness { operations, sentence, ..Witness::default() }
}

/// Who wrote, read and missed what of whom.
fn data(facts: &Facts<'_>, orders: &Orders<'_>) -> Vec<Edge> {
    let readers = readers(facts);
    let mut edges = Vec::new();
    let mut link = |from: Row, to: Row, relation| {
        if from != NOWHERE && from != to {
            edges.push((from, to, relation));
        }
    };
    let writer = |list, value| facts.find(list, value).map_or(NOWHERE, |number| facts.element(number).writer);
    for (row, operation) in facts.transactions().filter(|(_, operation)| possible(operation)) {
        for micro in facts.history.micros(operation) {
            let (list, last) = (micro.key, facts.last(micro));
            match (micro.verb, last) {
                (Verb::Append, Some(value)) => {
                    let before = orders.before(list, facts.find(list, value));
                    if let Some(before) = before {
                        link(writer(list, before), row, Relations::WW);
                    }
                    for &reader in readers.get(&(list, before)).into_iter().flatten() {
                        link(reader, row, Relations::RW);
                    }
                }
                (Verb::Read, Some(value)) => link(writer(list, value), row, Relations::WR),
                _ => {}
            }
        }
    }
    edges
}

/// Who read each state of each list, by its last element; none is the empty list. An unknown outcome of `nil` read nothing.
fn readers(facts: &Facts<'_>) -> BTreeMap<(Id, Option<Id>), Vec<Row>> {
    let mut readers: BTreeMap<(Id, Option<Id>), Vec<Row>> = BTreeMap::new();
    for read in facts.possible_reads() {
        let unread = facts.history.operation(read.row).phase == Phase::Info && !read.micro.collection;
        if !unread {
            readers.entry((read.micro.key, facts.last(read.micro))).or_default().push(read.row);
        }
    }
    readers
}

/// Who had ended when who began.
fn realtime(facts: &Facts<'_>) -> Vec<Edge> {
    let partners = partners(facts.history);
    let mut moments = Vec::new();
    for (row, operation) in facts.history.clients() {
        match operation.phase {
            Phase::Invoke if partners[row as usize] != NOWHERE => {
                moments.push(Moment::Begins(partners[row as usize]));
            }
            Phase::Ok => moments.push(Moment::Ends(row)),
            _ => {}
        }
    }
    graph::realtime(&moments, facts.history.operations.len())
}
