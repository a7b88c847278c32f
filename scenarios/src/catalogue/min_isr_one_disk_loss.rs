//! All replicas but one leave the in-sync set, and the one that is left goes on: it acknowledges to `acks=all` what nobody else holds.
//! Then it loses its disk. It is back with an empty log, leads again, and the others cut theirs to match.
//!
//! Kafka with `min.insync.replicas` 1, the default of its brokers, and RocketMQ with `inSyncReplicas` 1 (DOMAIN B04). With two that must
//! be in sync the last one acknowledges nothing; what was acknowledged before those hold who left, and they stay eligible (KIP-966).

use std::time::Duration;

use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{DiskLoss, Fault, FaultKind, FaultModel};
use harness::chaos::schedule::{Moment, Step};
use harness::{Path, Scenario};

use crate::one_controller::Decision;

pub fn scenario() -> Scenario {
    // Whoever falls behind is let go soon, and records come for as long as faults strike.
    let cluster = super::often_flushed()
        .timing(|timing| timing.replica_lag = 100_000)
        .producing(|produce| produce.records = 80..=160);
    let one = cluster.clone().replicas(3, 1);
    Scenario::named(
        "min-isr-one-disk-loss",
        Path::Broker,
        "acks=all with one in sync is acks=1: what the last one acknowledged is lost with its disk.",
    )
    .faults(FaultModel { most: 14, ..super::storage_faults() })
    .chaos(Duration::from_millis(2_400))
    .must_see(Item::strike(FaultKind::DiskLoss, Outstanding::Unacknowledged, 500))
    .must_see(Item::event("shrink-isr", 500))
    .variant(super::loses_acknowledged("unsafe", one).witness(60, alone_and_then_its_disk()))
    .variant(
        super::survives_storage_faults("safe", cluster, &Decision::who_is_behind(400))
            .must_see(Item::event("refuse-min-isr", 500)),
    )
}

/// Nobody reads. Both followers stand still for longer than they may lag, and the leader goes on alone; then it loses its disk.
fn alone_and_then_its_disk() -> Vec<Step> {
    let leader = || Target::leader("payments", 0);
    let stands_still = |nth| {
        Step::new(Moment::Ms(300), Fault::pause(Target::follower("payments", 0, nth))).heal_after_ms(700)
    };
    vec![
        Step::new(Moment::Ms(20), super::unread_by_anybody()).heal_after_ms(1_900),
        stands_still(1),
        stands_still(2),
        Step::new(Moment::Ms(800), DiskLoss { target: leader() }.into()).heal_after_ms(50),
    ]
}
