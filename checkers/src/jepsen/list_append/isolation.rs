//! Claim: no transaction comes before itself: the cycles of [`crate::graph`] over `ww`, `wr`, `rw`, processes and real time.

use std::collections::BTreeMap;

use super::facts::{Facts, possible};
use super::orders::Orders;
use crate::Phase;
use crate::graph::Relations;
use crate::jepsen::cycles::{self, Edge};
use crate::jepsen::{Id, Model, NOWHERE, Row, Verb};
use crate::report::Finding;

pub(super) fn found(
    facts: &Facts<'_>,
    orders: &Orders<'_>,
    model: Model,
    unknown: &mut Vec<String>,
) -> Vec<Finding> {
    cycles::isolation(facts.history, data(facts, orders), model, unknown, |_| true)
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
