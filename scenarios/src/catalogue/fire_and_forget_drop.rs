//! A producer that does not wait for an acknowledgement tells its user "done" when the record is on its way. Whatever happens
//! on that way, nobody sends it again.
//!
//! Kafka `acks=0`, RocketMQ `sendOneway`, RabbitMQ without publisher confirms, ActiveMQ `useAsyncSend`.

use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind};
use harness::chaos::schedule::{Moment, Step};
use harness::{Cluster, Kind, Path, Scenario, Variant};

use broker::policy::Ack;

pub fn scenario() -> Scenario {
    // Meters that each tell a little, again and again: who sends like that is who is tempted not to wait for an answer.
    let cluster = Cluster::new().group(super::billing()).producing(|produce| {
        produce.producers = 3;
        produce.payload = 24;
    });
    Scenario::named(
        "fire-and-forget-drop",
        Path::Producer,
        "acks=0 answers the user before anybody has the record: what is lost on the way stays lost.",
    )
    .must_see(Item::event("fence-broker", 200))
    .variant(
        Variant::breaks(
            "unsafe",
            cluster.clone().producing(|produce| produce.acks = Ack::None),
            Kind::LostIntent,
            Path::Producer,
        )
        // Nobody waits for an answer, so what is stalled on an old connection may arrive behind what went over a new one.
        .also(Kind::ReorderLog, Path::Producer)
        .witness(10, vec![lost_request(1), lost_request(2)]),
    )
    .variant(
        Variant::holds("safe", cluster)
            .must_see(Item::event("recognise-duplicate", 200))
            .must_see(Item::strike(FaultKind::LoseFrame, Outstanding::Unacknowledged, 500)),
    )
}

/// The next frame from a producer to the leader is a produce request.
pub fn lost_request(producer: usize) -> Step {
    Step::new(
        Moment::event("append", 6),
        Fault::lose_frame(Target::Producer(producer), Target::leader("payments", 0)),
    )
}
