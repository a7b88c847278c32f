//! `slow-disk`: syncs take longer: a dying disk, a shared volume out of credits.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::{DiskChange, WorldAction};

/// Whose disk, and how slow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SlowDisk {
    /// Its role.
    pub target: Target,
    /// How much longer a sync takes, in milliseconds.
    pub longer_ms: u64,
}

impl Inject for SlowDisk {
    const HARMS: &'static [Harm] = &[Harm::SlowSync];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let node = scene.resolve(&self.target)?;
        scene.world.act(WorldAction::Disk(node, DiskChange::Slow(self.longer_ms * 1_000)));
        Some(Struck::node(scene, node, vec![WorldAction::Disk(node, DiskChange::Slow(0))]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        let controller = dice.one_in(2).then(|| dice.controller()).flatten();
        let target = controller.or_else(|| dice.keeper())?;
        Some(SlowDisk { target, longer_ms: dice.amount(1, 200) })
    }

    fn simpler(&self) -> Vec<Self> {
        let half = self.longer_ms / 2;
        (half != 0).then(|| Self { longer_ms: half, ..self.clone() }).into_iter().collect()
    }
}
