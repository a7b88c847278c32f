//! A leader that knows nothing of a producer cannot see that a sequence number is missing. The old leader hangs with request 7
//! unanswered; the producer hears of a new one and sends 8 there; the new leader, with an empty memory, takes it. When 7 is
//! given up and sent again, it is out of order, the producer begins a new epoch, and 7 stands behind 8.
//!
//! Kafka accepts any sequence number of a producer it has no state of; KIP-360 describes the client's part.

use std::time::Duration;

use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind};
use harness::chaos::schedule::{Moment, Step};
use harness::{Cluster, Effect, Group, Kind, Path, Scenario, Variant, Way};

use broker::policy::ProducerState;

pub fn scenario() -> Scenario {
    // As in Kafka, a producer waits longer for an answer than the controller for a heartbeat, and learns of new leaders
    // in between; its window is not full by then.
    let work = Duration::from_millis(100);
    let billing = Group::new("billing", move || Effect { way: Way::Inbox, work }).effort(work);
    let cluster = Cluster::new().group(billing).producing(|produce| {
        produce.producers = 4;
        produce.keys = 1;
        produce.records = 12..=18;
        produce.every = Duration::from_millis(200);
        produce.request_timeout = Duration::from_secs(3);
        produce.metadata_age = Duration::from_millis(150);
    });
    Scenario::named(
        "volatile-producer-state-gap",
        Path::Broker,
        "A new leader without producer state takes a later record first: the sequence has a gap that nobody sees.",
    )
    .chaos(Duration::from_secs(4))
    .must_see(Item::strike(FaultKind::Pause, Outstanding::Unreplicated, 1000))
    .must_see(Item::event("refuse-sequence-gap", 1500))
    .variant(
        Variant::breaks(
            "unsafe",
            cluster.clone().policies(|policies| policies.producer_state = ProducerState::Volatile),
            Kind::ReorderLog,
            Path::Broker,
        )
        .also(Kind::DuplicateLog, Path::Broker)
        .witness(20, vec![leader_hangs()]),
    )
    .variant(Variant::holds("safe", cluster))
}

fn leader_hangs() -> Step {
    Step::new(Moment::Ms(500), Fault::pause(Target::leader("payments", 0)))
}
