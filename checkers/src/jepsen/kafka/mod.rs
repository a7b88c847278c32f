//! Claim: the partitions of a Kafka-like system are append-only logs, read in order, and transactions over them are isolated.
//!
//! Source: `jepsen.tests.kafka`, whose anomalies, names and tolerances these are: `int-send-skip` and G0 are always allowed;
//! `poll-skip` and `nonmonotonic-poll` where somebody subscribes, for Jepsen does not know when a group rebalances; G1c where the
//! order of a log relates its writers (`--ww-deps`). A history that relates no transaction to any other has the anomaly
//! `empty-transaction-graph`.
//!
//! Differences: a log's offsets are kept sparse, so that an offset near 2^63 costs nothing; where an offset holds several values,
//! the one met first in the history stands for it, not one chosen by its hash; a cycle search is bounded by steps, not by a
//! clock; and the summaries `PL-..-cycle-exists` are left out, which are there for searches that timed out.
//!
//! A polled value that nobody sent makes Jepsen throw: `unknown`. What our checkers see further is in [`beyond`].

mod beyond;
mod case;
mod facts;
mod isolation;
mod log;
mod loss;
mod offsets;
mod polls;
mod reads;
mod sends;

use super::mode::{Judgement, Mode, Options, Subject};
use super::{Function, History, Verb};
use crate::report::Finding;
use case::Case;
use facts::Facts;
use log::Logs;

pub(super) const MODE: Mode = Mode {
    name: "kafka",
    about: "logs are append-only and read in order",
    models: false,
    subject: &[
        Subject::Does(Function::Send),
        Subject::Does(Function::Poll),
        Subject::Does(Function::Assign),
        Subject::Does(Function::Subscribe),
        Subject::Holds(Verb::Send),
        Subject::Holds(Verb::Poll),
    ],
    anomalies: &[
        "G0",
        "G0-realtime",
        "G1a",
        "G1c",
        "G1c-realtime",
        "duplicate",
        "empty-transaction-graph",
        "inconsistent-offsets",
        "int-nonmonotonic-poll",
        "int-nonmonotonic-send",
        "int-poll-skip",
        "int-send-skip",
        "lost-write",
        "nonmonotonic-poll",
        "nonmonotonic-send",
        "poll-skip",
        "precommitted-read",
        "unseen",
    ],
    beyond: &[
        "G-nonadjacent-item",
        "G-single-item",
        "G2-item",
        "aborted-read",
        "duplicate-delivery",
        "hanging",
        "lost-acked",
        "nonmonotonic-send",
        "phantom",
        "reorder-delivery",
        "skipped",
        "unread-tail",
    ],
    check,
};

fn check(history: &History, options: Options) -> Judgement {
    let facts = Facts::new(history);
    let logs = Logs::new(history, &facts);
    let case = Case { history, facts, logs, options };
    let mut unknown = Vec::new();
    let mut anomalies = vec![offsets::inconsistent(&case), offsets::duplicate(&case)];
    anomalies.extend([loss::lost_write(&case), loss::unseen(&case)]);
    anomalies.extend([reads::aborted(&case), reads::precommitted(&case)]);
    anomalies.extend(polls::inside(&case));
    anomalies.extend(polls::between(&case));
    anomalies.extend(sends::inside(&case));
    anomalies.push(sends::nonmonotonic(&case, true));
    anomalies.extend(isolation::found(&case, &mut unknown));
    unknown.extend(unwritten(&case));
    let mut beyond = beyond::findings(&case);
    if unknown.is_empty() {
        let allowed = allowed(history, options);
        anomalies.iter_mut().for_each(|finding| finding.allowed = allowed(finding));
        return Judgement { anomalies, beyond, unknown };
    }
    beyond.extend(anomalies);
    Judgement { anomalies: Vec::new(), beyond, unknown }
}

/// Which anomalies Jepsen tolerates in this history.
fn allowed(history: &History, options: Options) -> impl Fn(&Finding) -> bool {
    let subscribed = history.clients().any(|(_, operation)| operation.function == Function::Subscribe);
    move |finding| match finding.kind.as_str() {
        "int-send-skip" | "G0" | "G0-process" | "G0-realtime" => true,
        "poll-skip" | "nonmonotonic-poll" => subscribed,
        "G1c" | "G1c-process" | "G1c-realtime" => options.ww_deps,
        _ => false,
    }
}

/// Why Jepsen would throw: something was polled that no completed operation wrote.
fn unwritten(case: &Case<'_>) -> Option<String> {
    let pair = case.facts.pairs.iter().find(|pair| pair.polled && !pair.has_writer())?;
    let (key, value) = case.facts.shown(pair);
    Some(format!("{value} was polled from {key} and no operation that ended had sent it"))
}
