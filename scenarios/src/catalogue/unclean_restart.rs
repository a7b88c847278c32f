//! A broker's machine goes dark and is back before anybody has missed it. It lost what it had not synced, says nothing of it,
//! keeps its place in the in-sync set and is elected: the others cut their logs to match.
//!
//! Kafka before KIP-966, which relies on the page caches of several machines. With a marker that only a clean stop leaves, a
//! broker that was killed or went dark leaves the sets when it returns, and enters them when it has fetched what it lost.

use std::time::Duration;

use broker::policy::{Flush, UncleanStop};
use harness::cast::Target;
use harness::coverage::{Item, Outstanding};
use harness::fault::{Fault, FaultKind, FaultModel, Partition};
use harness::schedule::{Moment, Step};
use harness::world::Streams;
use harness::{Cluster, Kind, Path, Scenario, Variant};

pub fn scenario() -> Scenario {
    let cluster = Cluster::new().brokers(4).group(super::billing());
    let synced = cluster
        .clone()
        .policies(|policies| policies.flush = Flush::BeforeAck)
        .offsets_policies(|policies| policies.flush = Flush::BeforeAck);
    let ignored = cluster
        .clone()
        .policies(|policies| policies.unclean_stop = UncleanStop::Ignored)
        .offsets_policies(|policies| policies.unclean_stop = UncleanStop::Ignored);
    let holds = |name, cluster: Cluster| {
        let variant = Variant::holds(name, cluster).must_see(Item::recovery(2_000));
        super::beyond_one_controller().into_iter().fold(variant, Variant::excludes)
    };
    Scenario::named(
        "unclean-restart",
        Path::Broker,
        "A broker that lost the tail of its log in a power cut keeps its place among those that have everything.",
    )
    .faults(FaultModel::with(FaultModel::STORAGE))
    .chaos(Duration::from_millis(2_400))
    .must_see(Item::strike(FaultKind::PowerLoss, Outstanding::Unacknowledged, 500))
    .must_see(Item::strike(FaultKind::TornWrite, Outstanding::Unacknowledged, 500))
    .must_see(Item::strike(FaultKind::LyingSync, Outstanding::Unacknowledged, 500))
    .variant(
        Variant::breaks("unsafe", ignored, Kind::LostAcked, Path::Broker)
            .also(Kind::DirtyRead, Path::Broker)
            .also(Kind::Diverged, Path::Broker)
            .also(Kind::LostUnprocessed, Path::Consumer)
            .also(Kind::ReorderEffect, Path::Consumer)
            .also(Kind::ReorderDelivery, Path::Consumer)
            .witness(20, dark_for_a_moment()),
    )
    .variant(holds("safe", cluster.clone()))
    .variant(holds("synced", synced.clone()))
    .variant(holds("five-synced", synced.brokers(5)))
}

/// Nobody reads what is appended, so that nothing follows from its loss; then the leader goes dark for a moment.
fn dark_for_a_moment() -> Vec<Step> {
    let leader = || Target::leader("payments", 0);
    let all_but_readers = (1..=4).map(Target::Broker).chain((1..=2).map(Target::Producer));
    let unread = Partition::isolate(leader(), Streams::Hold)
        .except(all_but_readers.chain([Target::Controller]).collect());
    vec![
        Step::new(Moment::Ms(300), Fault::Partition(unread)).heal_after_ms(600),
        Step::new(Moment::Ms(500), Fault::power_loss(leader())).heal_after_ms(50),
    ]
}
