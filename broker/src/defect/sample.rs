//! Which mutants are in the list of defects: forty, drawn before any of them was run.
//!
//! The candidates stand in `mutants.txt`: what `cargo mutants --list --package broker` (27.1.0) names in the files of [`ROOMS`], at
//! commit 00f46f8, the last one in which no site of a defect stood. Of these count
//!
//! 1. mutants of an expression, and of functions those that answer yes or no, or whether something is allowed: any other
//!    function that is replaced as a whole is not a line that is wrong but a part that is missing;
//! 2. no two of one function, so that long functions are not drawn more often than others;
//! 3. none that does not compile, none that changes nothing but a mark, on which no behaviour depends, or an answer that nobody but
//!    tests asks for, and none that panics wherever it is reached, since panics count for nothing; these are named in [`SKIPPED`].
//!
//! They are taken in the order of a hash of [`SEED`] and their names.

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

/// What the rule draws, as it was before any was run.
const DRAWN: &[&str] = &[
    "group/membership.rs:100:26: replace > with >= in Group::complete",
    "client/producer/queue.rs:162:33: replace == with != in Queue::sent",
    "peer.rs:154:58: replace <= with > in Peer::tick",
    "group/membership.rs:179:56: replace && with || in Group::expire",
    "client/producer/queue.rs:249:50: delete ! in Queue::deadline",
    "replica/follower.rs:48:25: replace && with || in Following::deadline",
    "client/producer.rs:198:16: delete ! in Producer::settle",
    "replica/mod.rs:206:15: replace < with == in Replica::truncate",
    "log/mod.rs:164:78: replace <= with > in Log::lineage",
    "client/producer/queue.rs:102:9: replace Queue::needs_session -> bool with true",
    "broker/mod.rs:173:25: replace == with != in Broker::write_commits",
    "replica/follower.rs:68:15: replace && with || in Replica::wants_fetch",
    "broker/requests.rs:73:49: replace | with & in Broker::new_producer",
    "client/producer/batch.rs:51:9: replace Batch::in_flight -> bool with false",
    "replica/leader.rs:294:26: replace > with == in Replica::acknowledge",
    "client/cluster.rs:174:18: replace + with - in Cluster<T>::later",
    "client/connection.rs:141:9: replace Link<T>::overdue -> bool with true",
    "log/mod.rs:223:21: replace += with *= in Log::push",
    "replica/leader.rs:165:35: replace && with || in Replica::admit",
    "client/consumer/membership.rs:282:69: replace + with - in Consumer::next_heartbeat",
    "log/mod.rs:177:25: replace += with *= in Log::sync",
    "replica/leader.rs:243:30: replace > with < in Replica::admit_fetch",
    "broker/cluster.rs:109:39: replace + with - in Broker::talk_to_controller",
    "replica/follower.rs:54:37: replace == with != in Replica::follow",
    "controller/elections.rs:38:20: delete ! in Controller::elect_missing",
    "client/consumer/commits.rs:123:17: replace && with || in Consumer::due_offsets",
    "broker/requests.rs:94:9: delete match arm Request::LeaveGroup{group, member} in coordinate",
    "replica/leader.rs:272:23: replace > with == in Replica::advance",
    "client/producer/queue.rs:131:16: replace > with >= in Queue::pop_unconfirmed",
    "client/consumer.rs:139:42: replace + with - in Consumer::retry",
    "replica/leader.rs:328:12: delete ! in Replica::release",
    "replica/isr.rs:159:19: replace >= with < in InSync::fetched",
    "replica/leader.rs:194:42: replace match guard acks == Ack::None with true in Replica::refuse",
    "client/consumer/membership.rs:261:45: replace match guard self.may_part_in_peace() with true in Consumer::heard",
    "client/consumer/membership.rs:66:20: replace == with != in Membership::is_in",
    "client/consumer/commits.rs:99:75: replace == with != in Consumer::commit_ok",
    "broker/mod.rs:113:71: replace * with + in Broker::start",
    "group/mod.rs:120:37: replace | with & in Coordinator::new_member",
    "replica/mod.rs:138:29: replace match guard leader == self.node with true in Replica::change_role",
    "client/cluster.rs:129:71: replace + with * in Cluster<T>::any",
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
        Source::Report(_) => None,
    });
    let listed: BTreeSet<&str> = mutants.collect();
    assert!(listed.is_subset(&DRAWN.iter().copied().collect()));
    assert_eq!(DRAWN, drawn());
}

#[test]
fn what_was_left_out_had_been_drawn_before() {
    let all: BTreeSet<&str> = candidates().collect();
    for (name, reason) in SKIPPED {
        assert!(all.contains(name) && !reason.is_empty(), "{name}");
    }
}
