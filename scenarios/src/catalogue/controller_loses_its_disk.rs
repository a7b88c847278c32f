//! The one controller loses its disk, and with it whom it had let go. A follower that fell behind is in sync again, by what a controller knows
//! that begins anew, and is elected once the others are down: it overwrites what was acknowledged without it.
//!
//! Kafka with one controller, or with ZooKeeper on one machine. Of three controllers that keep the catalogue in a log whose replicas elect
//! their leader (KIP-500, KIP-595, KIP-853), each decision is on two disks before a broker hears of it.

use std::time::Duration;

use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{DiskLoss, Fault, FaultKind, Partition};
use harness::chaos::schedule::{Moment, Step};
use harness::chaos::world::Streams;
use harness::{Kind, Path, Scenario, Variant};

pub fn scenario() -> Scenario {
    // Who is behind for a moment has been let go.
    let one = super::often_flushed().timing(|timing| timing.replica_lag = 100_000);
    let three = one.clone().controllers(3);
    Scenario::named(
        "controller-loses-its-disk",
        Path::Broker,
        "A controller that begins anew lets who was behind lead.",
    )
    .faults(super::storage_faults())
    .chaos(Duration::from_millis(2_400))
    .must_see(Item::strike(FaultKind::DiskLoss, Outstanding::Unacknowledged, 500))
    .variant(
        super::loses_acknowledged("unsafe", one)
            .spends_the_controller()
            // Brokers do not listen to a controller that counts from the beginning again.
            .also(Kind::Stuck, Path::Broker)
            .also(Kind::Stuck, Path::Producer)
            .also(Kind::Stuck, Path::Consumer)
            .also(Kind::Unavailable, Path::Broker)
            .also(Kind::Unresolved, Path::Broker)
            .also(Kind::SplitBrain, Path::Broker)
            .also(Kind::EpochRegress, Path::Broker)
            .also(Kind::WatermarkRegress, Path::Broker)
            .witness(60, begins_anew())
            .found_within(20_000),
    )
    .variant(super::cuts_its_catalogue(Variant::holds("safe", three.at_least(2))))
}

/// Broker 3 does not reach the leader of one log and leaves its in-sync set, and nobody reads what comes then. The controller loses its disk,
/// and with it whom it let go; the others go down.
fn begins_anew() -> Vec<Step> {
    let leader = || Target::leader("payments", 0);
    let down =
        |broker| Step::new(Moment::Ms(1_110), Fault::crash(Target::Broker(broker))).heal_after_ms(2_000);
    let behind = Partition::between(Target::Broker(3), leader(), Streams::Hold);
    vec![
        Step::new(Moment::Ms(20), super::unread(leader())).heal_after_ms(2_400),
        Step::new(Moment::Ms(400), behind.into()).heal_after_ms(760),
        Step::new(Moment::Ms(900), DiskLoss { target: Target::Controller }.into()).heal_after_ms(50),
        down(1),
        down(2),
    ]
}
