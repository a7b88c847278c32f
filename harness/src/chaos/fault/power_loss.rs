//! `power-loss`: the machine goes dark. Memory and page cache are gone; of what was not synced a torn prefix stays, and an
//! unsynced truncation may be undone. Peers hear nothing.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck, Takes};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Whose machine, or the machines of several that hang on one feed.
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

    fn at_once(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn takes(&self) -> Takes {
        Takes::Unsynced
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let nodes = scene.resolve_all(&self.target)?;
        nodes.iter().for_each(|&node| scene.world.act(WorldAction::PowerLoss(node, scene.key)));
        let healing = nodes.iter().copied().map(WorldAction::Restart).collect();
        Some(Struck::nodes(scene, nodes, healing))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(PowerLoss { target: dice.target_at_once()? })
    }
}
