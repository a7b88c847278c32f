//! `disk-full`: appends fail until there is room again, and nothing of them is in the file.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck, Takes};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::{DiskChange, WorldAction};

/// Whose disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DiskFull {
    /// Its role.
    pub target: Target,
}

impl Inject for DiskFull {
    const HARMS: &'static [Harm] = &[Harm::RefusedAppend];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn takes(&self) -> Takes {
        Takes::Place
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let node = scene.resolve(&self.target)?;
        scene.world.act(WorldAction::Disk(node, DiskChange::Full(true)));
        let healing = vec![WorldAction::Disk(node, DiskChange::Full(false)), WorldAction::Restart(node)];
        Some(Struck::node(scene, node, healing))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(DiskFull { target: dice.keeper()? })
    }
}
