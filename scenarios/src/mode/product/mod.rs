//! The products of several modes, with their settings.

mod kafka;
mod rocketmq;

use harness::Cluster;

pub(super) use crate::catalogue::in_every_log;
pub use kafka::{KAFKA, ONE_COPY, before_elr, one_controller};
pub use rocketmq::ROCKETMQ;

/// What every product is put to: records come for as long as faults strike, and one group books each of them once.
pub fn at_work(cluster: Cluster) -> Cluster {
    cluster.producing(|produce| produce.records = 80..=160).group(crate::catalogue::billing())
}
