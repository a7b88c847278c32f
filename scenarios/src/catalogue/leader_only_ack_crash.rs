//! The leader answers as soon as it has the record itself. It dies before anybody has fetched it, somebody else is elected,
//! and the acknowledged record is in no log.
//!
//! Kafka `acks=1` (its default until 3.0), RocketMQ `ASYNC_MASTER` with promotion.

use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind};
use harness::chaos::schedule::{Moment, Step};
use harness::{Cluster, Kind, Path, Scenario, Variant};

use broker::policy::Ack;

pub fn scenario() -> Scenario {
    // One log, of which one leader acknowledges everything.
    let cluster = Cluster::new().partitions(1).group(super::billing());
    Scenario::named(
        "leader-only-ack-crash",
        Path::Broker,
        "acks=1 acknowledges what only the leader has: the leader dies, the record with it.",
    )
    .must_see(Item::strike(FaultKind::Crash, Outstanding::Unreplicated, 500))
    .must_see(Item::event("truncate", 700))
    .variant(
        Variant::breaks(
            "unsafe",
            cluster.clone().producing(|produce| produce.acks = Ack::Leader),
            Kind::LostAcked,
            Path::Broker,
        )
        // What was acknowledged and lost leaves a gap: the producer goes on in a new epoch, and an attempt of the old one that hung at
        // the leader before may be stored after all.
        .also(Kind::DuplicateLog, Path::Broker)
        .witness(40, vec![follower_stands_still(1), follower_stands_still(2), leader_dies()]),
    )
    .variant(Variant::holds("safe", cluster.clone()))
    .variant(super::cuts_its_catalogue(Variant::holds("kraft", cluster.clone().controllers(3))))
    .variant(Variant::holds("quorum", cluster.brokers(5).replicas(5, 3).elects().at_least(3)))
}

/// A follower stops fetching, while producers still reach the leader.
pub fn follower_stands_still(nth: usize) -> Step {
    Step::new(Moment::event("append", 24), Fault::pause(Target::follower("payments", 0, nth)))
        .heal_after_ms(400)
}

/// Before the leader could tell the controller that its followers lag.
pub fn leader_dies() -> Step {
    Step::new(Moment::event("append", 32), Fault::crash(Target::leader("payments", 0))).heal_after_ms(800)
}
