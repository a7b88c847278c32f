//! All replicas but one fall behind and leave the in-sync set. What was acknowledged before, they hold; but the one that is left
//! is the only one that may lead. Its machine comes back with less of its log, or none, and the others cut theirs to match.
//!
//! Kafka before 4.1 with min ISR 2 and `acks=all` (KIP-966 calls it the last replica standing). With the eligible set, whoever
//! left while too few were in sync may still be elected, because meanwhile nothing more was acknowledged.

use std::time::Duration;

use broker::policy::Eligibility;
use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{DiskLoss, Fault, FaultKind};
use harness::chaos::schedule::{Moment, Step};
use harness::{Path, Scenario};

use crate::one_controller::Decision;

pub fn scenario() -> Scenario {
    let behind = Decision::who_is_behind(400);
    let three = super::often_flushed();
    // One of two that is cut off for a moment leaves the other alone.
    let two = three.clone().replicas(2, 2).timing(|timing| timing.replica_lag = 100_000);
    let in_sync_only =
        super::in_every_log(two.clone(), |policies| policies.eligibility = Eligibility::InSyncOnly);
    let five = three.clone().brokers(5).replicas(5, 3);
    Scenario::named(
        "last-replica-standing",
        Path::Broker,
        "The last replica in sync is the only one that may lead, whatever its disk has lost.",
    )
    .faults(super::storage_faults())
    .chaos(Duration::from_millis(2_400))
    .must_see(Item::strike(FaultKind::PowerLoss, Outstanding::Unacknowledged, 500))
    .must_see(Item::strike(FaultKind::DiskLoss, Outstanding::Unacknowledged, 500))
    .must_see(Item::strike(FaultKind::BitRot, Outstanding::Unacknowledged, 500))
    .variant(super::loses_acknowledged("unsafe", in_sync_only).witness(20, last_one_loses_its_disk()))
    .variant(
        super::survives_storage_faults("safe", two, &Decision::who_leads()).must_see(Item::recovery(1_000)),
    )
    .variant(super::survives_storage_faults("synced", super::synced(three), &behind))
    .variant(super::survives_storage_faults("five", five, &behind))
}

/// The follower stands still until it has left the in-sync set; nobody reads meanwhile. Then the leader loses its disk, and is
/// back before the follower.
fn last_one_loses_its_disk() -> Vec<Step> {
    let leader = || Target::leader("payments", 0);
    let stand_still = Fault::pause(Target::follower("payments", 0, 1));
    vec![
        Step::new(Moment::Ms(20), super::unread(leader())).heal_after_ms(1_900),
        Step::new(Moment::Ms(600), stand_still).heal_after_ms(1_000),
        Step::new(Moment::Ms(1_200), DiskLoss { target: leader() }.into()).heal_after_ms(50),
    ]
}
