//! Two of three replicas fall behind and leave the in-sync set. What was acknowledged before, they hold; but the one that is left
//! is the only one that may lead. Its machine goes dark, comes back with half of its log, and the others cut theirs to match.
//!
//! Kafka before 4.1 with min ISR 2 and `acks=all` (KIP-966 calls it the last replica standing). With the eligible set, whoever
//! left while too few were in sync may still be elected, because meanwhile nothing more was acknowledged.

use std::time::Duration;

use broker::policy::{Eligibility, Flush};
use harness::cast::Target;
use harness::coverage::{Item, Outstanding};
use harness::fault::{Fault, FaultKind, FaultModel};
use harness::schedule::{Moment, Step};
use harness::{Cluster, Kind, Path, Scenario, Variant};

pub fn scenario() -> Scenario {
    let cluster = Cluster::new().group(super::billing());
    let synced = cluster
        .clone()
        .policies(|policies| policies.flush = Flush::BeforeAck)
        .offsets_policies(|policies| policies.flush = Flush::BeforeAck);
    let five = cluster.clone().brokers(5).replicas(5, 3);
    let in_sync_only = cluster
        .clone()
        .policies(|policies| policies.eligibility = Eligibility::InSyncOnly)
        .offsets_policies(|policies| policies.eligibility = Eligibility::InSyncOnly);
    let holds = |name, cluster: Cluster| {
        let variant = Variant::holds(name, cluster).must_see(Item::recovery(2_000));
        super::beyond_one_controller().into_iter().fold(variant, Variant::excludes)
    };
    Scenario::named(
        "last-replica-standing",
        Path::Broker,
        "The last replica in sync is the only one that may lead, whatever its disk has lost.",
    )
    .faults(FaultModel::with(FaultModel::STORAGE))
    .chaos(Duration::from_millis(2_400))
    .must_see(Item::strike(FaultKind::PowerLoss, Outstanding::Unacknowledged, 500))
    .must_see(Item::strike(FaultKind::DiskLoss, Outstanding::Unacknowledged, 500))
    .must_see(Item::strike(FaultKind::BitRot, Outstanding::Unacknowledged, 500))
    .variant(
        Variant::breaks("unsafe", in_sync_only, Kind::LostAcked, Path::Broker)
            .also(Kind::DirtyRead, Path::Broker)
            .also(Kind::Diverged, Path::Broker)
            .also(Kind::LostUnprocessed, Path::Consumer)
            .also(Kind::ReorderEffect, Path::Consumer)
            .also(Kind::ReorderDelivery, Path::Consumer)
            .witness(20, last_one_goes_dark()),
    )
    .variant(holds("safe", cluster))
    .variant(holds("synced", synced))
    .variant(holds("five", five))
}

/// Both followers stand still until they have left the in-sync set; then the power of the leader goes, and comes back before
/// they do.
fn last_one_goes_dark() -> Vec<Step> {
    let stand_still = |nth| {
        Step::new(Moment::Ms(600), Fault::pause(Target::follower("payments", 0, nth))).heal_after_ms(1_000)
    };
    let dark = Fault::power_loss(Target::leader("payments", 0));
    vec![stand_still(1), stand_still(2), Step::new(Moment::Ms(1_300), dark).heal_after_ms(50)]
}
