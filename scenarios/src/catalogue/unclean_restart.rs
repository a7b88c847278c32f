//! A broker's machine goes dark and is back before anybody has missed it. It lost what it had not synced, says nothing of it,
//! keeps its place in the in-sync set and is elected: the others cut their logs to match.
//!
//! Kafka before KIP-966, which relies on the page caches of several machines. With a marker that only a clean stop leaves, a
//! broker that was killed or went dark leaves the sets when it returns, and enters them when it has fetched what it lost.

use std::time::Duration;

use broker::policy::UncleanStop;
use harness::chaos::cast::Target;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::{Fault, FaultKind};
use harness::chaos::schedule::{Moment, Step};
use harness::{Path, Scenario};

use crate::one_controller::Decision;

pub fn scenario() -> Scenario {
    let behind = Decision::who_is_behind(400);
    let cluster = super::often_flushed();
    let ignored =
        super::in_every_log(cluster.clone(), |policies| policies.unclean_stop = UncleanStop::Ignored);
    let (four, five) = (cluster.clone().brokers(4), cluster.clone().brokers(5));
    Scenario::named(
        "unclean-restart",
        Path::Broker,
        "A broker that lost the tail of its log in a power cut keeps its place among those that have everything.",
    )
    .faults(super::storage_faults())
    .chaos(Duration::from_millis(2_400))
    .must_see(Item::strike(FaultKind::PowerLoss, Outstanding::Unacknowledged, 500))
    .must_see(Item::strike(FaultKind::TornWrite, Outstanding::Unacknowledged, 500))
    .must_see(Item::strike(FaultKind::LyingSync, Outstanding::Unacknowledged, 500))
    .variant(
        super::loses_acknowledged("unsafe", ignored)
            .witness(40, dark_for_a_moment()),
    )
    .variant(super::survives_storage_faults("safe", cluster, &behind).must_see(Item::recovery(1_000)))
    .variant(super::survives_storage_faults("four", four.clone(), &behind))
    .variant(super::survives_storage_faults("four-synced", super::synced(four), &behind))
    .variant(super::survives_storage_faults("five-synced", super::synced(five), &behind))
}

/// Nobody reads what is appended, so that nothing follows from its loss; then the leader goes dark for a moment.
fn dark_for_a_moment() -> Vec<Step> {
    let leader = || Target::leader("payments", 0);
    vec![
        Step::new(Moment::Ms(250), super::unread(leader())).heal_after_ms(900),
        Step::new(Moment::Ms(400), Fault::power_loss(leader())).heal_after_ms(50),
    ]
}
