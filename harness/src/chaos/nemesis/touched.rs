//! A world that takes note of every place a fault touches, and of what had been done there before: so the nemesis can ask later
//! what the fault did.

use broker::{Micros, NodeId};

use crate::chaos::harm::{Harm, Harms, Place, Toll};
use crate::chaos::world::{World, WorldAction};

/// The effects that each sink refused. A world does not know what a frame asks for; the sink says so with a mark.
#[derive(Clone, Debug, Default)]
pub struct Refusals(Vec<(NodeId, Toll)>);

impl Refusals {
    /// A sink refused an effect.
    pub fn count(&mut self, sink: NodeId) {
        let at = self.0.iter().position(|(known, _)| *known == sink).unwrap_or_else(|| {
            self.0.push((sink, Toll::default()));
            self.0.len() - 1
        });
        self.0[at].1.count(Harm::RefusedEffect);
    }

    /// What was done in a place, as the world and the sinks count it.
    pub fn toll(&self, world: &dyn World, place: Place) -> Toll {
        let sink = self.0.iter().find(|(sink, _)| Place::Host(*sink) == place);
        sink.map_or_else(|| world.toll(place), |(_, toll)| world.toll(place).with(toll))
    }
}

/// The places that a fault has touched, each with its toll from before.
#[derive(Clone, Debug, Default)]
pub struct Touched(Vec<(Place, Toll)>);

impl Touched {
    /// The world, as a fault is to see it.
    pub fn watch<'a>(&'a mut self, world: &'a mut dyn World, refusals: &'a Refusals) -> Watched<'a> {
        Watched { world, refusals, touched: self }
    }

    /// Which of these kinds of harm were done in these places since.
    pub fn harms(&self, among: &[Harm], toll: impl Fn(Place) -> Toll) -> Harms {
        let done = self.0.iter().map(|(place, before)| {
            let now = toll(*place);
            let grown = among.iter().copied().filter(|&harm| now.of(harm) > before.of(harm));
            grown.collect::<Harms>()
        });
        done.fold(Harms::default(), Harms::and)
    }
}

/// The world while a fault acts on it.
pub struct Watched<'a> {
    world: &'a mut dyn World,
    refusals: &'a Refusals,
    touched: &'a mut Touched,
}

impl Watched<'_> {
    fn touch(&mut self, place: Place) {
        if !self.touched.0.iter().any(|(known, _)| *known == place) {
            self.touched.0.push((place, self.toll(place)));
        }
    }
}

impl World for Watched<'_> {
    fn now(&self) -> Micros {
        self.world.now()
    }

    fn toll(&self, place: Place) -> Toll {
        self.refusals.toll(self.world, place)
    }

    fn durable_as_told(&self, node: NodeId) -> bool {
        self.world.durable_as_told(node)
    }

    fn act(&mut self, action: WorldAction) {
        action.touches().for_each(|place| self.touch(place));
        self.world.act(action);
    }
}
