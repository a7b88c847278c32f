//! Appended is not durable. While records sit in the page cache, a crash of the process loses nothing and a power cut loses
//! them all; only a sync before the acknowledgement survives both.
//!
//! RocketMQ `ASYNC_FLUSH` on a single master, ActiveMQ `periodic`, RabbitMQ classic queues, Kafka with one replica.

use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind, FaultModel, Partition};
use harness::chaos::schedule::{Expect, Moment, Step};
use harness::chaos::world::Streams;
use harness::{Cluster, Exclusion, Kind, Path, Scenario, Variant, Witness};

pub fn scenario() -> Scenario {
    let cluster = Cluster::new().replicas(1, 1).group(super::billing());
    let synced = super::synced(cluster.clone());
    let dark = Item::strike(FaultKind::PowerLoss, Outstanding::Unacknowledged, 300);
    Scenario::named(
        "flush-async-power-loss",
        Path::Broker,
        "With one copy in the page cache, a process crash loses nothing and a power cut loses what was acknowledged.",
    )
    .faults(FaultModel::with(&[FaultKind::PowerLoss]))
    .must_see(Item::strike(FaultKind::Crash, Outstanding::Unacknowledged, 500))
    .variant(
        Variant::breaks("unsafe", cluster.clone(), Kind::LostAcked, Path::Broker)
            .also(Kind::Incomplete, Path::Broker)
            .also(Kind::DirtyRead, Path::Broker)
            .also(Kind::Diverged, Path::Broker)
            .also(Kind::LostUnprocessed, Path::Consumer)
            .also(Kind::ReorderEffect, Path::Consumer)
            .also(Kind::ReorderDelivery, Path::Consumer)
            // The log of settlements lies in the same page cache.
            .also(Kind::LostSettlement, Path::Broker)
            // A group stands beyond the cut: what is appended there next appears below what it has settled.
            .also(Kind::LostUnprocessed, Path::Broker)
            .also(Kind::ReorderDelivery, Path::Broker)
            .also(Kind::ReorderEffect, Path::Broker)
            .witness(WITNESS_RECORDS, unread_then_dark())
            .must_see(dark),
    )
    .variant(Variant::holds("process-crash", cluster).excludes(Exclusion {
        fault: FaultKind::PowerLoss,
        of: None,
        reason: "what is acknowledged may be in the page cache alone",
        breaks: Expect { anomaly: Kind::LostAcked, path: Path::Broker },
        also: vec![
            Expect { anomaly: Kind::Diverged, path: Path::Broker },
            Expect { anomaly: Kind::Incomplete, path: Path::Broker },
        ],
        witness: Witness { records: WITNESS_RECORDS, steps: unread_then_dark() },
    }))
    .variant(Variant::holds("safe", synced).must_see(dark))
}

const WITNESS_RECORDS: u64 = 20;

/// Nobody reads what is appended after 300 ms, so that nothing follows from its loss; then the machine goes dark.
fn unread_then_dark() -> Vec<Step> {
    let producers = vec![Target::Producer(1), Target::Producer(2), Target::Controller];
    let unread = Partition::isolate(Target::leader("payments", 0), Streams::Hold).except(producers);
    vec![
        Step::new(Moment::Ms(300), Fault::Partition(unread)).heal_after_ms(600),
        Step::new(Moment::Ms(500), Fault::power_loss(Target::leader("payments", 0))).heal_after_ms(300),
    ]
}
