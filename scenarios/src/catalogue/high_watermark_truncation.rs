//! A follower has a record, and does not know yet that it is safe. It is restarted, cuts its log to the high watermark it remembers, and
//! the leader dies before it has fetched again: now it leads, and the acknowledged record is in no log.
//!
//! Kafka before 0.11 (KIP-101, KAFKA-1211; DOMAIN B09). Where each batch has the epoch of its leader, a follower cuts only what parts
//! from the leader's lineage.

use broker::policy::{Eligibility, Truncation, UncleanStop};
use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind};
use harness::chaos::schedule::{Moment, Step};
use harness::{Cluster, Path, Scenario, Variant};

pub fn scenario() -> Scenario {
    // As Kafka was then, but for what is cut: a broker that was killed keeps its place in the in-sync set.
    let cluster = Cluster::new().replicas(2, 1).group(super::billing());
    let cluster = super::in_every_log(cluster, |policies| {
        policies.eligibility = Eligibility::InSyncOnly;
        policies.unclean_stop = UncleanStop::Ignored;
    });
    let to_own = super::in_every_log(cluster.clone(), |policies| {
        policies.truncation = Truncation::ToOwnHighWatermark;
    });
    Scenario::named(
        "high-watermark-truncation",
        Path::Broker,
        "A follower that cuts its log to the high watermark it remembers cuts what is acknowledged, and may lead next.",
    )
    .must_see(Item::strike(FaultKind::Crash, Outstanding::Unreplicated, 500))
    .must_see(Item::event("replicated-before-watermark", 200))
    .must_see(Item::event("truncate", 500))
    .variant(super::loses_acknowledged("unsafe", to_own).witness(40, restarted_and_elected()))
    .variant(Variant::holds("safe", cluster))
}

/// Nobody reads, and one producer sends: the follower hears that a record is safe with the next one. Both brokers are killed in between,
/// and the follower is back first.
fn restarted_and_elected() -> Vec<Step> {
    let killed = |target, back| {
        Step::new(Moment::event("watermark", 24).later(2), Fault::crash(target)).heal_after_ms(back)
    };
    vec![
        Step::new(Moment::Ms(20), super::unread_by_anybody()).heal_after_ms(1_500),
        Step::new(Moment::Ms(20), Fault::pause(Target::Producer(2))).heal_after_ms(1_500),
        killed(Target::leader("payments", 0), 700),
        killed(Target::follower("payments", 0, 1), 20),
    ]
}
