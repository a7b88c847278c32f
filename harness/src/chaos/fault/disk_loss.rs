//! `disk-loss`: the machine dies and comes back with empty disks: a replaced instance with its local storage.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck, Takes};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::{DiskChange, WorldAction};

/// Whose disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DiskLoss {
    /// Its role.
    pub target: Target,
}

impl Inject for DiskLoss {
    const HARMS: &'static [Harm] = &[Harm::Killed, Harm::Erased];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn takes(&self) -> Takes {
        Takes::Anything
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let node = scene.resolve(&self.target)?;
        scene.world.act(WorldAction::Crash(node));
        scene.world.act(WorldAction::Disk(node, DiskChange::Lose));
        Some(Struck::node(scene, node, vec![WorldAction::Restart(node)]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(DiskLoss { target: dice.keeper()? })
    }
}
