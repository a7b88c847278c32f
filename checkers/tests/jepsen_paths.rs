//! A loss in Jepsen's queues and sets is on a path where the history alone shows which, and on none otherwise.

#![cfg(feature = "files")]
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use checkers::jepsen::{self, MODES, Options};
use checkers::{Finding, Path};

/// What a mode says of `lost` in a history of lines.
fn lost(mode: &str, lines: &str) -> Vec<Finding> {
    let mode = MODES.iter().find(|its| its.name == mode).unwrap();
    let report = mode.check(&jepsen::read(lines.as_bytes()).unwrap(), Options::default());
    report.anomalies.into_iter().filter(|finding| finding.kind == "lost").collect()
}

fn path(mode: &str, lines: &str) -> Option<Path> {
    let lost = lost(mode, lines);
    assert_eq!(lost.len(), 1, "{lost:?}");
    lost[0].path
}

const PUT: &str = "0\t:invoke\t:enqueue\t1\n0\t:ok\t:enqueue\t1\n";
const KILL: &str = ":nemesis\t:info\t:kill\tnil\n:nemesis\t:info\t:kill\t{\"n1\" :killed}\n";
const DRAIN: &str = "9\t:invoke\t:drain\tnil\n9\t:ok\t:drain\t[]\n";

fn dequeue(ends: &str) -> String {
    format!("1\t:invoke\t:dequeue\tnil\n1\t{ends}\n")
}

#[test]
fn what_was_acknowledged_and_is_not_there_when_all_is_drained_was_the_brokers() {
    let found = lost("total-queue", &format!("{PUT}{KILL}{DRAIN}"));
    assert_eq!((found.len(), found[0].path), (1, Some(Path::Broker)));
    let witness = &found[0].entries[0];
    assert!(witness.sentence.ends_with("; near it the nemesis did :kill, at 2"), "{}", witness.sentence);
    assert_eq!(witness.operations, [1, 2]);
    for empty in [":fail\t:dequeue\tnil\t:empty", ":fail\t:dequeue\tnil\t:exhausted"] {
        assert_eq!(path("total-queue", &format!("{PUT}{}", dequeue(empty))), Some(Path::Broker), "{empty}");
    }
    // Nobody can have taken it who was done before it was put in.
    let early = format!("{}{PUT}{DRAIN}", dequeue(":fail\t:dequeue\tnil\t:timeout"));
    assert_eq!(path("total-queue", &early), Some(Path::Broker));
}

#[test]
fn where_it_may_still_be_in_the_queue_or_with_a_consumer_nobody_knows() {
    assert_eq!(path("total-queue", &format!("{PUT}{KILL}")), None, "nothing was drained");
    assert_eq!(path("total-queue", &format!("9\t:invoke\t:drain\tnil\n{PUT}9\t:ok\t:drain\t[]\n")), None);
    assert_eq!(path("total-queue", &format!("{DRAIN}{PUT}")), None);
    for doubt in [":info\t:dequeue\tnil\t:timeout", ":fail\t:dequeue\tnil\t:timeout", ":fail\t:dequeue\tnil"]
    {
        assert_eq!(path("total-queue", &format!("{PUT}{}{DRAIN}", dequeue(doubt))), None, "{doubt}");
    }
    // A dequeue of unknown outcome that began before may take effect after it.
    let crashed = format!("{}{PUT}{DRAIN}", dequeue(":info\t:dequeue\tnil\t:timeout"));
    assert_eq!(path("total-queue", &crashed), None);
    assert_eq!(path("total-queue", &format!("1\t:invoke\t:dequeue\tnil\n{PUT}{DRAIN}")), None);
}

#[test]
fn nobody_takes_anything_out_of_a_set() {
    let add = "0\t:invoke\t:add\t1\n0\t:ok\t:add\t1\n";
    let read = "1\t:invoke\t:read\tnil\n1\t:ok\t:read\t[]\n";
    assert_eq!(path("set", &format!("{add}{KILL}{read}")), Some(Path::Broker));
    assert_eq!(path("set", &format!("1\t:invoke\t:read\tnil\n{add}1\t:ok\t:read\t[]\n")), None);
    assert_eq!(path("set-full", &format!("{add}{read}")), Some(Path::Broker));
    let seen = "0\t:invoke\t:add\t1\n1\t:invoke\t:read\tnil\n1\t:ok\t:read\t[1]\n0\t:info\t:add\t1\n";
    assert_eq!(path("set-full", &format!("{seen}{read}")), None);
}
