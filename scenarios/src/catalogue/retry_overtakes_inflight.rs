//! Five requests may be on their way at once; one fails, the next succeeds, the failed one is sent again: now the later record
//! stands before the earlier one.
//!
//! Kafka with `max.in.flight.requests.per.connection=5` and `enable.idempotence=false`.

use std::time::Duration;

use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind};
use harness::chaos::schedule::{Moment, Step};
use harness::{Cluster, Kind, Path, Scenario, Variant};

pub fn scenario() -> Scenario {
    // Records come faster than a retry's rest, as they do under load.
    let cluster = Cluster::new().group(super::billing()).producing(|produce| {
        produce.records = 80..=160;
        produce.every = Duration::from_millis(8);
        produce.keys = 1;
    });
    Scenario::named(
        "retry-overtakes-inflight",
        Path::Producer,
        "With several requests in flight and no sequence numbers, a retried record lands behind its successors.",
    )
    .must_see(Item::event("retry-send", 100))
    .must_see(Item::strike(FaultKind::LoseFrame, Outstanding::Unacknowledged, 500))
    .variant(
        Variant::breaks(
            "unsafe",
            cluster.clone().producing(|produce| produce.idempotent = false),
            Kind::ReorderLog,
            Path::Producer,
        )
        .also(Kind::DuplicateLog, Path::Producer)
        .witness(20, vec![lost_request(1), lost_request(2)]),
    )
    .variant(Variant::holds("safe", cluster).must_see(Item::event("refuse-sequence-gap", 8000)))
}

fn lost_request(producer: usize) -> Step {
    Step::new(
        Moment::event("append", 10),
        Fault::lose_frame(Target::Producer(producer), Target::leader("payments", 0)),
    )
}
