//! Claim: no transaction comes before itself. The cycles are those of [`crate::graph`], over `wr` and real time, with `ww_deps` over
//! `ww` too.

use super::case::Case;
use super::facts::{polls, sends};
use crate::Phase;
use crate::graph::Relations;
use crate::jepsen::NOWHERE;
use crate::jepsen::cycles::{self, Edge, realtime};
use crate::report::{Finding, Witness};

/// Jepsen's cycles, and the anomaly of a history without any relation.
pub(super) fn found(case: &Case<'_>, unknown: &mut Vec<String>) -> Vec<Finding> {
    let mut edges = wr(case);
    if case.options.ww_deps {
        edges.extend(ww(case));
    }
    edges.extend(realtime(case.history, |operation| sends(operation) || polls(operation)));
    if edges.is_empty() {
        let mut empty = Finding::new("empty-transaction-graph");
        empty.add(|| Witness {
            sentence: "no transaction is related to any other, so nothing was put to the test".to_owned(),
            ..Witness::default()
        });
        return vec![empty];
    }
    cycles::cycles(case.history, edges, unknown)
}

/// Who read what whom had written.
pub(super) fn wr(case: &Case<'_>) -> Vec<Edge> {
    let polls = case.facts.polls.iter();
    let edge = polls.map(|polled| (case.facts.pair(polled.pair).writer, polled.row, Relations::WR));
    edge.filter(|&(writer, reader, _)| writer != NOWHERE && writer != reader).collect()
}

/// Who wrote right behind whom.
pub(super) fn ww(case: &Case<'_>) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (message, pair) in case.facts.numbered() {
        let before = case.logs.chosen(message).and_then(|position| position.checked_sub(1));
        let before = before.and_then(|before| case.logs.message(pair.key, before));
        if let Some(before) = before.map(|before| case.facts.pair(before))
            && before.has_writer()
            && pair.has_writer()
            && before.writer != pair.writer
        {
            edges.push((before.writer, pair.writer, Relations::WW));
        }
    }
    edges
}

/// Who missed what whom wrote: the first message behind the last one that an operation read of a key, unless it read another one
/// of that writer there: a poll may end in the midst of a transaction. Only operations that succeeded, and writes that
/// certainly took effect.
pub(super) fn rw(case: &Case<'_>) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (row, operation) in case.history.clients() {
        if operation.phase != Phase::Ok || !polls(operation) {
            continue;
        }
        let mut polled: Vec<_> = case.facts.polled_by(row).iter().collect();
        polled.sort_by_key(|fact| fact.key);
        for of_key in polled.chunk_by(|one, other| one.key == other.key) {
            let writers = of_key.iter().map(|fact| case.facts.pair(fact.pair).writer);
            let highest = of_key.iter().filter_map(|fact| case.logs.chosen(fact.pair)).max();
            let next = highest.and_then(|highest| case.logs.message(of_key[0].key, highest + 1));
            let missed = next.map(|next| case.facts.pair(next).writer).filter(|&writer| writer != NOWHERE);
            if let Some(missed) = missed
                && missed != row
                && case.facts.committed(missed)
                && !writers.into_iter().any(|writer| writer == missed)
            {
                edges.push((row, missed, Relations::RW));
            }
        }
    }
    edges
}
