//! `slow-node`: a host takes longer for everything: a noisy neighbour, a throttled processor, a swapping machine. It is not down,
//! and that is what makes it worse than one that is (gray failure).

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Which host, and how slow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SlowNode {
    /// Its role.
    pub target: Target,
    /// How much longer it takes for each input, in milliseconds.
    pub longer_ms: u64,
}

impl Inject for SlowNode {
    const HARMS: &'static [Harm] = &[Harm::Slowed];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let node = scene.resolve(&self.target)?;
        scene.world.act(WorldAction::Slow(node, self.longer_ms * 1_000));
        Some(Struck::node(scene, node, vec![WorldAction::Slow(node, 0)]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(SlowNode { target: dice.target()?, longer_ms: dice.amount(1, 50) })
    }

    fn simpler(&self) -> Vec<Self> {
        let half = self.longer_ms / 2;
        (half != 0).then(|| Self { longer_ms: half, ..self.clone() }).into_iter().collect()
    }
}
