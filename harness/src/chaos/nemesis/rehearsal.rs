//! A world in which nothing happens: what a fault would strike is found out by letting it strike here.

use broker::{Load, Micros, NodeId};

use crate::chaos::harm::{Place, Toll};
use crate::chaos::link::Link;
use crate::chaos::world::{ClockChange, DiskChange, Streams, World};

/// A world as it is now, in which no verb does anything.
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

    fn crash(&mut self, _: NodeId) {}
    fn power_loss(&mut self, _: NodeId, _: u64) {}
    fn stop(&mut self, _: NodeId) {}
    fn restart(&mut self, _: NodeId) {}
    fn pause(&mut self, _: NodeId) {}
    fn resume(&mut self, _: NodeId) {}
    fn cut(&mut self, _: Link, _: Streams) {}
    fn mend(&mut self, _: Link) {}
    fn lose_frame(&mut self, _: Link) {}
    fn half_open(&mut self, _: Link) {}
    fn stall(&mut self, _: Link, _: bool) {}
    fn delay(&mut self, _: Link, _: Micros) {}
    fn slow(&mut self, _: NodeId, _: Micros) {}
    fn clock(&mut self, _: NodeId, _: ClockChange) {}
    fn disk(&mut self, _: NodeId, _: DiskChange) {}
    fn load(&mut self, _: NodeId, _: Load) {}
}
