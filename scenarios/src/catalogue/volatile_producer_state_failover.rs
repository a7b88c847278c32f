//! The producer is idempotent and the leader recognises repeated batches, but only those it appended itself: what it knows of
//! producers is in its memory. It dies with the acknowledgement on its tongue; the new leader has the record and does not
//! know it.
//!
//! Kafka before producer state was rebuilt from the log on every replica; any broker whose deduplication map is a cache.

use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind};
use harness::chaos::schedule::{Moment, Step};
use harness::{Cluster, Kind, Path, Scenario, Variant};

use broker::policy::ProducerState;

pub fn scenario() -> Scenario {
    let cluster = Cluster::new().group(super::billing());
    Scenario::named(
        "volatile-producer-state-failover",
        Path::Broker,
        "Deduplication kept in the leader's memory forgets with the leader: the retry is stored again.",
    )
    .must_see(Item::strike(FaultKind::Crash, Outstanding::Unacknowledged, 500))
    .must_see(Item::event("fence-broker", 200))
    .must_see(Item::event("recognise-duplicate", 200))
    .variant(
        Variant::breaks(
            "unsafe",
            cluster.clone().policies(|policies| policies.producer_state = ProducerState::Volatile),
            Kind::DuplicateLog,
            Path::Broker,
        )
        .also(Kind::ReorderLog, Path::Broker)
        .witness(20, vec![lost_acknowledgement(), leader_dies()]),
    )
    .variant(Variant::holds("safe", cluster))
}

fn lost_acknowledgement() -> Step {
    Step::new(
        Moment::event("append", 6),
        Fault::lose_frame(Target::leader("payments", 0), Target::Producer(1)),
    )
}

/// The retry finds another leader.
fn leader_dies() -> Step {
    Step::new(Moment::event("retry-send", 1), Fault::crash(Target::leader("payments", 0)))
        .heal_after_ms(2_000)
}
