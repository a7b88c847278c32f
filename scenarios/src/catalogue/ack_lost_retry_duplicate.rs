//! The record is stored, its acknowledgement is lost, the producer sends it again. Without a producer id and a sequence number
//! the broker cannot know that it has it already.
//!
//! Kafka with `enable.idempotence=false`, RabbitMQ publishers that resend after a reconnect, RocketMQ's two default retries.

use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind};
use harness::chaos::schedule::{Moment, Step};
use harness::{Cluster, Kind, Path, Scenario, Variant};

pub fn scenario() -> Scenario {
    // One request at a time, so that nothing but the repetition can go wrong.
    let cluster = Cluster::new().group(super::billing()).producing(|produce| produce.in_flight = 1);
    Scenario::named(
        "ack-lost-retry-duplicate",
        Path::Producer,
        "An acknowledgement is lost, the producer retries, the log has the record twice.",
    )
    .must_see(Item::event("retry-send", 100))
    .must_see(Item::strike(FaultKind::LoseFrame, Outstanding::Unacknowledged, 500))
    .variant(
        Variant::breaks(
            "unsafe",
            cluster.clone().producing(|produce| produce.idempotent = false),
            Kind::DuplicateLog,
            Path::Producer,
        )
        .witness(10, vec![lost_acknowledgement()]),
    )
    .variant(Variant::holds("safe", cluster).must_see(Item::event("recognise-duplicate", 200)))
}

/// In the step of an append the leader has nothing else to say to this producer before the acknowledgement.
pub fn lost_acknowledgement() -> Step {
    Step::new(
        Moment::event("append", 6),
        Fault::lose_frame(Target::leader("payments", 0), Target::Producer(1)),
    )
}
