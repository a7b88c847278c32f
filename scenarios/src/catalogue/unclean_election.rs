//! One replica goes down and leaves the in-sync set. Those that are left acknowledge more, and then they go down as well. The first one
//! is back alone, and rather than have no leader the log is led by it: what was acknowledged while it was away is overwritten.
//!
//! Kafka with `unclean.leader.election.enable` (the default until 0.11), RocketMQ with `enableElectUncleanMaster` (DOMAIN B05). A clean
//! election waits for somebody who holds what was acknowledged, and meanwhile nobody is served.

use std::time::Duration;

use broker::policy::Election;
use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind, FaultModel};
use harness::chaos::schedule::{Moment, Step};
use harness::{Cluster, Path, Scenario, Variant};

pub fn scenario() -> Scenario {
    // Whoever falls silent is let go soon, and records come for as long as faults strike.
    let cluster = Cluster::new()
        .timing(|timing| {
            (timing.broker_heartbeat, timing.broker_session) = (50_000, 250_000);
            timing.replica_lag = 100_000;
        })
        .producing(|produce| produce.records = 80..=160)
        .group(super::billing());
    let unclean = super::in_every_log(cluster.clone(), |policies| policies.election = Election::Unclean);
    Scenario::named(
        "unclean-election",
        Path::Broker,
        "Where nobody in sync is alive anybody may lead: what was acknowledged without it is overwritten.",
    )
    .faults(FaultModel { most: 10, ..FaultModel::default() })
    .chaos(Duration::from_millis(2_400))
    .must_see(Item::strike(FaultKind::Crash, Outstanding::Unacknowledged, 500))
    .must_see(Item::event("shrink-isr", 500))
    .must_see(Item::event("fence-broker", 500))
    .variant(super::loses_acknowledged("unsafe", unclean).witness(60, behind_and_first_back()))
    .variant(Variant::holds("safe", cluster.clone()))
    .variant(super::cuts_its_catalogue(Variant::holds(
        "kraft",
        cluster.brokers(5).controllers(3).at_least(3),
    )))
}

/// Nobody reads, so that nothing follows from the loss. Broker 1 goes down and is let go; once the others have gone on without it they
/// go down too, and it is the first one back.
fn behind_and_first_back() -> Vec<Step> {
    let crash = |ms, broker| Step::new(Moment::Ms(ms), Fault::crash(Target::Broker(broker)));
    vec![
        Step::new(Moment::Ms(20), super::unread_by_anybody()).heal_after_ms(2_300),
        crash(300, 1).heal_after_ms(800),
        crash(1_000, 2).heal_after_ms(1_000),
        crash(1_000, 3).heal_after_ms(1_000),
    ]
}
