//! Two leaders follow each other so fast that the one that leads again has not fetched what the other one wrote. That one comes back and
//! compares its newest epoch alone, which the leader has never seen: what it wrote stays where the leader has records of an older epoch.
//!
//! 1. Broker 2 leads and appends what broker 1 does not get. It restarts, and broker 1, still in sync, leads in its place.
//! 2. Broker 1 appends at the same offsets, and dies. Broker 2, still in sync, leads again.
//! 3. Broker 1 comes back and asks where its newest epoch ends. In the log of broker 2 the epochs up to that one end further on: nothing is
//!    cut.
//!
//! Kafka after KIP-101 and before 2.0 (KIP-279). Where the leader says which of its epochs that is, the follower goes on to compare.

use std::time::Duration;

use broker::policy::{Eligibility, Truncation, UncleanStop};
use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind, FaultModel, Partition};
use harness::chaos::schedule::{Moment, Step};
use harness::chaos::world::Streams;
use harness::{Cluster, Kind, Path, Scenario, Variant};

pub fn scenario() -> Scenario {
    // As Kafka was then, but for what is cut: a broker that was killed keeps its place in the in-sync set.
    // Whoever falls silent is replaced before it is let go for lagging, and records come for as long as faults strike.
    let cluster = Cluster::new()
        .partitions(1)
        .replicas(2, 1)
        .timing(|timing| (timing.broker_heartbeat, timing.broker_session) = (50_000, 250_000))
        .producing(|produce| produce.records = 80..=160)
        .group(super::billing());
    let cluster = super::in_every_log(cluster, |policies| {
        policies.eligibility = Eligibility::InSyncOnly;
        policies.unclean_stop = UncleanStop::Ignored;
    });
    let newest_only = super::in_every_log(cluster.clone(), |policies| {
        policies.truncation = Truncation::BehindNewestEpoch;
    });
    let diverges = Variant::breaks("unsafe", newest_only, Kind::Diverged, Path::Broker);
    Scenario::named(
        "fast-double-failover-divergence",
        Path::Broker,
        "A follower that compares its newest epoch alone keeps what its leader never had.",
    )
    .faults(FaultModel { most: 12, ..FaultModel::default() })
    .chaos(Duration::from_millis(2_400))
    .must_see(Item::strike(FaultKind::Crash, Outstanding::Unreplicated, 500))
    .must_see(Item::event("truncate", 500))
    .variant(super::follows_from_divergence(diverges).witness(120, there_and_back()).found_within(200_000))
    .variant(Variant::holds("safe", cluster))
}

/// Broker 1 is down for long enough that broker 2 leads, and comes back. Then they do not reach each other for a moment, in which each of
/// them leads and is taken.
fn there_and_back() -> Vec<Step> {
    let crash = |ms, broker| Step::new(Moment::Ms(ms), Fault::crash(Target::Broker(broker)));
    let apart = Partition::between(Target::Broker(1), Target::Broker(2), Streams::Hold);
    vec![
        crash(250, 1).heal_after_ms(700),
        Step::new(Moment::Ms(1_300), apart.into()).heal_after_ms(400),
        crash(1_340, 2).heal_after_ms(5),
        crash(1_430, 1).heal_after_ms(900),
    ]
}
