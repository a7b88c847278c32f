//! What can be done to a world, as data: what a fault does later, and how it is healed.

use broker::{Load, Micros, NodeId};

use crate::chaos::link::Link;
use crate::chaos::world::{ClockChange, DiskChange, Streams, World};

/// One verb of [`World`] and its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Ask the process to stop in good order.
    Stop(NodeId),
    /// Start the node again.
    Restart(NodeId),
    /// Let it go on.
    Resume(NodeId),
    /// Cut the link.
    Cut(Link, Streams),
    /// Mend the link.
    Mend(Link),
    /// Let what is stalled on the link go on.
    Unstall(Link),
    /// Let everything take so much longer on the link.
    Delay(Link, Micros),
    /// Let the node take so much longer for everything.
    Slow(NodeId, Micros),
    /// Change the node's clock.
    Clock(NodeId, ClockChange),
    /// Change the node's disk.
    Disk(NodeId, DiskChange),
    /// Change what the world outside asks of the node.
    Load(NodeId, Load),
}

impl Deed {
    /// Does it.
    pub fn perform(self, world: &mut dyn World) {
        match self {
            Deed::Stop(node) => world.stop(node),
            Deed::Restart(node) => world.restart(node),
            Deed::Resume(node) => world.resume(node),
            Deed::Cut(link, streams) => world.cut(link, streams),
            Deed::Mend(link) => world.mend(link),
            Deed::Unstall(link) => world.stall(link, false),
            Deed::Delay(link, longer) => world.delay(link, longer),
            Deed::Slow(node, longer) => world.slow(node, longer),
            Deed::Clock(node, change) => world.clock(node, change),
            Deed::Disk(node, change) => world.disk(node, change),
            Deed::Load(node, load) => world.load(node, load),
        }
    }

    /// Whether it concerns these nodes, and links among them, alone.
    #[must_use]
    pub fn is_within(self, has: impl Fn(NodeId) -> bool) -> bool {
        match self {
            Deed::Stop(node)
            | Deed::Restart(node)
            | Deed::Resume(node)
            | Deed::Slow(node, _)
            | Deed::Clock(node, _)
            | Deed::Disk(node, _)
            | Deed::Load(node, _) => has(node),
            Deed::Cut(link, _) | Deed::Mend(link) | Deed::Unstall(link) | Deed::Delay(link, _) => {
                has(link.from) && has(link.to)
            }
        }
    }

    /// Whether it ends a state that another fault may have wanted as well; what is down or paused is up again for all.
    #[must_use]
    pub fn ends_a_state(self) -> bool {
        !matches!(self, Deed::Stop(_) | Deed::Restart(_) | Deed::Resume(_))
    }
}
