//! What Jepsen's Kafka checker does not judge, and this history shows all the same.
//!
//! * `phantom`: a message was polled that nobody ever began to send.
//! * `aborted-read`: an operation that failed, or does not know, read what had certainly failed: a poll must never show that.
//! * `skipped` and `reorder-delivery`: a subscribed consumer skipped messages or went back, though its group did not rebalance.
//!   Judged where operations carry a rebalance log.
//! * `duplicate-delivery`: a subscribed process consumed a message twice in operations that succeeded.
//! * `nonmonotonic-send`: a producer's sends went backwards across an assignment or subscription of its consumer.
//! * `lost-acked`: below the highest read, and no poll ever showed it, so the log does not hold it: the broker's.
//! * `unread-tail`: acknowledged, never read, and nothing behind it was read: lost, or the readers were slow.
//! * `hanging`: everything that was acknowledged behind a transaction with an unknown outcome stayed unread, and what was read
//!   ends right before it: nobody ended it (KIP-890).
//! * G-single-item, G-nonadjacent-item and G2-item: cycles in which a transaction missed what another wrote.

use std::collections::BTreeMap;

use super::case::Case;
use super::facts::{Number, polls};
use super::polls::{Readers, reads, rebalanced, step};
use super::{isolation, loss, reads as committed, sends};
use crate::jepsen::faults::Faults;
use crate::jepsen::{Function, Id, Row, Verb, cycles};
use crate::report::Finding;
use crate::{Path, Phase};

/// Everything this module looks for.
pub(super) fn findings(case: &Case<'_>) -> Vec<Finding> {
    let mut findings =
        vec![phantom(case), aborted(case), consumed_twice(case), lost(case), tail(case), hanging(case)];
    findings.extend(subscribed_order(case));
    findings.extend(across_assignments(case));
    findings.extend(missed(case));
    findings
}

fn phantom(case: &Case<'_>) -> Finding {
    let mut finding = Finding::new("phantom").on(Path::Broker);
    for (message, pair) in case.facts.numbered() {
        if pair.polled && !pair.attempted {
            finding.add(|| {
                let (key, value) = case.facts.shown(pair);
                let sentence = format!("{value} was polled from {key} and nobody ever sent it");
                case.facts.witness(
                    pair.key,
                    [message],
                    case.logs.offsets(pair.key, message),
                    [pair.reader],
                    sentence,
                )
            });
        }
    }
    finding
}

fn aborted(case: &Case<'_>) -> Finding {
    let mut finding = Finding::new("aborted-read").on(Path::Broker);
    committed::aborted_by(case, &mut finding, |phase| matches!(phase, Phase::Fail | Phase::Info));
    finding
}

/// Who is subscribed may not consume anything twice.
fn consumed_twice(case: &Case<'_>) -> Finding {
    let mut finding = Finding::new("duplicate-delivery").on(Path::Consumer);
    let mut subscribed: Vec<Id> = Vec::new();
    let mut consumed: BTreeMap<(Id, Number), Row> = BTreeMap::new();
    for (row, operation) in case.history.clients().filter(|(_, operation)| operation.phase == Phase::Ok) {
        let process = operation.process;
        if operation.function == Function::Subscribe && !subscribed.contains(&process) {
            subscribed.push(process);
        }
        if !subscribed.contains(&process) {
            continue;
        }
        for polled in case.facts.polled_by(row) {
            if let Some(before) = consumed.insert((process, polled.pair), row) {
                finding.add(|| {
                    let pair = case.facts.pair(polled.pair);
                    let (key, value) = case.facts.shown(pair);
                    let sentence = format!("one consumer was handed {value} of {key} twice");
                    let offsets = polled.offset.into_iter().collect();
                    case.facts.witness(pair.key, [polled.pair], offsets, [before, row], sentence)
                });
            }
        }
    }
    finding
}

/// Where a message below the highest read was lost: had any poll shown it, it would be in the log.
fn lost(case: &Case<'_>) -> Finding {
    let mut finding = Finding::new("lost-acked").on(Path::Broker);
    let faults = Faults::of(case.history);
    let bounds = loss::bounds(case);
    for (message, pair) in case.facts.numbered() {
        let bound = bounds[pair.key as usize];
        let below = case.logs.extent(message).zip(bound).is_some_and(|((_, last), (bound, _))| last <= bound);
        if below && pair.acknowledged && !pair.polled {
            finding.add(|| {
                let (key, value) = case.facts.shown(pair);
                let sentence = format!("{value} was acknowledged in {key} and no poll ever showed it, though later messages were read");
                let offsets = case.logs.offsets(pair.key, message);
                faults.near(pair.writer, case.facts.witness(pair.key, [message], offsets, [pair.writer], sentence))
            });
        }
    }
    finding
}

fn tail(case: &Case<'_>) -> Finding {
    let mut finding = Finding::new("unread-tail");
    let bounds = loss::bounds(case);
    for (message, pair) in case.facts.numbered() {
        let bound = bounds[pair.key as usize];
        let below = case.logs.extent(message).zip(bound).is_some_and(|((_, last), (bound, _))| last <= bound);
        if pair.acknowledged && !pair.polled_ok && !below {
            finding.add(|| {
                let (key, value) = case.facts.shown(pair);
                let sentence = format!(
                    "{value} was acknowledged in {key}, and neither it nor anything behind it was read"
                );
                let offsets = case.logs.offsets(pair.key, message);
                case.facts.witness(pair.key, [message], offsets, [pair.writer], sentence)
            });
        }
    }
    finding
}

fn hanging(case: &Case<'_>) -> Finding {
    let mut finding = Finding::new("hanging").on(Path::Broker);
    let open = |row: Row| {
        let operation = case.history.operation(row);
        operation.function == Function::Txn && operation.phase == Phase::Info
    };
    // By key: the last offset that was read, and the first that was acknowledged and not read.
    let mut read: Vec<Option<i64>> = vec![None; case.facts.keys.len()];
    let mut unread: Vec<Option<(i64, Number)>> = vec![None; case.facts.keys.len()];
    for slot in 0..case.logs.slots.len() {
        let (key, offset) = (case.logs.slots[slot].key as usize, case.logs.slots[slot].offset);
        for &message in case.logs.at(slot) {
            let pair = case.facts.pair(message);
            if pair.polled {
                (read[key], unread[key]) = (Some(offset), None);
            } else if pair.acknowledged && unread[key].is_none() {
                unread[key] = Some((offset, message));
            }
        }
    }
    let mut told: Vec<u32> = Vec::new();
    for sent in case.facts.sends.iter().filter(|sent| open(sent.row)) {
        let (Some(offset), Some((behind, message))) = (sent.offset, unread[sent.key as usize]) else {
            continue;
        };
        let before = read[sent.key as usize].is_none_or(|read| read < offset);
        if before && offset < behind && !case.facts.pair(sent.pair).polled && !told.contains(&sent.key) {
            told.push(sent.key);
            finding.add(|| {
                let index = case.history.operation(sent.row).index;
                let sentence = format!(
                    "nothing of {} was read from offset {offset} on, where the transaction at {index} sent and never ended",
                    case.facts.key_value(sent.key)
                );
                let writer = case.facts.pair(message).writer;
                case.facts.witness(sent.key, [sent.pair, message], vec![offset, behind], [sent.row, writer], sentence)
            });
        }
    }
    finding
}

/// Order under group subscription, where operations say when their group rebalanced.
fn subscribed_order(case: &Case<'_>) -> [Finding; 2] {
    let mut findings =
        [Finding::new("skipped").on(Path::Consumer), Finding::new("reorder-delivery").on(Path::Consumer)];
    let says = |operation| case.history.micros(operation).iter().any(|micro| micro.verb == Verb::Rebalanced);
    let subscribes = case.history.clients().any(|(_, operation)| operation.function == Function::Subscribe);
    if !subscribes || !case.history.operations.iter().any(says) {
        return findings;
    }
    let mut readers = Readers::default();
    for (row, operation) in case.history.clients() {
        match operation.function {
            Function::Assign | Function::Subscribe => readers.reassign(case, operation),
            _ if polls(operation) && operation.phase != Phase::Invoke => {
                let changed = rebalanced(case, operation);
                readers.forget(operation.process, |key| changed.contains(&key));
                for read in reads(case, operation) {
                    if let (Some((last, by)), Some(first)) =
                        (readers.before(operation.process, read.key), read.first)
                    {
                        step(case, read.key, [last, first], [by, row], &mut findings);
                    }
                }
                if operation.phase == Phase::Ok {
                    readers.note(case, row, operation);
                }
            }
            _ => {}
        }
    }
    findings
}

/// Sends that went backwards and that Jepsen forgot, because a consumer was assigned meanwhile.
fn across_assignments(case: &Case<'_>) -> Option<Finding> {
    let [told, all] = [true, false].map(|reassigned| sends::nonmonotonic(case, reassigned));
    (all.count > told.count).then(|| all.on(Path::Producer))
}

/// Cycles over what was seen and what was missed. Without the order of real time, for that a poll has not come to the end of a
/// log is no crime; and without the order of writes, for those of several transactions interleave.
fn missed(case: &Case<'_>) -> Vec<Finding> {
    let mut edges = isolation::wr(case);
    edges.extend(isolation::rw(case));
    // A search that is given up here leaves the verdict alone.
    let mut given_up = Vec::new();
    let mut found = cycles::cycles(case.history, edges, &mut given_up);
    found.retain(|finding| !finding.kind.starts_with("G0") && !finding.kind.starts_with("G1"));
    found
}
