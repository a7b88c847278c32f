//! The reference run: what every figure of speed is about, so that figures of different days and machines mean the same.
//!
//! Three brokers keep every partition, two must be in sync; two producers send a hundred records of a hundred bytes each, one
//! record a request; two consumers of one group take at most ten records a poll, book each once through an inbox, and commit
//! every poll. A follower crashes and comes back, then the link between two brokers is cut for 300 ms. Three simulated
//! seconds, with recording and every checker on.

use std::collections::BTreeMap;
use std::time::Duration;

use checkers::Path;

use crate::chaos::cast::Target;
use crate::chaos::fault::{Fault, Partition};
use crate::chaos::schedule::{Moment, Schedule, Step};
use crate::chaos::world::Streams;
use crate::engine::Engine;
use crate::run::directed;
use crate::scenario::{Scenario, Variant, Witness};
use crate::system::cluster::{Cluster, Group};
use crate::system::workload::{Effect, Way};

/// How many partitions its topic has.
pub const PARTITIONS: u16 = 2;

/// How many records both producers send together.
pub const RECORDS: u64 = 200;

/// The reference scenario; its one variant must hold.
pub fn scenario() -> Scenario {
    with_partitions(PARTITIONS)
}

/// The same, with so many partitions.
pub fn with_partitions(partitions: u16) -> Scenario {
    let booking = Group::new("billing", || Effect { way: Way::Inbox, work: Duration::ZERO });
    let cluster = Cluster::new().partitions(partitions).producing(|produce| produce.records = 100..=100);
    let cluster = cluster.group(booking);
    Scenario::named("reference", Path::Broker, "What every figure of speed is about.")
        .variant(Variant::holds("safe", cluster))
}

/// Its schedule, from this seed.
pub fn schedule(scenario: &Scenario, engine: Engine, seed: u64) -> Schedule {
    let cut = Partition::between(Target::Broker(1), Target::Broker(2), Streams::Hold);
    let steps = vec![
        Step::new(Moment::Ms(400), Fault::crash(Target::follower("payments", 0, 1))).heal_after_ms(200),
        Step::new(Moment::Ms(900), Fault::Partition(cut)).heal_after_ms(300),
    ];
    let knobs = BTreeMap::from([("records".to_owned(), 100), ("horizon-ms".to_owned(), 3_000)]);
    let witness = Witness { records: 100, steps };
    Schedule { seed, knobs, ..directed(scenario, &scenario.variants[0], &witness, engine) }
}
