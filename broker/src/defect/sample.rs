//! Which mutants are in the list of defects: forty, drawn before any of them was run.
//!
//! The candidates stand in `mutants.txt`: what `cargo mutants --list --package broker` (27.1.0) names in the files of [`ROOMS`], at
//! commit 04c380e, the last one in which no site of a defect stood. Of these count
//!
//! 1. mutants of an expression, and of functions those that answer yes or no, or whether something is allowed: any other
//!    function that is replaced as a whole is not a line that is wrong but a part that is missing;
//! 2. no two of one function, so that long functions are not drawn more often than others;
//! 3. none that does not compile, none that changes nothing but a mark, on which no behaviour depends, or an answer that nobody but
//!    tests asks for, and none that panics wherever it is reached, since panics count for nothing; these are named in [`SKIPPED`].
//!
//! They are taken in the order of a hash of [`SEED`] and their names.

#![cfg(feature = "defects")]
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{Defect, Source};
use crate::client::key_hash;

const SEED: &str = "one line";

const COUNT: usize = 40;

/// Neither the codec and the server nor what only holds or shows values.
const ROOMS: &[&str] =
    &["broker/", "client/", "controller/", "group/", "log/mod.rs", "peer.rs", "policy/", "replica/"];

/// Drawn and left out, each with the reason.
const SKIPPED: &[(&str, &str)] = &[
    (
        "client/consumer.rs:146:9: replace Consumer::idle -> bool with true",
        "nobody but tests asks whether a consumer is idle",
    ),
    (
        "client/work.rs:154:29: replace && with || in Work::is_idle",
        "nobody but tests asks whether a consumer is idle",
    ),
    (
        "client/cluster.rs:235:30: replace - with + in Cluster<T>::link_to",
        "ends in a panic wherever it is reached: the place it answers is one behind the last",
    ),
    (
        "client/cluster.rs:235:30: replace - with / in Cluster<T>::link_to",
        "ends in a panic wherever it is reached: the place it answers is one behind the last",
    ),
    (
        "client/producer.rs:276:31: replace - with / in Producer::queue_of",
        "ends in a panic wherever it is reached: the place it answers is one behind the last",
    ),
    (
        "broker/mod.rs:113:45: replace * with / in Broker::start",
        "ends in a panic wherever it is reached: the first log has the number 0",
    ),
    (
        "client/consumer/positions.rs:99:9: replace Position::runs_ahead -> bool with true",
        "changes nothing but the mark `commit-before-effect`",
    ),
];

fn candidates() -> impl Iterator<Item = &'static str> {
    let names = include_str!("mutants.txt").lines().map(|line| line.trim_start_matches("broker/src/"));
    names.filter(|name| ROOMS.iter().any(|room| name.starts_with(room)) && counts(name))
}

/// Whether it is a mutant of an expression, or of a function that answers yes or no.
fn counts(name: &str) -> bool {
    match name.split_once(" -> ") {
        Some((_, rest)) => rest.starts_with("bool ") || rest.starts_with("Result<(), "),
        None => name.contains(" in "),
    }
}

/// The function that it is in.
fn function(name: &str) -> (&str, &str) {
    let (file, _) = name.split_once(':').unwrap();
    let function = match name.split_once(" -> ") {
        Some((before, _)) => before.rsplit_once(' ').unwrap().1,
        None => name.rsplit_once(" in ").unwrap().1,
    };
    (file, function)
}

fn drawn() -> Vec<&'static str> {
    let hash = |name: &&str| key_hash(&key_hash(format!("{SEED} {name}").as_bytes()).to_le_bytes());
    let mut all: Vec<&str> = candidates().collect();
    all.sort_by_cached_key(|name| Reverse(hash(name)));
    let (mut functions, mut drawn) = (BTreeSet::new(), Vec::new());
    for name in all.into_iter().filter(|name| SKIPPED.iter().all(|(skipped, _)| skipped != name)) {
        if functions.insert(function(name)) {
            drawn.push(name);
        }
    }
    drawn.truncate(COUNT);
    drawn
}

#[test]
fn the_mutants_of_the_list_are_those_that_the_rule_draws() {
    let mutants = Defect::ALL.iter().filter_map(|defect| match defect.source() {
        Source::Mutation(name) => Some(name),
        Source::Report(_) | Source::Rule(_) => None,
    });
    let listed: BTreeSet<&str> = mutants.collect();
    assert_eq!(listed, drawn().into_iter().collect());
}

#[test]
fn what_was_left_out_had_been_drawn_before() {
    let all: BTreeSet<&str> = candidates().collect();
    for (name, reason) in SKIPPED {
        assert!(all.contains(name) && !reason.is_empty(), "{name}");
    }
}
