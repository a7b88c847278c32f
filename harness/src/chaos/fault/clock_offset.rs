//! `clock-offset`: a host's wall time is off; its timers are right.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::{ClockChange, WorldAction};

/// Whose clock, and how far off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClockOffset {
    /// Its role.
    pub target: Target,
    /// How far its wall time is ahead, in milliseconds; behind when negative.
    pub ms: i64,
}

impl Inject for ClockOffset {
    const HARMS: &'static [Harm] = &[Harm::WrongWall];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let node = scene.resolve(&self.target)?;
        scene.world.act(WorldAction::Clock(node, ClockChange::Offset(self.ms.saturating_mul(1_000))));
        Some(Struck::node(scene, node, vec![WorldAction::Clock(node, ClockChange::Offset(0))]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(ClockOffset { target: dice.target()?, ms: dice.signed(1, 3_600_000) })
    }

    fn simpler(&self) -> Vec<Self> {
        let half = self.ms / 2;
        (half != 0).then(|| Self { ms: half, ..self.clone() }).into_iter().collect()
    }
}
