//! All replicas of a log stand in one rack, on one power feed. What was acknowledged is in three page caches, and the power of all three
//! goes in the same instant. Each is back with a prefix of its own, and the one that is elected has the others cut theirs to match.
//!
//! Kafka's in-sync replicas, which rely on replication instead of a sync; RabbitMQ's streams, NATS with its interval of two minutes
//! (DOMAIN B06). Quorum queues sync a record before it counts, and no power loss takes it. Kafka's answer is `broker.rack` (KIP-36): with the
//! three replicas in three racks, two that must be in sync are two racks, and one of them loses power.

use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind};
use harness::chaos::schedule::{Moment, Step};
use harness::{Cluster, Path, Scenario, Variant};

pub fn scenario() -> Scenario {
    let cluster = Cluster::new().group(super::billing());
    let one_rack = cluster.clone().racks(1);
    let three_racks = cluster.brokers(6).racks(3);
    let voters = super::quorum().brokers(5).replicas(5, 3).racks(1);
    Scenario::named(
        "rack-power-loss",
        Path::Broker,
        "Three copies in three page caches on one power feed are lost together.",
    )
    .faults(super::power_faults())
    .must_see(Item::at_once(FaultKind::PowerLoss, Outstanding::Unacknowledged, 1_000))
    .must_see(Item::at_once(FaultKind::Crash, Outstanding::Unreplicated, 1_000))
    .variant(
        super::loses_acknowledged("unsafe", one_rack.clone()).witness(20, unread_and_the_rack_goes_dark()),
    )
    .variant(Variant::holds("safe", super::synced(one_rack).at_least(2)))
    .variant(Variant::holds("spread", three_racks.at_least(3)))
    .variant(Variant::holds("quorum", voters.at_least(3)))
}

/// Nobody reads, so that nothing follows from the loss; then the rack goes dark.
fn unread_and_the_rack_goes_dark() -> Vec<Step> {
    vec![
        Step::new(Moment::Ms(20), super::unread_by_anybody()).heal_after_ms(1_200),
        Step::new(Moment::Ms(500), Fault::power_loss(Target::Rack(1))).heal_after_ms(300),
    ]
}
