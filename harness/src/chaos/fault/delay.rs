//! `delay`: everything one host sends to another arrives later, in order: a congested or a long way.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Which way, and how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Delay {
    /// One end.
    pub from: Target,
    /// The other.
    pub to: Target,
    /// How much longer it takes, in milliseconds.
    pub longer_ms: u64,
}

impl Inject for Delay {
    const HARMS: &'static [Harm] = &[Harm::Delayed];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.from, &self.to]
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let (link, target) = scene.link(&self.from, &self.to)?;
        scene.world.act(WorldAction::Delay(link, self.longer_ms * 1_000));
        Some(Struck::link(link, target, vec![WorldAction::Delay(link, 0)]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(Delay { from: dice.target()?, to: dice.other()?, longer_ms: dice.amount(1, 500) })
    }

    fn simpler(&self) -> Vec<Self> {
        let half = self.longer_ms / 2;
        (half != 0).then(|| Self { longer_ms: half, ..self.clone() }).into_iter().collect()
    }
}
