//! One consumer, four threads. Records of one key are worked on at the same time, and the shorter work overtakes the longer.
//! No fault is needed.
//!
//! A thread pool behind any consumer; RocketMQ's concurrent listener. Lanes by key keep the order and the parallelism.

use std::time::Duration;

use broker::client::WorkPolicy;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::FaultKind;
use harness::{Cluster, Effect, Group, Kind, Path, Scenario, Variant, Way};

pub fn scenario() -> Scenario {
    Scenario::named(
        "parallel-workers-one-key",
        Path::Consumer,
        "Parallel workers overtake each other on one key, without any fault.",
    )
    .must_see(Item::strike(FaultKind::RefusingSink, Outstanding::Unsettled, 200))
    .must_see(Item::strike(FaultKind::PoisonRecord, Outstanding::Unsettled, 200))
    .variant(
        Variant::breaks(
            "unsafe",
            cluster(WorkPolicy::ParallelWorkers(4)),
            Kind::ReorderEffect,
            Path::Consumer,
        )
        .witness(30, Vec::new()),
    )
    .variant(Variant::holds("safe", cluster(WorkPolicy::LanesPerKey(4))))
}

fn cluster(work: WorkPolicy) -> Cluster {
    let longest = Duration::from_millis(60);
    let billing = Group::new("billing", move || Effect { way: Way::Inbox, work: longest }).effort(longest);
    Cluster::new().group(billing.work(work)).producing(|produce| {
        produce.keys = 1;
        produce.every = Duration::from_millis(10);
    })
}
