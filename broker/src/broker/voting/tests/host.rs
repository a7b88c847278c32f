//! A broker, or the place where one runs again later.

use super::disk::Disk;
use super::*;

pub(super) struct Host {
    pub(super) node: NodeId,
    pub(super) broker: Option<Broker>,
    pub(super) out: Outputs<Frame>,
    pub(super) disk: Disk,
    pub(super) alarm: Option<Micros>,
    pub(super) starts: u64,
    pub(super) cut: bool,
    pub(super) answers: Vec<client::Response>,
}

impl Host {
    pub(super) fn formatted(node: NodeId, config: &ClusterConfig) -> Self {
        Host {
            node,
            broker: None,
            out: Outputs::new(),
            disk: Disk::holding(config.format(node)),
            alarm: None,
            starts: 0,
            cut: false,
            answers: Vec::new(),
        }
    }

    /// What the last step observed.
    pub(super) fn observations(&self) -> &[Observation] {
        &self.out.observations
    }

    /// The replica of the one log, while the host runs.
    pub(super) fn replica(&self) -> Option<&Replica> {
        self.broker.as_ref().and_then(|broker| broker.replicas.iter().next())
    }
}
