//! A voter votes, is killed before it has written its vote down, comes back and votes again in the same term. Two candidates have a majority
//! each, and both lead.
//!
//! A home-made Raft that keeps term and vote in memory. Raft's rule is that both are on stable storage before anybody hears of
//! them (Ongaro, Ousterhout 2014, figure 2).

use std::time::Duration;

use broker::policy::Ballots;
use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind, Partition};
use harness::chaos::schedule::{Moment, Step};
use harness::chaos::world::Streams;
use harness::{Kind, Path, Scenario, Variant};

pub fn scenario() -> Scenario {
    let cluster = super::quorum().partitions(1);
    let volatile = super::in_every_log(cluster.clone(), |policies| policies.ballots = Ballots::Volatile);
    let split = Variant::breaks("unsafe", volatile, Kind::SplitBrain, Path::Broker);
    Scenario::named(
        "raft-volatile-vote",
        Path::Broker,
        "A voter that forgets its vote gives it twice in a term, and two lead.",
    )
    .faults(super::power_faults())
    .chaos(Duration::from_millis(2_400))
    .must_see(Item::strike(FaultKind::Crash, Outstanding::Unreplicated, 500))
    .variant(
        super::follows_from_loss(split)
            .also(Kind::LostAcked, Path::Broker)
            .also(Kind::EpochRegress, Path::Broker)
            .also(Kind::WatermarkRegress, Path::Broker)
            .witness(30, votes_twice())
            .found_within(100_000),
    )
    .variant(Variant::holds("safe", cluster.at_least(3)))
}

/// The leader is cut off from the other two, which elect one of them. The other one, which gave the vote, is killed before it has heard
/// from the leader it made, and that one is cut off in its turn. Who voted comes back, and so does the first leader.
fn votes_twice() -> Vec<Step> {
    let elected = || Moment::event("lead", 3);
    let leader = || Target::leader("payments", 0);
    let alone = |node| Fault::from(Partition::isolate(node, Streams::Hold));
    vec![
        Step::new(Moment::Ms(60), alone(Target::Broker(1))).heal_after_ms(1_100),
        Step::new(elected(), alone(leader())).heal_after_ms(1_400),
        Step::new(elected(), Fault::crash(Target::follower("payments", 0, 2))).heal_after_ms(10),
    ]
}
