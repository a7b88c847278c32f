//! The consumer commits a batch as soon as it has it, then works on it. It dies in between: the group goes on behind records
//! that nobody has processed.
//!
//! Kafka with `commitSync` before processing, RabbitMQ `autoAck`, ActiveMQ `AUTO_ACKNOWLEDGE` in a listener that hands off.

use broker::client::CommitPolicy;
use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind};
use harness::chaos::schedule::{Moment, Step};
use harness::{Cluster, Kind, Path, Scenario, Variant};

pub fn scenario() -> Scenario {
    // A consumer commits as much at once as a poll brings it.
    let cluster = |commit| Cluster::new().group(super::billing().poll(20).commit(commit));
    Scenario::named(
        "commit-before-process",
        Path::Consumer,
        "Committed first and processed later: what lies between is lost with the consumer.",
    )
    .must_see(Item::strike(FaultKind::Crash, Outstanding::Unsettled, 400))
    .must_see(Item::strike(FaultKind::RefusingSink, Outstanding::Unsettled, 400))
    .variant(
        Variant::breaks(
            "unsafe",
            cluster(CommitPolicy::BeforeProcessing),
            Kind::LostUnprocessed,
            Path::Consumer,
        )
        .also(Kind::ReorderEffect, Path::Consumer)
        .witness(20, vec![killed_in_between()]),
    )
    .variant(Variant::holds("safe", cluster(CommitPolicy::AfterEffect)))
}

fn killed_in_between() -> Step {
    Step::new(Moment::event("commit-before-effect", 7), Fault::crash(Target::member("billing")))
}
