//! The leader answers as soon as it has the record itself. It dies before anybody has fetched it, somebody else is elected,
//! and the acknowledged record is in no log.
//!
//! Kafka `acks=1` (its default until 3.0), RocketMQ `ASYNC_MASTER` with promotion.

use harness::fault::{Fault, Partition};
use harness::nemesis::Target;
use harness::schedule::{Moment, Step};
use harness::world::Streams;
use harness::{Cluster, Kind, Path, Scenario, Variant};

use broker::policy::Ack;

pub fn scenario() -> Scenario {
    let cluster = Cluster::new().group(super::billing());
    Scenario::named(
        "leader-only-ack-crash",
        Path::Broker,
        "acks=1 acknowledges what only the leader has: the leader dies, the record with it.",
    )
    .variant(
        Variant::breaks(
            "unsafe",
            cluster.clone().producing(|produce| produce.acks = Ack::Leader),
            Kind::LostAcked,
            Path::Broker,
        )
        .witness(20, vec![followers_cut_off(), leader_dies()]),
    )
    .variant(Variant::holds("safe", cluster))
}

/// Followers stop fetching while producers still reach the leader.
fn followers_cut_off() -> Step {
    let alone = Partition::isolate(Target::leader("payments", 0), Streams::Hang)
        .except(vec![Target::Producer(1), Target::Producer(2)]);
    Step::new(Moment::Ms(300), Fault::Partition(alone)).heal_after_ms(1_500)
}

/// Before the leader could tell the controller that its followers lag.
fn leader_dies() -> Step {
    Step::new(Moment::Ms(450), Fault::crash(Target::leader("payments", 0))).heal_after_ms(1_300)
}
