//! `power-loss`: the machine goes dark. Memory and page cache are gone; of what was not synced a torn prefix stays, and an
//! unsynced truncation may be undone. Peers hear nothing.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck, Takes};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Whose machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PowerLoss {
    /// Its role.
    pub target: Target,
}

impl Inject for PowerLoss {
    const HARMS: &'static [Harm] = &[Harm::Killed, Harm::Unsynced];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn takes(&self) -> Takes {
        Takes::Unsynced
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let node = scene.resolve(&self.target)?;
        scene.world.act(WorldAction::PowerLoss(node, scene.key));
        Some(Struck::node(scene, node, vec![WorldAction::Restart(node)]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(PowerLoss { target: dice.target()? })
    }
}
