//! The one controller loses its disk, and with it whom it had let go. A follower that fell behind is in sync again, by what a controller knows
//! that begins anew, and is elected once the others are down: it overwrites what was acknowledged without it.
//!
//! Kafka with one controller, or with ZooKeeper on one machine. Of three controllers that keep the catalogue in a log whose replicas elect
//! their leader (KIP-500, KIP-595, KIP-853), each decision is on two disks before a broker hears of it.

use std::time::Duration;

use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{DiskLoss, Fault, FaultKind};
use harness::chaos::schedule::{Moment, Step};
use harness::{Kind, Path, Scenario, Variant};

pub fn scenario() -> Scenario {
    // One of two that is cut off for a moment leaves the other alone.
    let two = super::often_flushed().replicas(2, 1);
    let one = two.timing(|timing| timing.replica_lag = 100_000);
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
            .also(Kind::SplitBrain, Path::Broker)
            .also(Kind::EpochRegress, Path::Broker)
            .also(Kind::WatermarkRegress, Path::Broker)
            .witness(60, begins_anew())
            .found_within(20_000),
    )
    .variant(Variant::holds("safe", three.at_least(2)))
}

/// The follower stands still until it has left the in-sync set, and nobody reads what comes then. The controller loses its disk, and with it
/// whom it let go. It begins to count its decisions anew, and is listened to once it has made as many as it had: another broker comes back a
/// few times. Then the leader dies.
fn begins_anew() -> Vec<Step> {
    let leader = || Target::leader("payments", 0);
    let stand_still = Fault::pause(Target::follower("payments", 0, 1));
    let forgets = DiskLoss { target: Target::Controller };
    let again = |ms| Step::new(Moment::Ms(ms), Fault::crash(Target::Broker(3))).heal_after_ms(20);
    vec![
        Step::new(Moment::Ms(20), super::unread(leader())).heal_after_ms(3_000),
        Step::new(Moment::Ms(300), stand_still).heal_after_ms(1_000),
        Step::new(Moment::Ms(800), forgets.into()).heal_after_ms(50),
        again(950),
        again(1_050),
        again(1_150),
        Step::new(Moment::Ms(1_250), Fault::crash(leader())).heal_after_ms(2_500),
    ]
}
