//! A leader counts on how many replicas an entry of an older term stands, and calls it committed. A leader that has a newer entry of
//! its own, on nobody else, is elected after it all the same, and overwrites what was committed.
//!
//! Figure 8 of the Raft paper (Ongaro, Ousterhout 2014). A leader counts entries of its own term alone: with one of those a majority
//! holds everything before it as well, and whoever lacks it is not elected.

use std::time::Duration;

use broker::policy::Commit;
use harness::chaos::cast::Target;
use harness::chaos::coverage::Item;
use harness::chaos::fault::{Fault, Partition};
use harness::chaos::schedule::{Moment, Step};
use harness::chaos::world::Streams;
use harness::{Path, Scenario, Variant};

pub fn scenario() -> Scenario {
    let cluster = super::quorum().partitions(1).timing(|timing| {
        (timing.election, timing.follower_wait) = (200_000, 50_000);
    });
    let any_term = super::in_every_log(cluster.clone(), |policies| policies.commit = Commit::AnyTerm)
        .producing(|produce| (produce.producers, produce.in_flight, produce.batch_records) = (2, 1, 1));
    Scenario::named(
        "raft-old-term-commit",
        Path::Broker,
        "What a majority holds of an older term is not committed: a newer leader overwrites it.",
    )
    .faults(super::power_faults())
    .chaos(Duration::from_millis(3_200))
    .must_see(Item::event("truncate", 200))
    .variant(
        super::loses_acknowledged("unsafe", any_term).witness(RECORDS, overwritten()).found_within(100_000),
    )
    .variant(Variant::holds("safe", cluster.at_least(3)))
}

/// So many records each of two producers sends.
const RECORDS: u64 = 1;

/// 1. Broker 1 leads and takes in what producer 1 sends, nobody else has it, and it is killed. Another one is elected.
/// 2. That one takes in what producer 2 sends, nobody else has it, and it is killed.
/// 3. Broker 1 is back and is elected by the third. Now that one has what producer 1 sent, and it is acknowledged. Broker 1 is killed again.
/// 4. Who led between is back, has the newer entry, and is elected.
fn overwritten() -> Vec<Step> {
    let (one, two, three) = (|| Target::Broker(1), || Target::Broker(2), || Target::Broker(3));
    let (first, second) = (|| Target::Producer(1), || Target::Producer(2));
    let leader = || Target::leader("payments", 0);
    let alone = |node, with| Fault::from(Partition::isolate(node, Streams::Hold).except(with));
    let without_copy = |other| Fault::from(Partition::between(one(), other, Streams::Reset));
    let taken_by_first = || Moment::event("append", RECORDS).later(2);
    let taken_by_second = || Moment::event("append", 2 * RECORDS).later(2);
    vec![
        // Nobody reads from broker 1.
        Step::new(Moment::Ms(20), alone(one(), vec![two(), three(), first(), second()])).heal_after_ms(3_000),
        Step::new(Moment::Ms(20), Fault::pause(second())).heal_after_ms(400),
        Step::new(Moment::Ms(60), without_copy(two())).heal_after_ms(140),
        Step::new(Moment::Ms(60), without_copy(three())).heal_after_ms(140),
        Step::new(taken_by_first(), Fault::crash(one())).heal_after_ms(900),
        Step::new(taken_by_first(), Fault::pause(first())).heal_after_ms(900),
        Step::new(Moment::event("lead", 3), alone(leader(), vec![second()])).heal_after_ms(1_000),
        Step::new(taken_by_second(), Fault::crash(leader())).heal_after_ms(1_700),
        Step::new(taken_by_second(), Fault::pause(second())).heal_after_ms(2_400),
        Step::new(Moment::event("send-ok", RECORDS), Fault::crash(one())).heal_after_ms(1_500),
    ]
}
