//! Jepsen's modes on random histories: what is legal stays valid, however operations overlap, fail and end in doubt; and one
//! planted violation is found.
//!
//! Histories are made from an order in which operations took effect. Around its moment each operation is stretched, so that it
//! overlaps with others as it likes.

#![cfg(feature = "files")]
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod additions;
mod logs;
mod queues;
mod transactions;

use std::collections::BTreeSet;

use checkers::jepsen::{self, MODES, Options};
use checkers::{Report, Validity};
use proptest::prelude::*;

/// An operation at the moment at which it took effect.
#[derive(Clone, Debug)]
struct Done {
    f: &'static str,
    invoked: String,
    kind: &'static str,
    completed: String,
    /// How far it reaches before and behind that moment.
    stretch: (u8, u8),
}

/// A choice: what to do, and how far to stretch it.
type Choice = (u8, u8, (u8, u8));

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    prop::collection::vec((any::<u8>(), any::<u8>(), (0_u8..6, 0_u8..6)), 1..40)
}

/// The operations as Jepsen writes them, each by a process of its own.
fn text(done: &[Done]) -> String {
    let mut events = Vec::new();
    for (process, done) in done.iter().enumerate() {
        let moment = 2 * process + 100;
        let (before, behind) = (usize::from(done.stretch.0), usize::from(done.stretch.1));
        // An odd moment ends, an even one begins: of two that meet the beginning comes first.
        let map = |kind: &str, value: &str| {
            format!("{{:process {process}, :type :{kind}, :f :{}, :value {value}}}", done.f)
        };
        events.push((moment - 2 * before, process, map("invoke", &done.invoked)));
        events.push((moment + 2 * behind + 1, process, map(done.kind, &done.completed)));
    }
    events.sort();
    events.into_iter().map(|(.., map)| map + "\n").collect()
}

fn judged(mode: &str, done: &[Done]) -> Report {
    let mode = MODES.iter().find(|its| its.name == mode).unwrap();
    mode.check(&jepsen::read(text(done).as_bytes()).unwrap(), Options::default())
}

/// What is not tolerated.
fn kinds(report: &Report) -> BTreeSet<String> {
    report.anomalies.iter().filter(|finding| !finding.allowed).map(|finding| finding.kind.clone()).collect()
}

fn only(kind: &str) -> BTreeSet<String> {
    [kind.to_owned()].into()
}

fn done(f: &'static str, invoked: &str, kind: &'static str, completed: &str, stretch: (u8, u8)) -> Done {
    Done { f, invoked: invoked.to_owned(), kind, completed: completed.to_owned(), stretch }
}

/// Which of the operations succeeded in this.
fn succeeded(all: &[Done], f: &str) -> Vec<usize> {
    (0..all.len()).filter(|&at| all[at].f == f && all[at].kind == "ok").collect()
}
