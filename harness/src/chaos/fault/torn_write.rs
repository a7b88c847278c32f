//! `torn-write`: the process dies in the middle of a write; only a part of what it appended last is in the file.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck, Takes};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::{DiskChange, WorldAction};

/// Whose process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TornWrite {
    /// Its role.
    pub target: Target,
}

impl Inject for TornWrite {
    const HARMS: &'static [Harm] = &[Harm::Killed, Harm::Torn];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn takes(&self) -> Takes {
        Takes::Unsynced
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let node = scene.resolve(&self.target)?;
        scene.world.act(WorldAction::Crash(node));
        scene.world.act(WorldAction::Disk(node, DiskChange::Tear(scene.key)));
        Some(Struck::node(scene, node, vec![WorldAction::Restart(node)]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(TornWrite { target: dice.keeper()? })
    }
}
