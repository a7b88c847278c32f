//! `bit-rot`: one bit of one file is not what was written; nobody notices before the file is read again, at the next start.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck, Takes};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::{DiskChange, WorldAction};

/// Whose disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BitRot {
    /// Its role.
    pub target: Target,
}

impl Inject for BitRot {
    const HARMS: &'static [Harm] = &[Harm::Rotten];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn takes(&self) -> Takes {
        Takes::Anything
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let node = scene.resolve(&self.target)?;
        scene.world.act(WorldAction::Disk(node, DiskChange::Rot(scene.key)));
        Some(Struck::node(scene, node, Vec::new()))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(BitRot { target: dice.keeper()? })
    }
}
