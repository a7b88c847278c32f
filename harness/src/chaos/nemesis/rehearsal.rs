//! A world in which nothing happens: what a fault would strike is found out by letting it strike here.

use broker::{Micros, NodeId};

use crate::chaos::harm::{Place, Toll};
use crate::chaos::world::{World, WorldAction};

/// A world as it is now, in which nothing that is done has any effect.
pub struct Rehearsal<'a>(&'a dyn World);

impl<'a> Rehearsal<'a> {
    /// Of this world.
    pub fn of(world: &'a dyn World) -> Self {
        Rehearsal(world)
    }
}

impl World for Rehearsal<'_> {
    fn now(&self) -> Micros {
        self.0.now()
    }

    fn toll(&self, place: Place) -> Toll {
        self.0.toll(place)
    }

    fn durable_as_told(&self, node: NodeId) -> bool {
        self.0.durable_as_told(node)
    }

    fn act(&mut self, _: WorldAction) {}
}
