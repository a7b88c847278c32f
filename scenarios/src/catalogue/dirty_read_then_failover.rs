//! The leader shows what it has appended at once, before anybody else has it. A consumer books it, the leader dies, and whoever is elected
//! never had it: what was booked is in no log, or lies elsewhere.
//!
//! RabbitMQ's classic mirrored queues and RocketMQ's master, which hand out what they have (DOMAIN B40). Kafka's consumers read up to the
//! high watermark, below which every replica in sync has everything.

use std::time::Duration;

use broker::policy::Visibility;
use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind, Partition};
use harness::chaos::schedule::{Moment, Step};
use harness::chaos::world::Streams;
use harness::{Cluster, Effect, Group, Kind, Path, Scenario, Variant, Way};

pub fn scenario() -> Scenario {
    // Who reads books at once what it is handed.
    let billing = Group::new("billing", || Effect { way: Way::Inbox, work: Duration::ZERO });
    let cluster = Cluster::new().partitions(1).group(billing);
    let log_end = cluster.clone().policies(|policies| policies.visibility = Visibility::LogEnd);
    Scenario::named(
        "dirty-read-then-failover",
        Path::Broker,
        "A consumer is handed what only the leader has: the leader dies, and what was booked is in no log.",
    )
    .must_see(Item::strike(FaultKind::Crash, Outstanding::Unreplicated, 500))
    .must_see(Item::event("truncate", 500))
    .variant(
        Variant::breaks("unsafe", log_end, Kind::DirtyRead, Path::Broker)
            // The group has settled, or stands at, what it was handed; the log has something else below that.
            .also(Kind::LostUnprocessed, Path::Broker)
            .also(Kind::LostUnprocessed, Path::Consumer)
            .also(Kind::ReorderEffect, Path::Consumer)
            .also(Kind::ReorderDelivery, Path::Consumer)
            .also(Kind::ReorderEffect, Path::Broker)
            .also(Kind::ReorderDelivery, Path::Broker)
            .witness(40, booked_and_gone()),
    )
    .variant(Variant::holds("safe", cluster))
}

/// The follower that is elected next coordinates the group too. It is cut off, from brokers and consumers: it has nothing of what the leader
/// takes in, and those who read that cannot settle it. Then the leader dies; so do the producer of some of it, who will not send it again,
/// and the reader, who begins where its group stands.
fn booked_and_gone() -> Vec<Step> {
    let reached = vec![Target::Controller, Target::Producer(1), Target::Producer(2)];
    let cut = Partition::isolate(Target::Coordinator, Streams::Reset).except(reached);
    let dies = |target, back| {
        Step::new(Moment::event("append", 22).later(8), Fault::crash(target)).heal_after_ms(back)
    };
    vec![
        Step::new(Moment::event("append", 16), cut.into()).heal_after_ms(900),
        dies(Target::leader("payments", 0), 800),
        dies(Target::Producer(2), 400),
        dies(Target::member("billing"), 400),
    ]
}
