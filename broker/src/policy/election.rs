//! Who may become leader when the last one is gone.

use serde::{Deserialize, Serialize};

use crate::NodeId;

/// Which replicas an election may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Election {
    /// Only an in-sync one: unavailable rather than lossy.
    Clean,
    /// An in-sync one, else any that is alive (`unclean.leader.election.enable`): lossy rather than unavailable.
    Unclean,
}

impl Election {
    /// The new leader: the first eligible replica in the order of placement that is alive.
    #[must_use]
    pub fn choose(
        self,
        replicas: &[NodeId],
        isr: &[NodeId],
        alive: impl Fn(NodeId) -> bool,
    ) -> Option<NodeId> {
        let living = || replicas.iter().copied().filter(|&node| alive(node));
        let in_sync = living().find(|node| isr.contains(node));
        match self {
            Election::Clean => defect!(AnyoneElected: in_sync.or_else(|| living().next()), in_sync),
            Election::Unclean => in_sync.or_else(|| living().next()),
        }
    }
}
