//! The way from one host to another.

use broker::NodeId;

/// A directed link between two hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// Frames from this host ...
    pub from: NodeId,
    /// ... to this one.
    pub to: NodeId,
}

impl Link {
    /// The other direction between the same hosts.
    #[must_use]
    pub fn reversed(self) -> Self {
        Link { from: self.to, to: self.from }
    }
}
