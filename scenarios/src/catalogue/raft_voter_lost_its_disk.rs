//! A voter loses its disk and comes back as the voter that it was. What it had promised to hold it has forgotten, and with one that never
//! had it makes a majority: the leader they elect overwrites what was committed.
//!
//! NATS JetStream (issues 7549 and 7567); a quorum queue's member that is started with an empty folder under its old name. Where a voter
//! is a disk and not a node (KIP-853), the one that comes back is somebody else: it neither votes nor counts before the leader has let
//! it in.

use broker::policy::Rejoin;
use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{DiskLoss, Fault, FaultKind, Partition};
use harness::chaos::schedule::{Moment, Step};
use harness::chaos::world::Streams;
use harness::{Kind, Path, Scenario, Variant};

pub fn scenario() -> Scenario {
    let cluster = super::quorum().partitions(1);
    let as_itself = super::in_every_log(cluster.clone(), |policies| policies.rejoin = Rejoin::AsItself);
    Scenario::named(
        "raft-voter-lost-its-disk",
        Path::Broker,
        "A voter whose disk was lost votes as if it remembered: a majority of it and one that was behind forgets.",
    )
    .faults(super::voters_faults())
    .must_see(Item::strike(FaultKind::DiskLoss, Outstanding::Unacknowledged, 500))
    // It has forgotten its term and its vote as well: an epoch may begin once more.
    .variant(
        super::loses_acknowledged("unsafe", as_itself)
            .also(Kind::SplitBrain, Path::Broker)
            .also(Kind::EpochRegress, Path::Broker)
            .also(Kind::WatermarkRegress, Path::Broker)
            .witness(40, forgets()),
    )
    .variant(Variant::holds("safe", cluster.at_least(3)))
}

/// One follower stands still while the other and the leader commit. Then the other loses its disk, and the leader dies.
fn forgets() -> Vec<Step> {
    let behind = Fault::pause(Target::follower("payments", 0, 2));
    let unread = Partition::isolate(Target::Broker(1), Streams::Hold).except(vec![
        Target::Broker(2),
        Target::Broker(3),
        Target::Producer(1),
        Target::Producer(2),
    ]);
    vec![
        Step::new(Moment::Ms(20), unread.into()).heal_after_ms(1_500),
        Step::new(Moment::event("append", 8), behind).heal_after_ms(400),
        Step::new(
            Moment::event("append", 30),
            DiskLoss { target: Target::follower("payments", 0, 1) }.into(),
        )
        .heal_after_ms(20),
        Step::new(Moment::event("append", 30), Fault::crash(Target::leader("payments", 0)))
            .heal_after_ms(3_000),
    ]
}
