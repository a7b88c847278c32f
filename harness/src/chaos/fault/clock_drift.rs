//! `clock-drift`: a host's clock runs too fast or too slow, and its timers with it; when that ends, the difference stays. Leases and
//! failure detectors rest on clocks that do not.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::{ClockChange, WorldAction};

/// Whose clock, and how wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClockDrift {
    /// Its role.
    pub target: Target,
    /// How much faster it runs, in millionths; slower when negative; at most 500,000 either way.
    pub ppm: i64,
}

impl Inject for ClockDrift {
    const HARMS: &'static [Harm] = &[Harm::StrayTimer];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let node = scene.resolve(&self.target)?;
        scene.world.act(WorldAction::Clock(node, ClockChange::Drift(self.ppm)));
        Some(Struck::node(scene, node, vec![WorldAction::Clock(node, ClockChange::Drift(0))]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(ClockDrift { target: dice.target()?, ppm: dice.signed(100, 100_000) })
    }

    fn simpler(&self) -> Vec<Self> {
        let half = self.ppm / 2;
        (half != 0).then(|| Self { ppm: half, ..self.clone() }).into_iter().collect()
    }
}
