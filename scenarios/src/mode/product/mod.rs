//! The products of several modes, with their settings.

mod kafka;
mod rocketmq;

use broker::Policies;
use harness::Cluster;

pub use kafka::{KAFKA, ONE_COPY, before_elr, one_controller};
pub use rocketmq::ROCKETMQ;

/// The same cluster with this changed in the logs of records and in that of the settlements.
pub fn in_every_log(cluster: Cluster, change: impl Fn(&mut Policies)) -> Cluster {
    cluster.policies(&change).offsets_policies(&change)
}

/// What every product is put to: records come for as long as faults strike, and one group books each of them once.
pub fn at_work(cluster: Cluster) -> Cluster {
    cluster.producing(|produce| produce.records = 80..=160).group(crate::catalogue::billing())
}
